import numpy as np
import pytest

from archwright.interconnect.spanner.clusters import ball_shares, cluster, draw_shifts, grow_ball, new_ground
from archwright.interconnect.spanner.families import loose_digraph
from archwright.interconnect.spanner.paths import plain_distances


def divided(seed):
    """A graph in two parts that no search leaves, and all distances within them."""
    rng = np.random.default_rng(seed)
    graph, _ = loose_digraph(40, 200, 4, rng=rng)
    group = np.repeat(np.array([5, 9], np.int32), 20)
    inside = group[graph.tails] == group[graph.heads]
    return new_ground(graph, group), plain_distances(graph, inside), rng


@pytest.mark.parametrize("is_out", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_vertices_join_the_best_centre_and_know_when_they_were_cut(seed, is_out):
    ground, distances, rng = divided(seed)
    centres = rng.choice(20, 6, replace=False).astype(np.int32)
    shifts, radius = rng.random(6) * 12.0, 3.0
    found = cluster(ground, centres, radius, shifts, is_out=is_out)
    away = distances[centres] if is_out else distances[:, centres].T
    values = shifts[:, None] - away  # (centres, vertices)
    best = values.max(axis=0)
    assert sorted(found.vertices.tolist()) == np.flatnonzero(best >= -radius).tolist()
    for vertex, owner, is_safe in zip(*found, strict=True):
        assert (owner >= 0) == (best[vertex] >= 0.0)
        if owner < 0:
            assert not is_safe
            continue
        assert values[owner, vertex] == pytest.approx(best[vertex])
        others = np.delete(values[:, vertex], owner).max()
        assert is_safe == (best[vertex] - max(others, 0.0) > radius)


@pytest.mark.parametrize("seed", range(8))
def test_all_that_is_near_a_safe_vertex_joins_with_it(seed):
    ground, distances, rng = divided(seed)
    centres = rng.choice(20, 6, replace=False).astype(np.int32)
    radius = 4.0
    found = cluster(ground, centres, radius, rng.random(6) * 15.0, is_out=True)
    side = np.full(40, -2)
    side[found.vertices] = found.owners
    side[side < 0] = -1
    trips = distances + distances.T
    for vertex in [*found.vertices[found.is_safe].tolist(), *np.setdiff1d(np.arange(20), found.vertices).tolist()]:
        assert (side[trips[vertex] <= radius] == side[vertex]).all()


def test_a_ball_holds_round_trips_and_their_paths():
    ground, distances, _ = divided(3)
    ball = grow_ball(ground, 7, 12.0)
    trips = distances[7] + distances[:, 7]
    assert sorted(ball.vertices.tolist()) == np.flatnonzero(trips <= 12.0).tolist()
    assert np.allclose(ball.round_trips, np.sort(trips[trips <= 12.0])) and ball.vertices[0] == 7
    kept = np.zeros(ground.graph.m, bool)
    kept[ball.edges] = True
    within = plain_distances(ground.graph, kept)
    assert np.allclose((within[7] + within[:, 7])[ball.vertices], ball.round_trips)


def test_shares_by_all_vertices_are_exact():
    ground, distances, _ = divided(4)
    shares = ball_shares(ground, np.arange(20, dtype=np.int32), 8.0)
    assert np.allclose(shares[0, :20], (distances[:20, :20] <= 8.0).mean(axis=1))
    assert np.allclose(shares[1, :20], (distances[:20, :20] <= 8.0).mean(axis=0))


def test_shifts_are_exponential_below_a_bound():
    shifts = draw_shifts(20_000, 2.0, 1.0, rng=np.random.default_rng(0))
    assert shifts.min() >= 0.0 and shifts.max() < 1.0
    wanted = (1 - np.exp(-2.0 * 0.5)) / (1 - np.exp(-2.0))
    assert (shifts < 0.5).mean() == pytest.approx(wanted, abs=0.01)
