from itertools import product

import numpy as np

from archwright.accelerators.dataflow.channel_parallel import channel_parallel
from archwright.accelerators.dataflow.sizes import sizes_of
from archwright.accelerators.workloads import Layer

LAYER = Layer("depthwise", 24, 24, 6, 6, 3, 3, padding=2, groups=24)


def walk(layer, elements, tile):
    """The loops themselves: elements work side by side on whole tiles; a single one stops at the last channel."""
    cycles = 1
    for first in range(0, layer.channels, tile * elements):
        most = min(tile, layer.channels - first) if elements == 1 else tile
        cycles += most * layer.rows * layer.columns * layer.kernel_height * layer.kernel_width
    return cycles


def test_the_form_equals_the_loops():
    actions = list(product((1, 2, 5, 32), (1, 4, 7, 12)))
    elements, tile = np.array(actions).T
    found = channel_parallel(sizes_of([LAYER]), elements, tile).cycles[0].tolist()
    assert found == [walk(LAYER, *action) for action in actions]


def test_no_more_than_one_product_per_element_and_cycle():
    elements, tile = np.array(list(product((1, 3, 8, 64), (1, 5, 12)))).T
    usage = channel_parallel(sizes_of([LAYER]), elements, tile)
    assert (usage.cycles * elements >= LAYER.macs).all()


def test_every_output_is_written_once_unless_elements_outnumber_even_tiles():
    usage = channel_parallel(sizes_of([LAYER]), np.array([2, 6, 8, 8]), np.array([4, 4, 4, 5]))
    assert (usage.outputs_written[0] // 36).tolist() == [24, 24, 20, 24]
