"""The graph of a network: its layers, its width groups, and what any choice of widths costs, without a tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from archwright.compression.graph.operations import Shape
from archwright.compression.graph.widths import FIXED, Line
from archwright.core.errors import SpecError, check_name

Counts = np.ndarray[Any, np.dtype[np.int64]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]


class Group(NamedTuple):
    """Channels that are kept or removed together.

    Args:
        name: of the layer that makes them first; `/2` and so on where one layer makes several.
        size: units; one may stand for several channels (of a grouped convolution), and for several inputs of a
            consumer (after a flatten).
    """

    name: str
    size: int


class Layer(NamedTuple):
    """An operation that multiplies and accumulates.

    Args:
        name: of its weight, without `.weight`; that of its output where it has none.
        kind: convolution, linear, matmul or attention.
        weight: name of its weight; "" where it has none.
        n_inputs, n_outputs: channels; 0 without a weight.
        kernel: sides; empty but for a convolution.
        stride: of a convolution, 1 otherwise.
        n_groups: of a convolution, 1 otherwise.
        in_shape, out_shape: of its first input and of its output, for one example.
        input_groups, output_groups: names of the width groups that its channels belong to, in order.
        macs: multiply-accumulates of one example.
        parameters: weights and biases.
        activations: entries of its output.
    """

    name: str
    kind: str
    weight: str
    n_inputs: int
    n_outputs: int
    kernel: Shape
    stride: int
    n_groups: int
    in_shape: Shape
    out_shape: Shape
    input_groups: tuple[str, ...]
    output_groups: tuple[str, ...]
    macs: int
    parameters: int
    activations: int

    @property
    def is_depthwise(self) -> bool:
        """Whether every input channel has a kernel of its own."""
        return self.n_groups == self.n_inputs > 1


class Cost(NamedTuple):
    """What a network takes for one example.

    Args:
        macs: multiply-accumulates of convolutions, linear layers, matrix products and attention.
        parameters: learned numbers.
        n_bytes: of everything that is kept, buffers among it.
        activations: entries that layers write.
    """

    macs: int
    parameters: int
    n_bytes: int
    activations: int


class Slice(NamedTuple):
    """What stays of a tensor along an axis.

    Args:
        axis: 0 or more.
        indices: (n,) entries that stay, in order.
    """

    axis: int
    indices: Counts


@dataclass(frozen=True, eq=False)
class Tables:
    """What costs are counted from: every width is linear in the units that stay, every tensor a product of two.

    Numbers are float64, which multiplies faster than whole numbers do and holds them exactly up to 9e15.

    Args:
        fixed, repeats: (lines + 1,) and (lines + 1, groups); the last line has width 1.
        entries: (tensors,) per pair of widths; `first` and `second` are their lines.
        item_bytes, is_parameter: (kept tensors,), which come first.
        used, positions: (weighted steps,) tensor and how often each entry is used; `weighted` says which steps.
        outputs, per_output: (weighted steps,) line of the output and entries per channel of it.
        fixed_macs, fixed_activations: of the other steps.
    """

    fixed: Doubles
    repeats: Doubles
    entries: Doubles
    first: Counts
    second: Counts
    item_bytes: Doubles
    is_parameter: Doubles
    weighted: Counts
    used: Counts
    positions: Doubles
    outputs: Counts
    per_output: Doubles
    fixed_macs: int
    fixed_activations: int

    def widths(self, counts: Counts) -> Doubles:
        """(..., lines + 1) of (..., groups) units."""
        found: Doubles = self.fixed + counts.astype(np.float64) @ self.repeats.T
        return found

    def kept(self, widths: Doubles) -> Doubles:
        """(..., tensors) entries."""
        found: Doubles = self.entries * widths[..., self.first] * widths[..., self.second]
        return found


@dataclass(frozen=True, eq=False)
class Graph:
    """Layers and width groups of a network, from `trace` or `read_onnx`.

    Args:
        layers: in the order in which they run.
        groups: in the order in which layers make them.
        tensors: by name of a tensor that the model keeps and by axis, a number in `lines`.
        lines: which unit of which group the entries of an axis belong to.
        tables: for `cost`.

    Example:
        >>> import torch
        >>> from archwright.compression.graph import trace
        >>> net = torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))
        >>> graph = trace(net, torch.zeros(1, 8))
        >>> graph.groups, graph.cost().macs, graph.cost({"0": 3}).macs
        ((Group(name='0', size=6),), 60, 30)
    """

    layers: tuple[Layer, ...]
    groups: tuple[Group, ...]
    tensors: Mapping[str, Mapping[int, int]]
    lines: tuple[Line, ...]
    tables: Tables

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {group.name: number for number, group in enumerate(self.groups)}

    @cached_property
    def _sizes(self) -> Counts:
        return np.array([group.size for group in self.groups], np.int64)

    def counts(self, preserved: Mapping[str, int] | None = None) -> Counts:
        """Units that stay, group by group.

        Args:
            preserved: by name of a group; all units of the others stay.

        Raises:
            SpecError: no such group, or not 1 to all of its units.
        """
        counts = self._sizes.copy()
        for name, kept in (preserved or {}).items():
            number = self._numbers[check_name("group", name, self._numbers)]
            if not 1 <= kept <= counts[number]:
                raise SpecError(f"preserved.{name}", kept, f"1 to {counts[number]}")
            counts[number] = kept
        return counts

    def cost(self, preserved: Mapping[str, int] | None = None) -> Cost:
        """What the network takes when only so many units of some groups stay.

        Args:
            preserved: by name of a group.

        Raises:
            SpecError: as for `counts`.
        """
        return self.cost_of(self.counts(preserved))

    def cost_of(self, counts: Counts) -> Cost:
        """The same for units by number of the group, without checks.

        Args:
            counts: (groups,) from `counts`.
        """
        return Cost(*self.costs_of(counts).tolist())

    def costs_of(self, counts: Counts) -> Counts:
        """The same for many choices at once.

        Args:
            counts: (..., groups).

        Returns:
            (..., 4) in the order of `Cost`.
        """
        tables, widths = self.tables, self.tables.widths(counts)
        kept = tables.kept(widths)
        own = kept[..., : len(tables.item_bytes)]
        columns = (
            kept[..., tables.used] @ tables.positions + tables.fixed_macs,
            own @ tables.is_parameter,
            own @ tables.item_bytes,
            widths[..., tables.outputs] @ tables.per_output + tables.fixed_activations,
        )
        return np.stack(columns, -1).astype(np.int64)

    def layer_macs(self, preserved: Mapping[str, int] | None = None) -> Counts:
        """Multiply-accumulates of every layer.

        Args:
            preserved: as for `cost`.

        Returns:
            (layers,) in the order of `layers`.
        """
        tables = self.tables
        kept = tables.kept(tables.widths(self.counts(preserved)))
        macs = np.array([layer.macs for layer in self.layers], np.int64)
        macs[tables.weighted] = tables.positions * kept[tables.used]
        return macs

    def slices(self, kept: Mapping[str, Sequence[int]]) -> dict[str, tuple[Slice, ...]]:
        """What stays of every tensor.

        Args:
            kept: by name of a group, the units that stay; all units of the others stay.

        Returns:
            By name of a tensor, for tensors that lose something. Where the axis of a depthwise convolution is cut, its
            number of groups falls with it.

        Raises:
            SpecError: no such group, or none or unknown units.
        """
        stays = [np.ones(group.size, np.bool_) for group in self.groups]
        for name, units in kept.items():
            number = self._numbers[check_name("group", name, self._numbers)]
            indices = np.asarray(units, np.int64)
            if not len(indices) or indices.min() < 0 or indices.max() >= len(stays[number]):
                raise SpecError(f"kept.{name}", list(units), f"some of 0 to {len(stays[number]) - 1}")
            stays[number] = np.isin(np.arange(len(stays[number])), indices)
        flat = np.concatenate([*stays, np.ones(1, np.bool_)])  # FIXED points at the last entry
        starts = np.concatenate([np.cumsum([0, *self._sizes]), [0]])[:-1]
        found = {}
        for tensor, places in self.tensors.items():
            cuts = tuple(self._cut(axis, self.lines[number], flat, starts) for axis, number in places.items())
            lost = tuple(cut for cut in cuts if cut is not None)
            if lost:
                found[tensor] = lost
        return found

    def _cut(self, axis: int, line: Line, flat: Any, starts: Any) -> Slice | None:
        is_fixed = line.groups == FIXED
        stays = is_fixed | flat[np.where(is_fixed, 0, starts[line.groups] + line.units)]
        return None if bool(stays.all()) else Slice(axis, np.flatnonzero(stays))
