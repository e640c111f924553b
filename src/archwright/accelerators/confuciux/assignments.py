"""Designs and what they stand for: an action of the tables for every layer.

A design of a layer pipeline names elements and tile of each layer, and its dataflow where that is free; a design of a
single machine names elements and tile once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from archwright.accelerators.confuciux.tables import N_PES, TILES, Tables
from archwright.accelerators.dataflow.sizes import Floats, Ints
from archwright.core.errors import SpecError
from archwright.core.problem import Observation
from archwright.core.record import Record, RecordDraft
from archwright.core.space import Design, Draft

KINDS = ("convolution", "depthwise", "matrix product")
FEATURES = (
    *KINDS,
    "filters", "channels", "height", "width", "kernel height", "kernel width",
    "position",
    "is decided", "elements", "tile",
)  # fmt: skip
"""What `observe` says of every layer: its kind, its sizes and position as shares of the largest, then what it got."""


class Assignments:
    """The space of assignments, and the way between designs and actions.

    Args:
        tables: of the layers and actions.
        is_shared: whether all layers share elements and tile.

    Raises:
        SpecError: two layers have the same name.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> tables = Tables(read_layers("alexnet"), ["dla"])
        >>> Assignments(tables, is_shared=True).to_actions([{"n_pes": 16, "tile": 4}]).tolist()
        [[63, 63, 63, 63, 63]]
    """

    def __init__(self, tables: Tables, *, is_shared: bool) -> None:
        self.tables, self.is_shared = tables, is_shared
        names = [layer.name for layer in tables.layers]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise SpecError("workload", twice, "layers with names that differ from each other; it stands twice")
        self.axes = [self._axes_of(name) for name in names]
        choices = {"n_pes": N_PES, "tile": TILES, "dataflow": tables.dataflows}
        axes = dict.fromkeys(axis for owned in self.axes for axis in owned)
        self.record = Record({axis: choices[axis.rpartition(".")[2]] for axis in axes})
        if not is_shared:
            components = dict(zip(names, self.axes, strict=True))
            self.record = self.record.with_graph(components, list(pairwise(names)))
        self._positions = [
            {value: i for i, value in enumerate(choices[axis.rpartition(".")[2]])} for axis in self.record.axes
        ]
        place = {axis: i for i, axis in enumerate(self.record.axes)}
        self._places = np.array([[place[axis] for axis in owned] for owned in self.axes])
        self._last = np.maximum.accumulate(self._places.max(axis=1))
        decisions = np.arange(len(self.record.axes) + 1)
        self.n_decided: list[int] = np.searchsorted(self._last, decisions).tolist()
        """Layers that are decided after 0, 1, ... decisions."""
        self._edges = np.array(list(pairwise(range(len(names)))), np.int64).reshape(-1, 2)
        self._fixed = _fixed_features(tables)

    def _axes_of(self, name: str) -> tuple[str, ...]:
        shared = ("n_pes", "tile") if self.is_shared else (f"{name}.n_pes", f"{name}.tile")
        return (*shared, f"{name}.dataflow") if len(self.tables.dataflows) > 1 else shared

    def to_actions(self, designs: Sequence[Design]) -> Ints:
        """(k, n) actions of k designs.

        Raises:
            SpecError: a design is not in the space.
        """
        return self._actions(self.record.to_array(designs).astype(np.int64))

    def _actions(self, values: Ints) -> Ints:
        """(k, n') actions of (k, decided) indices of choices; n' layers are decided."""
        chosen = values[:, self._places[: self.n_decided[values.shape[1]]]]
        flow = chosen[:, :, 2] if chosen.shape[2] > 2 else 0
        return np.asarray((flow * len(N_PES) + chosen[:, :, 0]) * len(TILES) + chosen[:, :, 1])

    def to_design(self, actions: Ints) -> Design:
        """The design of (n,) actions."""
        design: dict[str, Any] = {}
        for owned, action in zip(self.axes, actions.tolist(), strict=True):
            flow, n_pes, tile = self.tables.actions[action]
            design |= dict(zip(owned, (n_pes, tile, flow), strict=False))
        return {axis: design[axis] for axis in self.record.axes}

    def decided(self, draft: Draft) -> Ints:
        """(1, n') actions of the first layers, as far as the draft has decided them.

        Raises:
            SpecError: the draft is of another space.
        """
        if not isinstance(draft, RecordDraft) or draft.space.axes != self.record.axes:
            raise SpecError("draft", draft, "a draft of this problem")
        values = [positions[value] for positions, value in zip(self._positions, draft.values, strict=False)]
        return self._actions(np.array([values], np.int64).reshape(1, -1))

    def observe(self, draft: Draft) -> Observation:
        """The chain of layers with the `FEATURES` of each.

        Raises:
            SpecError: the draft is of another space.
        """
        nodes = self._fixed.copy()
        decided = self.decided(draft)[0]
        n_pes, tiles = zip(*((one[1], one[2]) for one in self.tables.actions), strict=True)
        nodes[: len(decided), -3] = 1.0
        nodes[: len(decided), -2] = np.array(n_pes)[decided] / N_PES[-1]
        nodes[: len(decided), -1] = np.array(tiles)[decided] / TILES[-1]
        return Observation(nodes, self._edges)


def _fixed_features(tables: Tables) -> Floats:
    layers = tables.layers
    sizes = np.array(
        [(one.filters, one.channels, one.height, one.width, one.kernel_height, one.kernel_width) for one in layers],
        float,
    )
    fixed = np.zeros((len(layers), len(FEATURES)))
    fixed[np.arange(len(layers)), [KINDS.index(one.kind) for one in layers]] = 1.0
    fixed[:, 3:9] = sizes / sizes.max(axis=0)
    fixed[:, 9] = (np.arange(len(layers)) + 1.0) / len(layers)
    return fixed
