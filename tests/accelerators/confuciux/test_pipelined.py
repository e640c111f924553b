from itertools import product

import numpy as np
import pytest

from archwright.accelerators.confuciux.pipelined import Pipelined
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.workloads import read_layers

TABLES = Tables(read_layers("mobilenet-v2"), ["dla", "eye"])


def test_metrics_are_the_sums_over_the_layers():
    """The plain loop beside the look-up."""
    pipelined = Pipelined(TABLES)
    chosen = np.random.default_rng(0).integers(0, 288, (3, 52))
    found = pipelined.measure(chosen)
    for row, actions in enumerate(chosen.tolist()):
        layers = list(enumerate(actions))
        assert found["latency_cycles"][row] == sum(int(TABLES.costs.cycles[i, a]) for i, a in layers)
        assert found["interval_cycles"][row] == max(int(TABLES.costs.cycles[i, a]) for i, a in layers)
        assert found["n_pes"][row] == sum(TABLES.actions[a][1] for _, a in layers)
        assert found["energy_j"][row] == pytest.approx(sum(TABLES.costs.energy_j[i, a] for i, a in layers))
        assert found["area_mm2"][row] == pytest.approx(1e-6 * sum(TABLES.costs.area_um2[i, a] for i, a in layers))
        assert found["power_w"][row] == pytest.approx(sum(TABLES.costs.power_w[i, a] for i, a in layers))


def test_the_first_layers_alone_and_none_at_all():
    pipelined = Pipelined(TABLES)
    assert pipelined.measure(np.zeros((1, 2), int))["latency_cycles"][0] == TABLES.costs.cycles[:2, 0].sum()
    nothing = pipelined.measure(np.zeros((1, 0), int))
    assert sorted(nothing) == ["area_mm2", "energy_j", "interval_cycles", "latency_cycles", "n_pes", "power_w"]
    assert {value[0] for value in nothing.values()} == {0.0}


def test_the_shortest_interval_is_that_of_trying_all():
    """Two layers, all 144 x 144 pairs."""
    pipelined = Pipelined(Tables(read_layers("alexnet")[:2], ["dla"]))
    every = np.array(list(product(range(144), repeat=2)))
    found = pipelined.measure(every)
    for capacity in (0.002, 0.01, 0.03):
        wanted = found["interval_cycles"][found["area_mm2"] <= capacity].min()
        actions, is_proved = pipelined.optimum("interval_cycles", "area_mm2", capacity)
        best = pipelined.measure(actions[None])
        assert is_proved and best["interval_cycles"][0] == wanted and best["area_mm2"][0] <= capacity
    assert pipelined.optimum("interval_cycles", "area_mm2", 1e-4) is None
