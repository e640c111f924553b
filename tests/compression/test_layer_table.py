import numpy as np
import pytest

from archwright.accelerators.eie import EieSimulator
from archwright.compression.codec.accounting import tensor_bytes
from archwright.compression.layer_table import UNSHARED, Choices, LayerTable, pack_choice
from archwright.compression.measure import simulated

CHOICES = Choices((5, 20, 100), (2, 4, UNSHARED))


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    return {
        name: rng.standard_normal(shape).astype(np.float32) for name, shape in (("a", (40, 30)), ("b", (8, 4, 3, 3)))
    }


def test_tables_never_tell_less_than_the_file_takes_and_never_fall(weights):
    table = LayerTable(weights, CHOICES)
    for number, (name, one) in enumerate(weights.items()):
        taken = [
            [tensor_bytes(pack_choice(name, one, CHOICES, percent, bits, 0)).total for bits in CHOICES.bits]
            for percent in CHOICES.percents
        ]
        found = table.tables[number][:, :, 0]
        assert (found >= taken).all() and found[-1, -1] == taken[-1][-1]
        assert (np.diff(found, axis=0) >= 0).all() and (np.diff(found, axis=1) >= 0).all()


def test_layers_add_up(weights):
    table = LayerTable(weights, CHOICES)
    both = table.costs(np.array([[20, 2, 100, 4]]))[0, 0]
    assert both == table.tables[0][1, 0, 0] + table.tables[1][2, 1, 0]


def test_machines_run_the_matrices(weights):
    table = LayerTable(weights, CHOICES, simulator=EieSimulator())
    packed = pack_choice("a", weights["a"], CHOICES, 20, 4, 0)
    wanted = simulated({"a": packed.to_dense()}, EieSimulator())
    assert table.tables[0][1, 1, 1] == wanted["cycles"] and not table.tables[1][:, :, 1:].any()


def test_weights_that_share_nothing_are_kept(weights):
    packed = pack_choice("a", weights["a"], CHOICES, 100, UNSHARED, 0)
    assert np.array_equal(packed.to_dense(), weights["a"])
