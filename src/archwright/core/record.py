"""`Record`: named parameters, numbers or choices, with an optional graph of components over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, NoReturn

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.space import Decision, Design, Keys, Pick, Real, Value

Parameter = Real | tuple[Any, ...]


class Record:
    """Named parameters; a design is a dict from name to value.

    Args:
        parameters: `Real` for a number, a list or tuple of plain JSON values for a choice; also as keywords.

    Raises:
        SpecError: no parameter, reversed bounds, an empty or repeating choice list.

    Example:
        >>> space = Record(width_um=Real(2.0, 4.0, step=0.5), load=["diode", "resistor"])
        >>> space.axes
        ('width_um', 'load')
        >>> space.start().choose(2.5).choose(1).design()
        {'width_um': 2.5, 'load': 'resistor'}
    """

    def __init__(self, parameters: Mapping[str, Real | Sequence[Any]] | None = None, **more: Real | Sequence[Any]):
        named = {**(parameters or {}), **more}
        if not named:
            raise SpecError("parameters", {}, "at least one parameter")
        self.parameters: dict[str, Parameter] = {name: _checked(name, what) for name, what in named.items()}
        self.axes = tuple(self.parameters)
        self.horizon = len(self.axes)
        self.components: dict[str, tuple[str, ...]] = {name: (name,) for name in self.axes}
        self.edges: tuple[tuple[str, str], ...] = ()
        kinds = list(self.parameters.values())
        self._bounds = np.array([(k.low, k.high) if isinstance(k, Real) else (0, len(k)) for k in kinds], float)
        self._is_log = np.array([isinstance(k, Real) and k.log for k in kinds])
        self._steps = np.array([k.step or 0.0 if isinstance(k, Real) else 0.0 for k in kinds])
        self._decisions = [_decision(kind) for kind in kinds]
        self._picks = [i for i, k in enumerate(kinds) if not isinstance(k, Real)]
        getter = itemgetter(*self.axes)
        self._values = getter if self.horizon > 1 else partial(_only_value, self.axes[0])

    def with_graph(self, components: Mapping[str, Sequence[str]], edges: Sequence[tuple[str, str]]) -> Record:
        """The same space with `components` (name to its parameters) and undirected `edges` between them.

        Raises:
            SpecError: an unknown parameter or component is named.
        """
        for component, owned in components.items():
            for name in owned:
                check_name(f"components.{component}", name, self.axes)
        for pair in edges:
            for name in pair:
                check_name("edges", name, components)
        other = Record(self.parameters)
        other.components = {name: tuple(owned) for name, owned in components.items()}
        other.edges = tuple((a, b) for a, b in edges)
        return other

    def start(self) -> RecordDraft:
        """The empty draft."""
        return RecordDraft(self, ())

    def decision(self, position: int) -> Decision:
        """The decision for the parameter at `position`."""
        return self._decisions[position]

    def chosen(self, position: int, value: Value) -> Any:
        """What a decision for `value` makes of the parameter at `position`; numbers are snapped to the grid."""
        parameter = self.parameters[self.axes[position]]
        return parameter.snap(value) if isinstance(parameter, Real) else parameter[int(value)]

    def choices(self, design: Design) -> list[Value]:
        """The decisions that lead to `design`: numbers, and indices of choices."""
        if not isinstance(design, Mapping):
            raise SpecError("design", design, f"an object with {', '.join(self.axes)}")
        if design.keys() != self.parameters.keys():
            self._refuse(design)
        return [self._to_number(name, design[name]) for name in self.axes]

    def _refuse(self, design: Mapping[str, Any]) -> NoReturn:
        for name in design:
            check_name("design", name, self.axes)
        missing = next(name for name in self.axes if name not in design)
        raise SpecError("design", sorted(design), f"every parameter; {missing} is missing")

    def _to_number(self, name: str, value: Any) -> Value:
        parameter = self.parameters[name]
        if isinstance(parameter, Real):
            if not parameter.allows(value):
                step = "" if parameter.step is None else f" in steps of {parameter.step:g}"
                allowed = f"a number from {parameter.low:g} to {parameter.high:g}{step}"
                raise SpecError(f"design.{name}", value, allowed)
            return float(value)
        for index, choice in enumerate(parameter):
            if choice == value and type(choice) is type(value):
                return index
        raise SpecError(f"design.{name}", value, f"one of {', '.join(map(repr, parameter))}")

    def to_array(self, designs: Sequence[Design]) -> Keys:
        """Designs as `(n, horizon)` floats: numbers as they are, choices as their index.

        Raises:
            SpecError: a design lacks a parameter or has an unknown choice.
        """
        try:
            rows = [self._values(design) for design in designs]
        except (KeyError, TypeError):
            rows = [tuple(self.choices(design)) for design in designs]  # names the culprit
        if not self._picks:
            return np.array(rows, dtype=float).reshape(-1, self.horizon)
        indices = {i: {repr(c): at for at, c in enumerate(self._choice_list(i))} for i in self._picks}
        columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * self.horizon
        for i, table in indices.items():
            columns[i] = tuple(table.get(repr(value), -1) for value in columns[i])
        if any(-1 in columns[i] for i in indices):
            rows = [tuple(self.choices(design)) for design in designs]  # names the culprit
        return np.array(columns, dtype=float).T.reshape(-1, self.horizon)

    def from_array(self, values: Keys) -> list[Design]:
        """Designs of `(n, horizon)` values, numbers snapped to bounds and grid, choices given by index."""
        values = self._snap(np.asarray(values, dtype=float))
        axes = self.axes
        if not self._picks:
            return [dict(zip(axes, row, strict=True)) for row in values.tolist()]
        columns: list[list[Any]] = [column.tolist() for column in values.T]
        for i in self._picks:
            choice = self._choice_list(i)
            columns[i] = [choice[int(index)] for index in columns[i]]
        return [dict(zip(axes, row, strict=True)) for row in zip(*columns, strict=True)]

    def _choice_list(self, position: int) -> tuple[Any, ...]:
        parameter = self.parameters[self.axes[position]]
        assert not isinstance(parameter, Real)
        return parameter

    def _snap(self, values: Keys) -> Keys:
        low, high = self._bounds.T
        values = np.clip(values, low, high)
        for i in np.flatnonzero(self._steps).tolist():
            parameter = self.decision(i)
            assert isinstance(parameter, Real) and parameter.step is not None
            index = np.clip(np.round((values[:, i] - parameter.low) / parameter.step), 0, parameter.last_index)
            rounded = np.round(parameter.low + index * parameter.step, parameter.decimals)
            values[:, i] = np.clip(rounded, parameter.low, parameter.high)
        for i in self._picks:
            values[:, i] = np.minimum(np.floor(values[:, i]), high[i] - 1)
        return values

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys in [0, 1], without a loop per parameter."""
        low, high = self._bounds.T
        keys = np.clip(keys, 0.0, 1.0)
        values = low + keys * (high - low)
        log = self._is_log
        if log.any():
            start, end = np.log(low[log]), np.log(high[log])
            values[:, log] = np.exp(start + keys[:, log] * (end - start))
        return self.from_array(values)

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`.

        Raises:
            SpecError: a design is not of this space.
        """
        for design in designs:
            self.choices(design)
        values = self.to_array(designs)
        low, high = (bound.copy() for bound in self._bounds.T)
        values[:, self._picks] += 0.5
        log = self._is_log
        values[:, log], low[log], high[log] = np.log(values[:, log]), np.log(low[log]), np.log(high[log])
        width = high - low
        is_fixed = width == 0
        return np.where(is_fixed, 0.5, (values - low) / np.where(is_fixed, 1.0, width))


@dataclass(frozen=True)
class RecordDraft:
    """The first parameters decided, the rest open."""

    space: Record = field(repr=False)
    values: tuple[Any, ...]

    def next(self) -> Decision | None:
        """The decision for the next parameter."""
        return self.space.decision(len(self.values)) if len(self.values) < self.space.horizon else None

    def choose(self, value: Value) -> RecordDraft:
        """Decide the next parameter; numbers are snapped to the grid."""
        return RecordDraft(self.space, (*self.values, self.space.chosen(len(self.values), value)))

    def design(self) -> Design:
        """The parameters by name."""
        return dict(zip(self.space.axes, self.values, strict=True))


def _only_value(name: str, design: Design) -> tuple[Any]:
    """What `itemgetter` gives for one name is no tuple, and a lambda cannot be pickled."""
    return (design[name],)


def _decision(parameter: Parameter) -> Decision:
    if isinstance(parameter, Real):
        return parameter
    legal = np.ones(len(parameter), dtype=bool)
    legal.setflags(write=False)  # all drafts share it
    return Pick(legal)


def _checked(name: str, what: Real | Sequence[Any]) -> Parameter:
    if isinstance(what, Real):
        return what.checked(name)
    choices = tuple(what)
    if not choices:
        raise SpecError(name, [], "at least one choice")
    if len({repr(choice) for choice in choices}) < len(choices):
        raise SpecError(name, list(choices), "choices that differ from each other")
    return choices
