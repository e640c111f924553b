from itertools import product

import numpy as np
import pytest

from archwright.accelerators.confuciux.sequential import Sequential
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.dataflow.hardware import FREE_BUS, area_um2
from archwright.accelerators.workloads import read_layers

TABLES = Tables(read_layers("alexnet"), ["dla", "shi"])


def test_the_machine_has_the_buffers_of_its_neediest_layer():
    chosen = np.array([[63, 63, 207, 63, 207]])  # 16 elements, tile 4, dla or shi
    found = Sequential(TABLES).measure(chosen)
    layers = list(enumerate(chosen[0].tolist()))
    element = max(int(TABLES.costs.element_bytes[i, a]) for i, a in layers)
    shared = max(int(TABLES.costs.shared_bytes[i, a]) for i, a in layers)
    assert found["area_mm2"][0] == pytest.approx(1e-6 * float(area_um2(16, element, shared, FREE_BUS)))
    assert found["n_pes"][0] == 16.0
    assert found["latency_cycles"][0] == sum(int(TABLES.costs.cycles[i, a]) for i, a in layers)


@pytest.mark.parametrize("objective", ["latency_cycles", "energy_j", "interval_cycles"])
def test_the_optimum_is_that_of_trying_all_assignments(objective):
    """All machines, and all 32 ways to give five layers one of two dataflows."""
    sequential = Sequential(TABLES)
    flows = 144 * np.array(list(product((0, 1), repeat=5)))
    every = (np.arange(144)[:, None, None] + flows).reshape(-1, 5)
    found = sequential.measure(every)
    least, most = sequential.limits("area_mm2")
    assert least == pytest.approx(found["area_mm2"].min())
    assert most >= found["area_mm2"].max() * (1 - 1e-12)
    for share in (0.002, 0.05, 0.3):
        capacity = least + share * (most - least)
        wanted = found[objective][found["area_mm2"] <= capacity].min()
        actions, is_proved = sequential.optimum(objective, "area_mm2", capacity)
        best = sequential.measure(actions[None])
        assert is_proved and best[objective][0] == pytest.approx(wanted, rel=1e-12)
        assert best["area_mm2"][0] <= capacity


def test_no_layers_take_nothing():
    found = Sequential(TABLES).measure(np.zeros((2, 0), int))
    assert {tuple(value.tolist()) for value in found.values()} == {(0.0, 0.0)}
