from itertools import product

import numpy as np
import pytest

from archwright.accelerators.dataflow.row_stationary import row_stationary
from archwright.accelerators.dataflow.sizes import sizes_of
from archwright.accelerators.workloads import Layer

LAYERS = [
    Layer("plain", 5, 7, 6, 9, 3, 2),
    Layer("strided", 4, 3, 9, 9, 3, 3, stride=2, padding=2),
    Layer("grouped", 6, 4, 5, 5, 3, 3, groups=2),
    Layer("product", 9, 10, height=4),
]


def walk(layer, elements, tile):
    """The loops themselves, with every product that an element works on entered into a table."""
    filters, channels, taps = layer.filters // layer.groups, layer.channels // layer.groups, layer.kernel_height
    stacks = max(elements // taps, 1)
    at_once = min(stacks, layer.rows)
    side = min(max(stacks // layer.rows, 1), channels)
    done = np.zeros((layer.groups, filters, channels, layer.rows, taps), int)
    cycles = 1
    for group, filter_, channel, turn, row in product(
        range(layer.groups), range(0, filters, tile), range(0, channels, side), range(0, taps, elements),
        range(0, layer.rows, at_once),
    ):  # fmt: skip
        work = done[
            group, filter_ : filter_ + tile, channel : channel + side, row : row + at_once, turn : turn + elements
        ]
        work += 1
        assert work[0].size <= elements
        cycles += layer.columns * (min(tile, filters) * layer.kernel_width + 1)
    assert (done == 1).all()
    return cycles


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_form_equals_the_loops(layer):
    actions = list(product((1, 2, 3, 7, 20, 64), (1, 2, 4, 12)))
    elements, tile = np.array(actions).T
    found = row_stationary(sizes_of([layer]), elements, tile).cycles[0].tolist()
    assert found == [walk(layer, *action) for action in actions]


def test_no_more_than_one_product_per_element_and_cycle():
    elements, tile = np.array(list(product((1, 2, 3, 8, 64, 500), (1, 5, 12)))).T
    sizes = sizes_of(LAYERS)
    assert (row_stationary(sizes, elements, tile).cycles * elements >= sizes.macs).all()


def test_sums_wait_in_the_shared_buffer_when_kernel_rows_take_turns():
    layer = Layer("a", 4, 1, 9, 9, 3, 3)
    usage = row_stationary(sizes_of([layer]), np.array([1, 3]), np.array([4, 4]))
    assert usage.outputs_written.tolist() == [[3 * 4 * 49, 4 * 49]]
