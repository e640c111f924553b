"""A network's graph as the layers that accelerators are simulated and sized for.

Convolutions keep their sizes; their padding is what the output needs beyond the input. Fully-connected layers and
matrix products become matrix products, one row per position; attention becomes two of them, scores and mix.
"""

from __future__ import annotations

import math

from archwright.accelerators.workloads import Layer, matrix_product
from archwright.compression.graph.structure import Graph
from archwright.compression.graph.structure import Layer as GraphLayer
from archwright.core.errors import SpecError


def accelerator_layers(graph: Graph) -> list[Layer]:
    """The layers of a graph, in the order in which they run.

    Args:
        graph: from `trace` or `read_onnx`.

    Raises:
        SpecError: a layer has no such form, such as a transposed or a three-dimensional convolution.

    Example:
        >>> import torch
        >>> from archwright.compression.graph import trace
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, stride=2, padding=1), torch.nn.Flatten())
        >>> accelerator_layers(trace(net, torch.zeros(1, 3, 32, 32)))[0].padding
        1
    """
    found = [layer for one in graph.layers for layer in _layers(one)]
    if not found:
        raise SpecError("model", "no layers", "a network that multiplies")
    return found


def _layers(one: GraphLayer) -> list[Layer]:
    if one.kind == "convolution":
        layers = [_convolution(one)]
    elif one.kind == "attention":
        layers = _attention(one)
    else:
        groups = math.prod(one.out_shape[:-2]) if one.kind == "matmul" else 1
        positions = math.prod(one.out_shape[:-1]) // groups
        inner = one.macs // math.prod(one.out_shape)
        layers = [matrix_product(one.name, positions, inner, one.out_shape[-1], groups=groups)]
    if sum(layer.macs for layer in layers) != one.macs:
        raise SpecError(one.name, one.kind, f"a layer of {one.macs:,} products as accelerators count them")
    return layers


def _convolution(one: GraphLayer) -> Layer:
    """One or two dimensions; a dimension that is not there has size 1."""
    if not 1 <= len(one.kernel) <= 2:
        raise SpecError(one.name, f"a convolution of {len(one.kernel)} dimensions", "one or two dimensions")
    kernel, inputs, outputs = ((*one.kernel, 1)[:2], (*one.in_shape[2:], 1)[:2], (*one.out_shape[2:], 1)[:2])
    needed = [(out - 1) * one.stride + size for out, size in zip(outputs, kernel, strict=True)]
    used = [min(size, need) for size, need in zip(inputs, needed, strict=True)]
    padding = [need - size for size, need in zip(used, needed, strict=True)]
    return Layer(
        one.name, one.n_outputs, one.n_inputs, used[0], used[1], kernel[0], kernel[1],
        stride=one.stride, padding=padding[0], groups=one.n_groups, side_padding=padding[1],
    )  # fmt: skip


def _attention(one: GraphLayer) -> list[Layer]:
    *batch, rows, width = one.out_shape
    heads = math.prod(batch)
    keys = one.macs // (2 * heads * rows * width)
    return [
        matrix_product(f"{one.name}.scores", rows, width, keys, groups=heads),
        matrix_product(f"{one.name}.mix", rows, keys, width, groups=heads),
    ]
