import pytest
from scipy.io import mmwrite

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.matrix import to_scipy
from archwright.accelerators.sparch.simulation import simulate
from archwright.accelerators.sparch.simulator import SparchSimulator
from archwright.core.errors import SpecError


def test_a_stand_in_has_every_metric():
    found = SparchSimulator(max_products=100_000).run("wiki-Vote")["wiki-Vote"]
    a = stand_in("wiki-Vote", 100_000)
    run = simulate(a, a)
    assert found.keys() == SparchSimulator.metrics.keys()
    assert found["cycles"] == run.timing.cycles and found["power_w"] == pytest.approx(run.energy_j / run.time_s)
    parts = [found[f"{part}_bytes"] for part in ("a", "b", "partial", "c")]
    assert sum(parts) == found["dram_bytes"] == run.traffic.total


def test_a_file_gives_the_same(tmp_path):
    mmwrite(tmp_path / "mine.mtx", to_scipy(stand_in("wiki-Vote", 100_000)))
    simulator = SparchSimulator(max_products=100_000)
    assert simulator.run(str(tmp_path / "mine.mtx"))["mine"] == simulator.run("wiki-Vote")["wiki-Vote"]


def test_ideas_can_be_left_out():
    plain = SparchSimulator(max_products=100_000, condense=False, order="sequential", prefetch=False)
    shuffled = SparchSimulator(max_products=100_000, order="random", ways=8)
    whole = SparchSimulator(max_products=100_000, ways=8)
    by_column, random, all_ideas = (one.run("wiki-Vote")["wiki-Vote"] for one in (plain, shuffled, whole))
    assert by_column["partials"] > all_ideas["partials"] and by_column["hit_rate"] == 0.0
    assert random["partial_bytes"] > all_ideas["partial_bytes"]


def test_what_is_asked_for_is_checked():
    with pytest.raises(SpecError, match="ways: 48"):
        SparchSimulator(ways=48)
    with pytest.raises(SpecError, match="order: 'huffmann'"):
        SparchSimulator(order="huffmann")
    with pytest.raises(SpecError, match="workload: 'nothing'"):
        SparchSimulator().run("nothing")
