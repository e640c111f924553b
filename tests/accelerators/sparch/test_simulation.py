import numpy as np
import pytest
from scipy.sparse import csr_array

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import from_scipy
from archwright.accelerators.sparch.simulation import simulate
from archwright.accelerators.sparch.traffic import STEPS, plan_product


def test_figures_fit_each_other():
    a = stand_in("wiki-Vote", 100_000)
    run = simulate(a, a)
    assert run.flops_per_s == pytest.approx(2 * run.plan.sizes.n_products / run.time_s)
    assert run.intensity * run.traffic.total == pytest.approx(2 * run.plan.sizes.n_products)
    assert run.flops_per_s <= run.intensity * 128e9 and run.flops_per_s <= run.machine.peak_flops_per_s
    assert 0.0 < run.utilization <= 1.0 and 0.0 < run.hit_rate < 1.0
    assert run.area_mm2 == pytest.approx(28.5) and run.energy_j > 0.0


def test_there_is_no_buffer_without_condensing_or_without_the_prefetcher():
    a = stand_in("wiki-Vote", 100_000)
    hits = [simulate(a, a, ideas=ideas).hit_rate for ideas in STEPS.values()]
    assert hits[:3] == [0.0] * 3 and hits[3] > 0.5


def test_a_plan_may_be_given():
    a = stand_in("wiki-Vote", 100_000)
    plan = plan_product(a, a, 16)
    assert simulate(a, a, Machine(ways=16), plan=plan).plan is plan


def test_two_different_matrices():
    rng = np.random.default_rng(0)
    a, b = (from_scipy(csr_array(rng.random(shape) * (rng.random(shape) < 0.3))) for shape in ((20, 30), (30, 10)))
    run = simulate(a, b)
    assert run.plan.sizes.row_lengths.shape == (20,) and run.traffic.totals["a"] == 12 * a.n_stored


def test_an_empty_product_takes_its_latency():
    empty = from_scipy(csr_array((4, 4)))
    run = simulate(empty, empty)
    assert run.timing.cycles == 292 and run.traffic.total == 0 and run.flops_per_s == run.energy_j == 0.0
