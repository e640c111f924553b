"""Weights of a graph policy taken over by another problem: another technology, or another circuit.

What belongs to a type of component goes by the type's name, what belongs to a slot by its place, what belongs to a
state's dimension by its meaning; everything else is shared by all components and fits any graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from archwright.core.errors import SpecError
from archwright.learning.components import Components


@dataclass(frozen=True)
class StateLayout:
    """What the dimensions of a component's state mean, in order: index, one-hot type, features.

    Args:
        index: `one-hot` or `scalar`.
        n_index: columns of the index.
        type_names: a name per type.
        n_features: columns of features.
    """

    index: str
    n_index: int
    type_names: tuple[str, ...]
    n_features: int

    @classmethod
    def of(cls, components: Components, index: str) -> StateLayout:
        """The layout of `components.states(index=index)`."""
        n_index = len(components) if index == "one-hot" else 1
        return cls(index, n_index, components.type_names, components.features.shape[1])

    def as_plain(self) -> dict[str, Any]:
        """Plain values, for a blob."""
        return {**vars(self), "type_names": list(self.type_names)}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> StateLayout:
        """Back from what `as_plain` gave."""
        return cls(**{**values, "type_names": tuple(values["type_names"])})

    def check_fits(self, other: StateLayout) -> None:
        """Refuse weights whose states say something else.

        Raises:
            SpecError: the indices differ in kind or size, or the number of features does.
        """
        if self.index != other.index:
            raise SpecError("start_from", f"a {other.index} index", f"weights of a policy with index={self.index!r}")
        if self.n_index != other.n_index:
            allowed = f"weights of {self.n_index} components; index='scalar' fits any number"
            raise SpecError("start_from", f"weights of {other.n_index} components", allowed)
        if self.n_features != other.n_features:
            raise SpecError("start_from", f"{other.n_features} features", f"{self.n_features} features per component")

    def columns_from(self, other: StateLayout) -> tuple[list[int], list[int]]:
        """Columns of this layout, and of `other`, that mean the same."""
        types = self.shared_types(other)
        mine = [*range(self.n_index), *(self.n_index + i for i, _ in types)]
        theirs = [*range(other.n_index), *(other.n_index + j for _, j in types)]
        first, their_first = self.n_index + len(self.type_names), other.n_index + len(other.type_names)
        mine += range(first, first + self.n_features)
        theirs += range(their_first, their_first + other.n_features)
        return mine, theirs

    def shared_types(self, other: StateLayout) -> list[tuple[int, int]]:
        """Positions here and in `other` of the types that both have."""
        names = list(other.type_names)
        return [(i, names.index(name)) for i, name in enumerate(self.type_names) if name in names]


def take_over(module: nn.Module, mine: StateLayout, weights: Mapping[str, Tensor], theirs: StateLayout) -> None:
    """Copy into `module`, a `GraphActor` or `GraphCritic`, what `weights` has for it; the rest stays as it was.

    Raises:
        SpecError: the layouts do not fit, or the networks differ in width or depth.
    """
    mine.check_fits(theirs)
    own = module.state_dict()
    if set(own) != set(weights):
        raise SpecError("start_from", f"{len(weights)} layers", f"{len(own)} layers; give the same n_layers")
    with torch.no_grad():
        for name, target in own.items():
            _take_layer(name, target, weights[name], mine, theirs)


def _take_layer(name: str, target: Tensor, source: Tensor, mine: StateLayout, theirs: StateLayout) -> None:
    if name.startswith(("decode.", "encode_actions.")):
        _take_types(target, source, mine.shared_types(theirs))
    elif name == "encode.weight":
        here, there = mine.columns_from(theirs)
        _check_shapes(target[:, here], source[:, there])
        target[:, here] = source[:, there]
    else:
        _check_shapes(target, source)
        target.copy_(source)


def _take_types(target: Tensor, source: Tensor, pairs: Sequence[tuple[int, int]]) -> None:
    """Per shared type the slots that both have."""
    rows, columns = (min(a, b) for a, b in zip(target.shape[1:], source.shape[1:], strict=True))
    for i, j in pairs:
        target[i, :rows, :columns] = source[j, :rows, :columns]


def _check_shapes(mine: Tensor, theirs: Tensor) -> None:
    if mine.shape != theirs.shape:
        allowed = f"layers of shape {tuple(mine.shape)}; give the same hidden width"
        raise SpecError("start_from", tuple(theirs.shape), allowed)
