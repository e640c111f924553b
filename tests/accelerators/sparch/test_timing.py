import pytest

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.simulation import simulate
from archwright.accelerators.sparch.timing import merged_elements


def test_the_slowest_part_decides_every_round():
    a = stand_in("wiki-Vote", 100_000)
    run = simulate(a, a, Machine(ways=16))
    timing, sizes = run.timing, run.plan.sizes
    assert timing.dram == pytest.approx(run.traffic.per_round / 128)
    assert timing.multipliers.tolist() == [-(-n // 16) for n in sizes.products.tolist()]
    assert timing.cycles == sum(map(max, zip(*timing[:3], strict=True))) + 148 * run.plan.schedule.n_rounds
    assert sum(timing.shares.values()) == pytest.approx(1.0)


def test_results_that_come_back_enter_the_tree_again():
    a = stand_in("wiki-Vote", 100_000)
    plan = simulate(a, a, Machine(ways=4)).plan
    merged = merged_elements(plan.sizes, plan.schedule, plan.schedule.n_rounds)
    assert merged.sum() == plan.sizes.n_products + plan.sizes.results[:-1].sum()


def test_a_narrow_part_becomes_the_limit():
    a = stand_in("poisson3Da", 100_000)
    for machine, name in (
        (Machine(bandwidth_bytes_per_s=1e9), "DRAM"),
        (Machine(n_multipliers=2), "multipliers"),
        (Machine(merger_width=2), "tree"),
    ):
        shares = simulate(a, a, machine).timing.shares
        assert shares[name] == 1.0 == max(shares.values())
