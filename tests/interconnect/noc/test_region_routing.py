"""A table of routes: all alike it is a known routing, and its link loads are those that flits make."""

import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, mesh, traffic
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc import region_routing as module
from archwright.interconnect.noc.region_routing import WAYS, RegionRouting, dimension_order
from archwright.interconnect.noc.routing import routing_by_pair
from archwright.interconnect.noc.traffic import Traffic
from archwright.testing import check_problem

SMALL = {"columns": 4, "rows": 4, "regions": 2, "cycles": 400, "load": 0.2}
RNG = np.random.default_rng(0)


def test_it_keeps_the_contract():
    check_problem(RegionRouting(traffic="uniform", **SMALL), rng=np.random.default_rng(0))


@pytest.mark.parametrize(("way", "known"), [("chance", "o1turn"), ("credit", "adaptive-xy-yx")])
def test_all_alike_is_the_known_routing_flit_for_flit(way, known):
    grid, sent = mesh(5, 4), traffic("uniform", 20, columns=5, packet_flits=3)
    table = routing_by_pair(grid, 4, np.full((20, 20), WAYS.index(way)))
    logs = []
    for routing in (table, known):
        network = Network(grid, routing, seed=3, n_logged=4000)
        found = network.run(600, sent, 0.3)
        logs.append(network.state.log[: found.flits_delivered].tolist())
    assert logs[0] == logs[1] and len(logs[0]) > 2000


@pytest.mark.parametrize(("way", "known"), [("xy", "xy"), ("yx", "yx")])
def test_one_order_everywhere_goes_as_that_order_does_on_half_of_the_channels(way, known):
    grid, sent = mesh(4, 4), traffic("uniform", 16, columns=4)
    table = routing_by_pair(grid, 4, np.full((16, 16), WAYS.index(way)))
    one, other = (
        Network(grid, routing, n_vcs=n, seed=3).run(500, sent, 0.05) for routing, n in ((table, 4), (known, 2))
    )
    assert (one.link_flits == other.link_flits).all()
    assert one.latency_cycles == pytest.approx(other.latency_cycles, rel=0.01)  # a node itself has all four channels


def test_no_table_can_deadlock_when_all_is_jammed():
    grid, sent = mesh(4, 4), traffic("uniform", 16, columns=4, packet_flits=5)
    for seed in range(4):
        ways = np.random.default_rng(seed).integers(4, size=(16, 16))
        found = Network(grid, routing_by_pair(grid, 2, ways), n_vcs=2, buffer_flits=1, seed=seed).run(20_000, sent, 1.0)
        assert found.packets_delivered > 5000


def test_the_load_of_every_link_is_what_crosses_it():
    problem = RegionRouting(traffic="transpose", **{**SMALL, "load": 0.1, "cycles": 40_000})
    (design,) = [{axis: WAYS[i % 3] for i, axis in enumerate(problem.space.axes)}]
    ways = np.array([WAYS.index(design[axis]) for axis in problem.space.axes])
    network = problem._with(ways)
    found = network.run(40_000, problem._traffic, 0.1)
    crossed = np.array([found.link_flits[a, port] for (a, _, _), (port, _) in zip(
        problem.topology.links, problem.topology.ports, strict=True)]) / found.cycles  # fmt: skip
    loads = problem.link_loads(ways)
    assert loads.max() > 0.15
    np.testing.assert_allclose(crossed, loads, atol=0.012)
    assert problem.evaluate([design], rng=RNG)[0]["peak_link_load"] == pytest.approx(loads.max())


def test_ways_are_one_hop_at_a_time_and_as_long_as_they_must_be():
    links = {(int(a), int(b)) for a, b, _ in mesh(5, 4).links}
    for source, to in np.random.default_rng(0).integers(20, size=(60, 2)).tolist():
        distance = abs(source % 5 - to % 5) + abs(source // 5 - to // 5)
        for is_yx in (False, True):
            nodes = dimension_order(5, source, to, is_yx=is_yx)
            assert len(nodes) == distance + 1 and (nodes[0], nodes[-1]) == (source, to)
            assert all(pair in links for pair in pairwise(nodes))
            turned = [abs(a - b) == 5 for a, b in pairwise(nodes)]
            assert turned == sorted(turned, reverse=is_yx)


def test_the_balanced_table_loads_links_less_than_any_that_treats_all_alike():
    problem = RegionRouting(**{**SMALL, "columns": 8, "rows": 8, "regions": 4})
    squares = {way: (problem.link_loads(problem.alike(way)) ** 2).sum() for way in WAYS[:3]}
    best = (problem.link_loads(problem.balanced) ** 2).sum()
    assert best < min(squares.values())
    for at in range(len(problem.pairs)):
        for way in range(3):
            other = problem.balanced.copy()
            other[at] = way
            assert (problem.link_loads(other) ** 2).sum() >= best * (1 - 1e-9)


def test_only_pairs_with_a_choice_are_decided_and_none_is_inert(monkeypatch):
    problem = RegionRouting(traffic="transpose", **{**SMALL, "load": 0.3})
    assert problem.space.axes == ("from_0_to_0", "from_1_to_2", "from_2_to_1", "from_3_to_3")
    base = dict.fromkeys(problem.space.axes, "xy")
    found = problem.evaluate([base, *({**base, axis: "yx"} for axis in problem.space.axes)], rng=RNG)
    assert all(one["latency_cycles"] != found[0]["latency_cycles"] for one in found[1:])
    monkeypatch.setattr(module, "traffic", lambda name, n, **options: Traffic(name, np.eye(n)))
    with pytest.raises(SpecError, match="two regions exchange packets that can go two ways"):
        RegionRouting(traffic="to itself", **SMALL)


def test_sources_are_components_beside_their_neighbours():
    space = RegionRouting(traffic="uniform", **SMALL).space
    assert list(space.components) == [f"region_{k}" for k in range(4)]
    assert len(space.edges) == 4 and sum(map(len, space.components.values())) == space.horizon


def test_a_copy_in_another_process_is_the_same():
    problem = RegionRouting(traffic="transpose", **SMALL)
    design = problem.design_of(problem.balanced)
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.version == problem.version
    assert copy.evaluate([design], rng=RNG) == problem.evaluate([design], rng=RNG)
    assert RegionRouting(traffic="transpose", **{**SMALL, "seed": 1}).version != problem.version


def test_a_deadlock_is_looked_for_whatever_the_table_says():
    grid = mesh(4, 4)
    table = routing_by_pair(grid, 2, np.zeros((16, 16), int))
    with pytest.raises(SpecError, match="without deadlock"):
        Network(grid, replace(table, wants=np.concatenate([table.wants[:1], table.wants[:1] | table.wants[1:] >> 1])),
                n_vcs=2)  # fmt: skip
    assert table.start == of.BY_PAIR


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("regions", 3),
        ("regions", 1),
        ("columns", 40),
        ("regions", 16),
        ("n_vcs", 1),
        ("buffer_flits", 0),
        ("cycles", 10),
        ("load", 1.5),
    ],
)
def test_odd_options_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        RegionRouting(**{**SMALL, option: value})


def test_odd_tables_are_refused():
    with pytest.raises(SpecError, match="ways"):
        routing_by_pair(mesh(2, 2), 2, np.full((4, 4), 4))
    with pytest.raises(SpecError, match="ways"):
        routing_by_pair(mesh(2, 2), 2, np.zeros((3, 3), int))
