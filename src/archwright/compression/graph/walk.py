"""Walk a network and note which channels stand or fall together.

Every output channel of a convolution or a linear layer gets a label of its own. Labels follow the values; where two
meet (an addition, a depthwise convolution), they are tied; where a tensor is indexed by them, the place is noted.
What a reshape with constants, a softmax or a network's output needs whole is tied to label 0 and stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from archwright.compression.graph import labels as carry
from archwright.compression.graph.labels import Labels
from archwright.compression.graph.operations import Operation, Program
from archwright.core.errors import SpecError


class Place(NamedTuple):
    """An axis of a tensor, and whose channels its entries are.

    Args:
        tensor: its name.
        axis: 0 or more.
        line: (length of the axis,) labels.
    """

    tensor: str
    axis: int
    line: Labels


class Step(NamedTuple):
    """An operation that multiplies and accumulates.

    Args:
        operation: of the program.
        positions: how often every entry of its weight is used; all its MACs where it has no weight.
        inputs, outputs: (n,) labels of its channels.
    """

    operation: Operation
    positions: int
    inputs: Labels
    outputs: Labels


class Walk:
    """The labels of a program's values, what ties them, and where they index tensors.

    Args:
        program: to walk at once, from the first to the last operation.

    Raises:
        SpecError: an operation is of no known kind.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ties: list[tuple[Labels, Labels]] = []
        self.places: list[Place] = []
        self.steps: list[Step] = []
        self.whole: set[str] = set()
        self.n_labels = 1
        self._labels = {name: carry.none_of(len(shape)) for name, shape in program.shapes.items()}
        for operation in program.operations:
            self._follow(operation)
        for name in program.outputs:
            self._freeze(self._labels[name])
        for place in self.places:
            if place.tensor in self.whole:
                self._freeze(place.line)

    def _follow(self, operation: Operation) -> None:
        rule = RULES.get(operation.kind)
        if rule is None:
            raise SpecError("operator", operation.kind, f"one of {', '.join(sorted(RULES))}")
        found = rule(self, operation)
        if found is not None:
            self._labels.update(dict.fromkeys(operation.outputs, found))
        if operation.kind not in SLICES:
            self.whole.update(name for name in operation.inputs if name in self.program.weights)

    def _shape(self, name: str) -> tuple[int, ...]:
        return self.program.shapes[name]

    def _fresh(self, n: int) -> Labels:
        self.n_labels += n
        return np.arange(self.n_labels - n, self.n_labels)

    def _freeze(self, labels: Labels) -> None:
        self.ties.append((labels.reshape(-1), np.zeros(labels.size, np.int64)))

    def _only(self, labels: Labels, axis: int) -> Labels:
        """`labels` where they change along `axis` alone; otherwise they are frozen, and none are left."""
        if set(carry.varying(labels)) <= {axis} and labels.shape[axis] > 1:
            return labels
        self._freeze(labels)
        return carry.none_of(labels.ndim)

    def _line(self, name: str, axis: int) -> Labels:
        kept = self._only(self._labels[name], axis)
        return carry.full_line(kept, axis, self._shape(name)[axis])

    def _note(self, tensor: str, axis: int, line: Labels) -> None:
        if tensor in self.program.weights:
            self.places.append(Place(tensor, axis, line))
        elif tensor:
            self._freeze(line)  # a weight that is computed cannot be sliced

    def convolution(self, operation: Operation) -> Labels:
        """Full, grouped and depthwise, also transposed."""
        x, weight, *bias = operation.inputs
        groups, is_transposed = operation.attributes["groups"], operation.attributes.get("is_transposed", False)
        out_shape, in_shape = self._shape(operation.outputs[0]), self._shape(x)
        inputs, n_out = self._line(x, 1), out_shape[1] // groups
        if groups == in_shape[1] > 1:
            outputs = np.repeat(inputs, n_out)
        else:
            rows = inputs.reshape(groups, -1)
            self.ties += [(rows[0], row) for row in rows[1:]]
            outputs = np.tile(self._fresh(n_out), groups)
            self._note(weight, 1, outputs[:n_out] if is_transposed else rows[0])
        self._note(weight, 0, inputs if is_transposed else outputs)
        for tensor in bias:
            self._note(tensor, 0, outputs)
        spatial = in_shape if is_transposed else out_shape
        self.steps.append(Step(operation, spatial[0] * math.prod(spatial[2:]), inputs, outputs))
        return carry.along(1, outputs, len(out_shape))

    def linear(self, operation: Operation) -> Labels:
        """Along the last axis."""
        x, weight, *bias = operation.inputs
        shape, axes = self._shape(operation.outputs[0]), operation.attributes["axes"]
        inputs, outputs = self._line(x, len(self._shape(x)) - 1), self._fresh(shape[-1])
        self._note(weight, axes[1], inputs)
        for tensor, axis in ((weight, axes[0]), *((one, 0) for one in bias)):
            self._note(tensor, axis, outputs)
        self.steps.append(Step(operation, math.prod(shape[:-1]), inputs, outputs))
        return carry.along(len(shape) - 1, outputs, len(shape))

    def embedding(self, operation: Operation) -> Labels:
        """A row per index."""
        shape = self._shape(operation.outputs[0])
        outputs = self._fresh(shape[-1])
        self._note(operation.inputs[0], 1, outputs)
        return carry.along(len(shape) - 1, outputs, len(shape))

    def matmul(self, operation: Operation) -> None:
        """Of two activations, or all of attention: both stay as they are."""
        shape, inner = self._shape(operation.outputs[0]), self._shape(operation.inputs[0])[-1]
        macs = math.prod(shape) * inner
        if operation.kind == "attention":
            rows, keys = math.prod(shape[:-1]), self._shape(operation.inputs[1])[-2]
            macs = rows * keys * (inner + shape[-1])
        none = np.zeros(0, np.int64)
        self.steps.append(Step(operation, macs, none, none))
        self.opaque(operation)

    def channel_scale(self, operation: Operation) -> Labels:
        """Axis 1 of the value, and the only axis of the tensors."""
        x, *tensors = operation.inputs
        line = self._line(x, 1)
        for tensor in tensors:
            if self._shape(tensor) == line.shape:
                self._note(tensor, 0, line)
        return carry.along(1, line, len(self._shape(x)))

    def layer_norm(self, operation: Operation) -> Labels | None:
        """The last axis, where the tensors have no other."""
        x, *tensors = operation.inputs
        if any(len(self._shape(one)) > 1 for one in tensors):
            self.opaque(operation)
            return None
        axis = len(self._shape(x)) - 1
        line = self._line(x, axis)
        for tensor in tensors:
            self._note(tensor, 0, line)
        return carry.along(axis, line, axis + 1)

    def elementwise(self, operation: Operation) -> Labels:
        """Values that are broadcast against each other, or one alone."""
        rank = len(self._shape(operation.outputs[0]))
        moving = [name for name in operation.inputs if name and name not in self.program.weights]
        values = [(carry.aligned(self._labels[name], rank), self._aligned_shape(name, rank)) for name in moving]
        if not values:
            return carry.none_of(rank)
        lead = max((labels for labels, _ in values), key=lambda labels: labels.size)
        for labels, shape in values:
            if labels is not lead:
                self._meet(lead, labels, shape)
        for name in operation.inputs:
            if name in self.program.weights:
                self._meet_weight(lead, name, rank)
        return lead

    def _aligned_shape(self, name: str, rank: int) -> tuple[int, ...]:
        shape = self._shape(name)
        return (1,) * (rank - len(shape)) + shape

    def _meet(self, lead: Labels, labels: Labels, shape: tuple[int, ...]) -> None:
        """Tie the channels of a value to those of a larger one."""
        axes, mine = carry.varying(lead), carry.varying(labels)
        if set(mine) <= set(axes):
            if any(shape[axis] > 1 for axis in axes):
                both = np.broadcast_arrays(lead, labels)
                self.ties.append((both[0].reshape(-1), both[1].reshape(-1)))
        else:
            self._freeze(lead)
            self._freeze(labels)

    def _meet_weight(self, lead: Labels, name: str, rank: int) -> None:
        """A tensor with an entry per channel is narrowed with the channels."""
        axes, shape = carry.varying(lead), self._aligned_shape(name, rank)
        shared = [axis for axis in axes if shape[axis] > 1]
        if shared and len(axes) == 1:
            self._note(name, axes[0] - (rank - len(self._shape(name))), lead.reshape(-1))
        elif shared:
            self._freeze(lead)

    def spatial(self, operation: Operation) -> Labels:
        """What happens to axes after the second leaves channels alone."""
        return self._only(self._labels[operation.inputs[0]], 1)

    def reduce(self, operation: Operation) -> Labels:
        """Channels that are added up stay."""
        labels, axes = self._labels[operation.inputs[0]], operation.attributes["axes"]
        if any(labels.shape[axis] > 1 for axis in axes):
            self._freeze(labels)
            labels = carry.none_of(labels.ndim)
        return labels if operation.attributes["keeps_axes"] else np.squeeze(labels, tuple(axes))

    def softmax(self, operation: Operation) -> Labels:
        """Channels that share out a sum stay."""
        labels = self._labels[operation.inputs[0]]
        if labels.shape[operation.attributes["axis"]] > 1:
            self._freeze(labels)
        return labels

    def reshape(self, operation: Operation) -> Labels:
        """Where channels are set out in rows, as for a shuffle, every row keeps the same ones."""
        before, after = self._shape(operation.inputs[0]), self._shape(operation.outputs[0])
        labels = carry.reshaped(self._labels[operation.inputs[0]], before, after)
        axes = carry.varying(labels)
        if len(axes) > 2:
            self._freeze(labels)
            return carry.none_of(labels.ndim)
        if len(axes) == 2:
            row = labels.take([0], axes[0])
            self.ties.append((labels.reshape(-1), np.broadcast_to(row, labels.shape).reshape(-1)))
            return row
        return labels

    def permute(self, operation: Operation) -> Labels:
        """Labels move with their axes."""
        return self._labels[operation.inputs[0]].transpose(operation.attributes["axes"])

    def concatenate(self, operation: Operation) -> Labels:
        """Channels keep their offsets."""
        parts = [(self._labels[name], self._shape(name)) for name in operation.inputs]
        return carry.joined(parts, operation.attributes["axis"])

    def pad(self, operation: Operation) -> Labels:
        """What is set in front and behind stays."""
        labels, shape = self._labels[operation.inputs[0]], self._shape(operation.inputs[0])
        axis, parts = operation.attributes["axis"], [(labels, shape)]
        for name, place in (("before", 0), ("after", 2)):
            filling = (*shape[:axis], operation.attributes[name], *shape[axis + 1 :])
            parts.insert(place, (carry.none_of(labels.ndim), filling))
        return carry.joined([part for part in parts if part[1][axis]], axis)

    def chunk(self, operation: Operation) -> Labels:
        """Equal parts keep the same channels."""
        labels, axis = self._labels[operation.inputs[0]], operation.attributes["axis"]
        if labels.shape[axis] == 1:
            return labels
        first, *rest = np.split(labels, len(operation.outputs), axis)
        self.ties += [(first.reshape(-1), one.reshape(-1)) for one in rest]
        return first

    def slice(self, operation: Operation) -> Labels:
        """Channels that constants cut out stay."""
        labels, axis = self._labels[operation.inputs[0]], operation.attributes["axis"]
        if labels.shape[axis] > 1:
            self._freeze(labels)
            labels = carry.none_of(labels.ndim)
        return np.squeeze(labels, axis) if operation.attributes.get("drops_axis") else labels

    def constant(self, operation: Operation) -> None:
        """Has nothing that could be removed."""

    def opaque(self, operation: Operation) -> None:
        """Nothing is known of what comes out, so that nothing may go."""
        for name in operation.inputs:
            if name:
                self._freeze(self._labels[name])


RULES: dict[str, Callable[[Walk, Operation], Labels | None]] = {
    "attention": Walk.matmul, "channel_scale": Walk.channel_scale, "chunk": Walk.chunk,
    "concatenate": Walk.concatenate, "constant": Walk.constant, "convolution": Walk.convolution,
    "elementwise": Walk.elementwise, "embedding": Walk.embedding, "layer_norm": Walk.layer_norm,
    "linear": Walk.linear, "matmul": Walk.matmul, "opaque": Walk.opaque, "pad": Walk.pad, "permute": Walk.permute,
    "reduce": Walk.reduce, "reshape": Walk.reshape, "slice": Walk.slice, "softmax": Walk.softmax,
    "spatial": Walk.spatial,
}  # fmt: skip
SLICES = {"convolution", "linear", "embedding", "channel_scale", "layer_norm", "elementwise"}
"""Kinds that know which entries of their tensors belong to a channel; all others use tensors whole."""
