import itertools

import numpy as np
import pytest

from archwright.accelerators.requests import layout as of
from archwright.accelerators.requests.layout import LINE_BYTES, TENSORS, layout_of, runs_of
from archwright.accelerators.requests.steps import steps_of
from archwright.accelerators.workloads import Layer

LAYERS = [
    Layer("plain", 12, 10, 9, 11, 3, 3),
    Layer("padded", 5, 7, 8, 40, 3, 3, padding=2),
    Layer("strided", 6, 4, 13, 13, 3, 3, stride=2),
    Layer("grouped", 12, 8, 6, 6, 3, 3, groups=4),
    Layer("depthwise", 24, 24, 7, 7, 3, 3, groups=24),
]


def words_of(layer, steps, i):
    """Words of the three tensors that step `i` needs, by the definition of a convolution."""
    filters = range(steps.filters[i], steps.filters[i] + steps.n_filters[i])
    depths = range(steps.depths[i], steps.depths[i] + steps.n_depths[i])
    channels = range(steps.channels[i], steps.channels[i] + steps.n_channels[i])
    rows = range(steps.rows[i], steps.rows[i] + steps.n_rows[i])
    kernel = layer.kernel_height * layer.kernel_width
    above = {row * layer.stride + r - layer.padding // 2 for row in rows for r in range(layer.kernel_height)}
    inputs = itertools.product(channels, above & set(range(layer.height)), range(layer.width))
    weights = itertools.product(filters, depths, range(kernel))
    outputs = itertools.product(filters, rows, range(layer.columns))
    n_depths = layer.channels // layer.groups
    return (
        {(c * layer.height + y) * layer.width + x for c, y, x in inputs},
        {(k * n_depths + c) * kernel + r for k, c, r in weights},
        {(k * layer.rows + y) * layer.columns + x for k, y, x in outputs},
    )


def lines_of(runs):
    return {line for run in runs for line in range(run[of.FIRST], run[of.LAST] + 1)}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize(("dataflow", "bits"), [("dla", 8), ("shi", 8), ("eye", 8), ("dla", 3), ("shi", 32)])
def test_a_step_needs_the_lines_of_its_words(layer, dataflow, bits):
    steps, layout = steps_of(layer, 6, 4, dataflow), layout_of(layer, bits)
    runs = runs_of(layer, steps, bits)
    assert (np.diff(runs[:, of.STEP]) >= 0).all()
    held = set()
    for i in range(len(steps)):
        mine = runs[runs[:, of.STEP] == i]
        for tensor, words in enumerate(words_of(layer, steps, i)):
            width = bits if tensor == of.WEIGHTS else 8
            ends = {end // 8 for word in words for end in (word * width, word * width + width - 1)}
            wanted = {layout.first_lines[tensor] + byte // LINE_BYTES for byte in ends}
            found = lines_of(mine[mine[:, of.TENSOR] == tensor])
            held = (found or held) if tensor == of.WEIGHTS else held
            assert (held if tensor == of.WEIGHTS else found) == wanted, (TENSORS[tensor], i)


def test_weights_are_asked_for_when_they_change():
    layer = Layer("conv", 8, 4, 6, 6, 3, 3)
    runs = runs_of(layer, steps_of(layer, 4, 4, "dla"))
    assert np.unique(runs[runs[:, of.TENSOR] == of.WEIGHTS, of.STEP]).tolist() == [0, 4]


def test_tensors_begin_on_lines_and_know_their_bytes():
    layer = Layer("conv", 12, 10, 9, 11, 3, 3)
    layout = layout_of(layer)
    assert layout.n_bytes == (990, 1080, 756)
    lines = np.arange(layout.n_lines)
    in_each = [int(layout.bytes_in(lines)[layout.tensor_of(lines) == one].sum()) for one in range(3)]
    assert tuple(in_each) == layout.n_bytes
    assert layout.bytes_in(np.array([15, 16])).tolist() == [30, 64]


@pytest.mark.parametrize(("bits", "n_bytes"), [(1, 135), (4, 540), (5, 675), (16, 2160)])
def test_weights_take_their_bits(bits, n_bytes):
    assert layout_of(Layer("conv", 12, 10, 9, 11, 3, 3), bits).n_bytes == (990, n_bytes, 756)
