import numpy as np
import pytest

from archwright.accelerators.eie.layers import layer_of, published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.picture import broadcast_shares, draw_run, element_cycles
from archwright.accelerators.eie.simulation import simulate
from archwright.testing.powers import check_svg


@pytest.mark.parametrize("machine", [Machine(), Machine(n_pes=256), Machine(n_pes=1)])
def test_every_cycle_is_accounted_for(machine):
    layer = published_layer("nt-lstm")
    run = simulate(layer, machine)
    cycles = element_cycles(layer, run)
    assert (cycles >= 0).all() and (cycles.sum(axis=1) == run.cycles).all()
    assert cycles[:, 0].sum() == run.n_weights
    check_svg(draw_run(layer, run, "a < b"))


def test_the_broadcast_is_split_as_the_timing_counts_it():
    layer = layer_of("x", np.ones((8, 90)), activation_density=0.4, rng=np.random.default_rng(0))
    run = simulate(layer, Machine(n_pes=4, fifo_depth=2))
    shares = broadcast_shares(layer, run)
    sizes = [len(one) for one in np.array_split(np.arange(run.cycles), len(shares))]
    totals = (shares * np.array(sizes)[:, None]).sum(axis=0)
    sent, held, stepped, _ = totals.round(6).tolist()
    assert (sent, held, stepped) == (run.n_broadcasts, run.timing.stall_cycles, run.timing.bubble_cycles)


def test_nothing_to_do_can_be_drawn():
    layer = layer_of("x", np.ones((4, 4)), np.zeros(4), rng=np.random.default_rng(0))
    check_svg(draw_run(layer, simulate(layer, Machine(n_pes=2)), "idle"))
