"""A network as a list of plain operations: what torch and ONNX are both read into before anything is counted.

Kinds and what they take::

    convolution   x, weight, bias?       groups, is_transposed
    linear        x, weight, bias?       axes: (out, in) of the weight
    matmul        x, y                   two activations
    attention     query, key, value
    embedding     weight, indices
    channel_scale x, then tensors with an entry per channel (batch normalisation, PReLU)
    layer_norm    x, then tensors along the last axes
    elementwise   any number, broadcast against each other
    spatial       x                      pooling, resizing, padding: all axes after the first two may change
    reduce        x                      axes, keeps_axes
    softmax       x                      axis
    reshape       x
    permute       x                      axes
    concatenate   any number             axis
    pad           x                      axis, before, after
    chunk         x                      axis: equal parts, one per output
    slice         x                      axis: parts that constants cut out; drops_axis: of each one entry
    constant                             counts nothing
    opaque        any number             counts nothing, and its inputs cannot be narrowed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Operation:
    """One step of a network.

    Args:
        kind: one of those above.
        inputs: names of values and weights; "" for one that is left out.
        outputs: names of values.
        attributes: as the kind wants them.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Weight:
    """A tensor that the network keeps.

    Args:
        shape: its shape.
        item_bytes: bytes per entry.
        is_parameter: learned; otherwise a buffer or a constant.
    """

    shape: Shape
    item_bytes: int = 4
    is_parameter: bool = True


@dataclass(frozen=True)
class Program:
    """A network, operation by operation.

    Args:
        weights: by name, as the model's own dictionary names them.
        shapes: of every value, weights among them, for one example.
        operations: in an order in which they can run.
        outputs: names of the values that it gives.
    """

    weights: Mapping[str, Weight]
    shapes: Mapping[str, Shape]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
