from itertools import product

import numpy as np
import pytest

from archwright.accelerators.dataflow.sizes import sizes_of
from archwright.accelerators.dataflow.weight_stationary import weight_stationary
from archwright.accelerators.workloads import Layer

LAYERS = [
    Layer("plain", 5, 7, 6, 5, 3, 2),
    Layer("strided", 4, 3, 9, 9, 3, 3, stride=2, padding=2),
    Layer("grouped", 6, 4, 5, 5, 3, 3, groups=2),
    Layer("product", 9, 10, height=4),
]


def walk(layer, elements, tile):
    """The loops themselves: a cycle per product of an element, one to pass the sums on; words as they are read."""
    filters, channels = layer.filters // layer.groups, layer.channels // layer.groups
    kept = min(tile, filters)
    cycles, written = 1, 0
    for _group, _tile, first in product(
        range(layer.groups), range(0, filters, tile), range(0, channels, min(elements, channels))
    ):
        assert min(elements, channels - first) <= elements
        for _row, _column in product(range(layer.rows), range(layer.columns)):
            for _filter, _tap in product(range(kept), range(layer.kernel_height * layer.kernel_width)):
                cycles += 1
            cycles += 1
    for _group, _filter, _fold in product(
        range(layer.groups), range(filters), range(0, channels, min(elements, channels))
    ):
        written += layer.rows * layer.columns
    return cycles, written


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_form_equals_the_loops(layer):
    actions = list(product((1, 2, 3, 8), (1, 2, 4, 12)))
    elements, tile = np.array(actions).T
    usage = weight_stationary(sizes_of([layer]), elements, tile)
    assert list(zip(usage.cycles[0].tolist(), usage.outputs_written[0].tolist(), strict=True)) == [
        walk(layer, *action) for action in actions
    ]


def test_no_more_than_one_product_per_element_and_cycle():
    elements, tile = np.array(list(product((1, 3, 8, 64), (1, 5, 12)))).T
    sizes = sizes_of(LAYERS)
    assert (weight_stationary(sizes, elements, tile).cycles * elements >= sizes.macs).all()


def test_weights_are_read_once_where_tiles_and_elements_divide():
    layer = Layer("a", 8, 4, 9, 9, 3, 3)
    usage = weight_stationary(sizes_of([layer]), np.array([2]), np.array([4]))
    assert usage.weights_read.tolist() == [[layer.weights]]
    assert usage.inputs_read.tolist() == [[2 * 4 * 7 * 3 * 9 - 2 * 9]]
