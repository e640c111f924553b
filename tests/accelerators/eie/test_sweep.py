import pytest

from archwright.accelerators.eie.layers import published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.simulation import simulate
from archwright.accelerators.eie.sweep import Sweep


def test_a_sweep_measures_what_a_run_does():
    layer = published_layer("nt-lstm")
    sweep = Sweep(layer)
    for machine in (Machine(), Machine(16, 4, 128, 3), Machine(16, 64, 128, 3), Machine(16, 4, 32, 3), Machine()):
        run, figures = simulate(layer, machine), sweep.measure(machine)
        assert figures.cycles == run.cycles and figures.time_s == run.time_s
        assert figures.energy_j == pytest.approx(run.energy_j(run.needed), rel=1e-12)
        assert figures.area_um2 == sweep.area_um2(machine) == run.area_um2(run.needed)
        assert figures.balance == pytest.approx(run.balance) and figures.padding_share == run.padding_share
        assert sweep.most_stored(machine) == run.most_stored


def test_more_elements_need_fewer_paddings_and_are_balanced_worse():
    sweep = Sweep(published_layer("alex-7"))
    found = [sweep.measure(Machine(n_pes=n_pes)) for n_pes in (8, 32, 128, 256)]
    paddings, balances = [one.padding_share for one in found], [one.balance for one in found]
    assert paddings == sorted(paddings, reverse=True) and paddings[-1] == 0.0
    assert balances == sorted(balances, reverse=True)
