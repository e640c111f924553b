import numpy as np
import pytest

from archwright.accelerators.dataflow import DATAFLOWS, costs_of
from archwright.accelerators.requests.steps import steps_of
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError

LAYERS = [
    Layer("plain", 12, 10, 9, 11, 3, 3),
    Layer("padded", 5, 7, 8, 8, 3, 3, padding=2),
    Layer("strided", 6, 4, 13, 13, 5, 5, stride=2),
    Layer("grouped", 12, 8, 6, 6, 3, 3, groups=4),
    Layer("product", 20, 33, 16),
    Layer("depthwise", 24, 24, 7, 7, 3, 3, groups=24),
]


@pytest.mark.parametrize("dataflow", DATAFLOWS)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("n_pes", [1, 2, 7, 16, 64])
@pytest.mark.parametrize("tile", [1, 4])
def test_steps_are_the_loops_of_the_closed_form(dataflow, layer, n_pes, tile):
    cycles = int(costs_of([layer], [n_pes], [tile], dataflow).cycles[0, 0])
    steps = steps_of(layer, n_pes, tile, dataflow)
    assert (cycles - 1) % len(steps) == 0


@pytest.mark.parametrize("dataflow", DATAFLOWS)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize(("n_pes", "tile"), [(1, 1), (2, 4), (7, 3), (64, 4)])
def test_every_product_is_in_one_step(dataflow, layer, n_pes, tile):
    steps = steps_of(layer, n_pes, tile, dataflow)
    times = np.zeros((layer.filters, layer.channels // layer.groups, layer.rows), int)
    for filter_, n_filters, _, _, depth, n_depths, row, n_rows in zip(*steps, strict=True):
        times[filter_ : filter_ + n_filters, depth : depth + n_depths, row : row + n_rows] += 1
    turns = -(-layer.kernel_height // n_pes) if dataflow == "eye" and not layer.is_depthwise else 1
    assert (times == turns).all()


@pytest.mark.parametrize("dataflow", DATAFLOWS)
def test_filters_meet_the_channels_of_their_group(dataflow):
    layer = LAYERS[3]
    steps = steps_of(layer, 2, 2, dataflow)
    groups = steps.filters // 3
    assert np.array_equal(steps.channels, groups * 2 + steps.depths)
    assert np.array_equal((steps.filters + steps.n_filters - 1) // 3, groups)
    assert np.array_equal((steps.channels + steps.n_channels - 1) // 2, groups)


def test_elements_of_a_depthwise_layer_have_channels_of_their_own():
    steps = steps_of(LAYERS[5], 2, 4, "dla")
    assert np.array_equal(steps.filters, steps.channels) and np.array_equal(steps.n_filters, steps.n_channels)
    assert np.unique(steps.filters).tolist() == [0, 8, 16] and len(steps) == 3 * 5


def test_an_unknown_dataflow_is_refused():
    with pytest.raises(SpecError, match="dataflow: 'tpu'"):
        steps_of(LAYERS[0], 1, 1, "tpu")


def test_more_blocks_than_there_is_room_for_are_refused():
    with pytest.raises(SpecError, match=r"huge: '301,989,888' .* at most 10,000,000 blocks"):
        steps_of(Layer("huge", 4096, 4096, 64, 64), 64, 4, "dla")
    with pytest.raises(SpecError, match="at most 10,000,000 blocks"):
        steps_of(Layer("deep", 4096, 4096, 4096, 4, groups=4096), 64, 4, "dla")
