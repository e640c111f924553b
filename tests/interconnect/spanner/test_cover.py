import math

import numpy as np
import pytest

from archwright.interconnect.spanner.cover import Radii, cover_scale
from archwright.interconnect.spanner.families import loose_digraph, mesh
from archwright.interconnect.spanner.paths import plain_distances, strong_parts


def served_within(graph, sources, found, radii):
    """True when every pair within R has a round trip through a cluster, at most 2 near + R long."""
    trips, short = (one + one.T for one in (plain_distances(graph, mask) for mask in (graph.everything, found.edges)))
    near = found.near[sources][:, None]
    asked = trips[sources] <= radii.scale
    return bool((short[sources] <= 2 * near + radii.scale + 1e-9)[asked].all())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cluster", [1.0, 4.0, 20.0])
def test_every_source_shares_a_cluster_with_all_that_is_near(seed, cluster):
    rng = np.random.default_rng(seed)
    graph, sources = loose_digraph(40, 160, 10, rng=rng)
    radii = Radii(scale=10.0, cluster=cluster, rate=math.log(10) / 20.0, n_rounds=20)
    group = strong_parts(graph, graph.everything).astype(np.int32)
    found = cover_scale(graph, group, sources, radii, rng=rng)
    assert (found.near[sources] <= 3 * cluster).all()
    assert served_within(graph, sources, found, radii)


def test_without_rounds_sources_get_balls_of_their_own():
    graph, sources = mesh(6, 6, is_torus=True, rng=np.random.default_rng(0))
    radii = Radii(scale=20.0, cluster=40.0, rate=0.1, n_rounds=0)
    found = cover_scale(graph, np.zeros(36, np.int32), sources, radii, rng=np.random.default_rng(0))
    assert found.n_own == len(sources) and (found.near[sources] == 0.0).all() and found.rounds == 0
    assert served_within(graph, sources, found, radii)


def test_rounds_in_vain_are_given_up():
    graph, sources = mesh(6, 6, is_torus=True, rng=np.random.default_rng(0))
    radii = Radii(scale=20.0, cluster=0.5, rate=0.1, n_rounds=1000)
    found = cover_scale(graph, np.zeros(36, np.int32), sources, radii, rng=np.random.default_rng(0))
    assert found.rounds < 1000 and np.isfinite(found.near[sources]).all()
