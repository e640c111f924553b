import numpy as np
import pytest

from archwright.accelerators.confuciux.tables import N_PES, TILES, Tables
from archwright.accelerators.dataflow import costs_of
from archwright.accelerators.workloads import read_layers
from archwright.core.errors import SpecError


def test_every_entry_is_the_cost_of_its_layer_and_action():
    layers = read_layers("mobilenet-v2")[:4]
    tables = Tables(layers, ["shi", "eye"])
    assert len(tables.actions) == 2 * len(N_PES) * len(TILES) == 288
    for i in (0, 77, 143, 144, 287):
        flow, n_pes, tile = tables.actions[i]
        alone = costs_of(layers, [n_pes], [tile], flow)
        assert tables.index[tables.actions[i]] == i and tables.n_pes[i] == n_pes
        for name in alone._fields:
            assert (getattr(tables.costs, name)[:, i] == getattr(alone, name)[:, 0]).all()


def test_flat_positions_find_the_entries():
    tables = Tables(read_layers("alexnet"), ["dla"])
    chosen = np.array([[3, 5, 7], [1, 1, 143]])
    found = tables.costs.cycles.ravel()[tables.flat(chosen)]
    assert found.tolist() == [
        [tables.costs.cycles[layer, action] for layer, action in enumerate(row)] for row in chosen
    ]


def test_an_unknown_dataflow_is_one_line():
    with pytest.raises(SpecError, match="dataflow: 'os'"):
        Tables(read_layers("alexnet"), ["os"])
