import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from archwright.core import pareto
from archwright.core.errors import SpecError
from archwright.core.pareto import (
    ParetoArchive,
    constrained_order,
    crowding_distances,
    hypervolume,
    non_dominated,
    non_dominated_sort,
)


def grids(max_objectives, max_points=25):
    """Points on a coarse grid, so that ties and duplicates are common."""
    shape = st.tuples(st.integers(1, max_points), st.integers(1, max_objectives))
    return shape.flatmap(lambda s: arrays.arrays(float, s, elements=st.integers(0, 6).map(float)))


def dominates(first, second):
    return bool((first <= second).all() and (first < second).any())


def slow_ranks(points):
    left, ranks, rank = set(range(len(points))), {}, 0
    while left:
        front = [i for i in left if not any(dominates(points[j], points[i]) for j in left)]
        ranks.update(dict.fromkeys(front, rank))
        left, rank = left - set(front), rank + 1
    return [ranks[i] for i in range(len(points))]


@settings(deadline=None)
@given(grids(4))
def test_ranks_agree_with_the_definition(points):
    assert non_dominated_sort(points).tolist() == slow_ranks(points)
    assert non_dominated(points).tolist() == [rank == 0 for rank in slow_ranks(points)]
    assert pareto._ranks_by_peeling(points).tolist() == slow_ranks(points)
    assert pareto._ranks_of_table(points).tolist() == slow_ranks(points)


def test_large_sets_are_ranked_block_by_block(monkeypatch):
    points = np.random.default_rng(0).random((300, 3))
    expected = non_dominated_sort(points).tolist()
    monkeypatch.setattr(pareto, "_BLOCK", 7)
    assert non_dominated_sort(points).tolist() == expected == slow_ranks(points)


def test_no_objectives_means_one_front():
    assert non_dominated_sort(np.empty((3, 0))).tolist() == [0, 0, 0]
    assert non_dominated_sort(np.empty((3, 0)), np.array([0.0, 2.0, 1.0])).tolist() == [0, 2, 1]


def test_violation_comes_before_dominance_and_no_answer_comes_last():
    points = np.array([[5.0, 5.0], [0.0, 0.0], [1.0, 9.0], [np.inf, np.inf], [np.inf, np.inf]])
    violations = np.array([0.0, 0.2, 0.1, np.inf, np.inf])
    assert non_dominated_sort(points, violations).tolist() == [0, 2, 1, 3, 3]
    assert constrained_order(points, violations).tolist() == [0, 2, 1, 3, 4]


def test_crowding_of_a_front_that_is_narrow_beside_its_neighbour_overflows_nowhere():
    points = np.array([[0.0, 1.0], [1e-310, 0.5], [2e-310, 0.0], [1e3, 1e3]])
    assert crowding_distances(points, np.array([0, 0, 0, 1])).tolist() == [np.inf, 2.0, np.inf, 0.0]


@settings(deadline=None)
@given(grids(3))
def test_crowding_agrees_with_pymoo(points):
    from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance

    ranks = non_dominated_sort(points)
    ours = crowding_distances(points, ranks)
    for rank in set(ranks.tolist()):
        front = points[ranks == rank]
        if len(front) > 1:
            theirs = calc_crowding_distance(front) * points.shape[1]
            np.testing.assert_allclose(ours[ranks == rank], theirs, rtol=1e-12)


def test_order_prefers_the_less_crowded_within_a_front():
    points = np.array([[0.0, 10.0], [4.9, 5.1], [5.0, 5.0], [9.0, 1.0], [10.0, 0.0]])
    assert constrained_order(points, np.zeros(5)).tolist() == [0, 4, 1, 3, 2]


@settings(deadline=None)
@given(grids(3), st.randoms(use_true_random=False))
def test_archive_holds_what_a_full_sort_finds(points, random):
    archive = ParetoArchive[int](points.shape[1])
    order = list(range(len(points)))
    random.shuffle(order)
    for i in order:
        is_held = archive.add(points[i], i)
        assert is_held == (i in archive.items)
    expected = np.unique(points[non_dominated(points)], axis=0)
    np.testing.assert_array_equal(np.unique(archive.points, axis=0), expected)
    assert len(archive) == len(expected)
    np.testing.assert_array_equal(archive.points, points[archive.items])


def test_archive_keeps_the_least_violation_until_something_is_feasible():
    archive = ParetoArchive[str](2)
    assert not archive.add((0.0, 0.0), "failed", float("inf"))
    assert archive.add((9.0, 9.0), "bad", 2.0) and archive.add((9.0, 8.0), "better", 1.0)
    assert not archive.add((0.0, 0.0), "worse", 1.5)
    assert not archive.add((0.0, 0.0), "as bad", 1.0)
    assert archive.items == ["better"]
    assert archive.add((3.0, 3.0), "feasible") and archive.items == ["feasible"] and archive.violation == 0.0
    assert not archive.add((0.0, 0.0), "late", 0.1)


def test_archive_without_objectives_keeps_the_first_feasible():
    archive = ParetoArchive[str](0)
    assert [archive.add((), "a", 1.0), archive.add((), "b"), archive.add((), "c")] == [True, True, False]
    assert archive.items == ["b"]


@pytest.mark.parametrize("n_objectives", range(1, 7))
@pytest.mark.parametrize("shape", ["cloud", "sphere", "grid"])
def test_hypervolume_agrees_with_pymoo(n_objectives, shape):
    from pymoo.indicators.hv import HV

    rng = np.random.default_rng(n_objectives)
    reference = np.full(n_objectives, 1.1)
    for n in (1, 3, 10, 40):
        points = rng.random((n, n_objectives))
        if shape == "sphere":
            points /= np.linalg.norm(points, axis=1, keepdims=True)
        if shape == "grid":
            points = np.round(points, 1)
        assert hypervolume(points, reference) == pytest.approx(HV(ref_point=reference)(points), rel=1e-12)


@settings(deadline=None)
@given(grids(6, max_points=7))
def test_hypervolume_agrees_with_inclusion_and_exclusion(points):
    reference = np.full(points.shape[1], 5.0)
    gains = np.maximum(reference - points, 0.0)
    volume = 0.0
    for size in range(1, len(gains) + 1):
        for subset in itertools.combinations(gains, size):
            volume -= (-1.0) ** size * np.prod(np.min(subset, axis=0))
    assert hypervolume(points, reference) == pytest.approx(volume, rel=1e-12)


@pytest.mark.parametrize("n_objectives", [2, 4, 6])
def test_hypervolume_agrees_with_monte_carlo(n_objectives):
    rng = np.random.default_rng(3)
    points, samples = rng.random((12, n_objectives)) ** 0.3, rng.random((40_000, n_objectives))
    hit = np.zeros(len(samples), dtype=bool)
    for point in points:
        hit |= (point <= samples).all(axis=1)
    deviation = (hit.mean() * (1 - hit.mean()) / len(samples)) ** 0.5
    assert abs(hypervolume(points, np.ones(n_objectives)) - hit.mean()) < 5 * deviation


@settings(deadline=None)
@given(grids(5, max_points=12), st.randoms(use_true_random=False))
def test_hypervolume_properties(points, random):
    reference = np.full(points.shape[1], 6.5)
    volume = hypervolume(points, reference)
    order = list(range(len(points)))
    random.shuffle(order)
    assert hypervolume(points[order], reference) == pytest.approx(volume, rel=1e-12)
    assert hypervolume(points[non_dominated(points)], reference) == pytest.approx(volume, rel=1e-12)
    assert hypervolume(points[1:], reference) <= volume * (1 + 1e-12)
    assert hypervolume(2 * points + 1, 2 * reference + 1) == pytest.approx(volume * 2 ** points.shape[1], rel=1e-12)


def test_points_beyond_the_reference_add_nothing():
    assert hypervolume(np.array([[1.0, 1.0], [0.0, 9.0], [np.inf, np.inf]]), [2.0, 2.0]) == 1.0
    assert hypervolume(np.empty((0, 2)), [1.0, 1.0]) == 0.0


def test_hypervolume_refuses_what_it_cannot_do():
    with pytest.raises(SpecError, match="1 to 6 objectives"):
        hypervolume(np.zeros((1, 7)), np.ones(7))
    with pytest.raises(SpecError, match=r"\(n, 2\)"):
        hypervolume(np.zeros((1, 3)), np.ones(2))
