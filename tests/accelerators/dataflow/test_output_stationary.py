from itertools import product

import numpy as np
import pytest

from archwright.accelerators.dataflow.output_stationary import output_stationary
from archwright.accelerators.dataflow.sizes import sizes_of
from archwright.accelerators.workloads import Layer

LAYERS = [
    Layer("plain", 5, 7, 6, 9, 3, 2),
    Layer("strided", 4, 3, 9, 9, 3, 3, stride=2, padding=2),
    Layer("grouped", 6, 4, 5, 5, 3, 3, groups=2),
    Layer("product", 9, 10, height=4),
]


def walk(layer, elements, tile):
    """The loops themselves: patches of S columns, a cycle per product and one at the end of each patch."""
    filters, channels, patch = layer.filters // layer.groups, layer.channels // layer.groups, layer.kernel_width
    cycles = 1
    for _pass in product(range(layer.groups), range(0, filters, tile), range(channels), range(0, layer.rows, elements)):
        for first in range(0, layer.columns, patch):
            columns = min(patch, layer.columns - first)
            cycles += columns * min(tile, filters) * layer.kernel_height * layer.kernel_width + 1
    return cycles


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_form_equals_the_loops(layer):
    actions = list(product((1, 2, 3, 8), (1, 2, 4, 12)))
    elements, tile = np.array(actions).T
    found = output_stationary(sizes_of([layer]), elements, tile).cycles[0].tolist()
    assert found == [walk(layer, *action) for action in actions]


def test_no_more_than_one_product_per_element_and_cycle():
    elements, tile = np.array(list(product((1, 3, 8, 64), (1, 5, 12)))).T
    sizes = sizes_of(LAYERS)
    assert (output_stationary(sizes, elements, tile).cycles * elements >= sizes.macs).all()


def test_a_single_channel_s_weights_are_read_once():
    usage = output_stationary(sizes_of([Layer("a", 8, 1, 9, 9, 3, 3)]), np.array([2]), np.array([4]))
    assert usage.weights_read.tolist() == [[8 * 9]]


def test_elements_beyond_the_rows_change_nothing():
    usage = output_stationary(sizes_of(LAYERS[:1]), np.array([4, 128]), np.array([2, 2]))
    assert [len(set(values[0].tolist())) for values in usage] == [1] * len(usage)
