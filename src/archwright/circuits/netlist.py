"""A netlist: devices on named nets, design parameters that size them, and the graph of components.

It is plain data, checked when it is made, and the one description that both simulators read: `mna` compiles it,
`spice_deck.to_spice` prints it for ngspice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from archwright.circuits.devices import (
    GROUND,
    NAME,
    Capacitor,
    CurrentSource,
    Device,
    Mosfet,
    VoltageSource,
    factors,
    resolved,
)
from archwright.circuits.technology.ekv import MosfetModel
from archwright.core.errors import SpecError, check_name
from archwright.core.record import Record
from archwright.core.space import Real

Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]

DEVICE_TYPES = ("nmos", "pmos", "resistor", "capacitor", "voltage_source", "current_source")
"""Columns of a component's one-hot type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A design parameter.

    Args:
        name: as designs name it, with the unit as suffix (`w1_um`).
        range: bounds, step and scale, in the unit of the name.
        unit_si: that unit in SI units (1e-6 for um).
    """

    name: str
    range: Real
    unit_si: float = 1.0


@dataclass(frozen=True)
class ComponentGraph:
    """The devices as a graph.

    Args:
        names: device names, in netlist order.
        types: (n_devices, 6) one-hot floats, columns as in `DEVICE_TYPES`.
        edges: (n_edges, 2) indices of devices that share a net which no voltage source fixes; each pair once.
    """

    names: tuple[str, ...]
    types: Floats
    edges: Indices


@dataclass(frozen=True)
class Netlist:
    """A circuit with unknown sizes.

    Args:
        name: a title.
        nets: every net, ground `"0"` among them.
        devices: names in lower case that start with the SPICE letter of their kind (m r c v i).
        models: the MOSFET models that the devices name.
        parameters: what a design chooses.

    Raises:
        SpecError: an unknown net, model or parameter, a repeated name, reversed bounds, a matching group of unlike
            devices, a floating gate, a net without a path to ground, a loop of voltage sources.

    Example:
        >>> from archwright.circuits.devices import Resistor, VoltageSource
        >>> divider = Netlist(
        ...     "divider", ("0", "top", "middle"),
        ...     (VoltageSource("v1", "top", "0", 1.0), Resistor("r1", "top", "middle", "r1_ohm"),
        ...      Resistor("r2", "middle", "0", 1e3)),
        ...     parameters=(Parameter("r1_ohm", Real(100.0, 1e4)),))
        >>> divider.supply_nets == {"0", "top"}
        True
        >>> divider.resolved({"r1_ohm": 500.0})[1].resistance_ohm
        500.0
    """

    name: str
    nets: tuple[str, ...]
    devices: tuple[Device, ...]
    models: tuple[MosfetModel, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        """Check everything that can be wrong with a circuit before any simulation."""
        if GROUND not in self.nets:
            raise SpecError("nets", self.nets, f'a list with the ground net "{GROUND}"')
        _check_names("net", [net for net in self.nets if net != GROUND])
        _check_names("device", [device.name for device in self.devices])
        _check_names("model", [model.name for model in self.models])
        _check_names("parameter", [parameter.name for parameter in self.parameters])
        for parameter in self.parameters:
            parameter.range.checked(f"parameters.{parameter.name}")
        for device in self.devices:
            self._check_device(device)
        self._check_matching()
        self._check_connections()

    def _check_device(self, device: Device) -> None:
        if device.name[0] != device.letter:
            allowed = f"a {type(device).__name__} name that starts with {device.letter!r}"
            raise SpecError("device", device.name, allowed)
        for net in device.nets:
            check_name(f"device {device.name}, net", net, self.nets)
        if isinstance(device, Mosfet):
            check_name(f"device {device.name}, model", device.model, [model.name for model in self.models])
        for field in device.values:
            number, names = factors(getattr(device, field))
            for name in names:
                check_name(f"device {device.name}, {field}", name, [p.name for p in self.parameters])
            if not number > 0 and not isinstance(device, (VoltageSource, CurrentSource)):
                raise SpecError(f"device {device.name}, {field}", number, "a value above 0")

    def _check_matching(self) -> None:
        """A parameter that is the whole size of several devices matches them: they must be of one kind.

        Lengths are an exception: one length for all transistors is common. A size derived from another's, such as
        `"2*w_um"`, is no match.
        """
        first: dict[str, tuple[str, str]] = {}
        for device in self.devices:
            for field in device.values:
                name = getattr(device, field)
                kind = "transistor" if field == "length_m" else self._kind(device)
                role = f"{field.rpartition('_')[0] or field} of a {kind.replace('_', ' ')}"
                if not isinstance(name, str) or factors(name) != (1.0, (name,)):
                    continue
                old_role, old_name = first.setdefault(name, (role, device.name))
                if role != old_role:
                    allowed = "a matching group of like devices; give each kind a parameter of its own, or a multiple"
                    raise SpecError(f"parameters.{name}", f"{old_role}, {old_name}, and {role}, {device.name}", allowed)

    def _kind(self, device: Device) -> str:
        if isinstance(device, Mosfet):
            return next(f"{model.polarity}mos" for model in self.models if model.name == device.model)
        kinds = {"r": "resistor", "c": "capacitor", "v": "voltage_source", "i": "current_source"}
        return kinds[device.letter]

    def _check_connections(self) -> None:
        grounded = _reachable(self.nets, _conducting_pairs(self.devices))
        for net in self.nets:
            if net in grounded:
                continue
            pins = [pin for device in self.devices for pin in _pins_at(device, net)]
            gates = [pin for pin in pins if pin.startswith("gate")]
            why = f"floating gate: nothing sets the {gates[0]}" if gates else "no path to ground"
            allowed = "a net with a direct-current path to ground through resistors, channels or sources"
            raise SpecError("nets", net, f"{allowed} ({why}; it meets {', '.join(pins) or 'no device'})")
        self._check_loops()

    def _check_loops(self) -> None:
        merged = {net: net for net in self.nets}
        for device in self.devices:
            if isinstance(device, VoltageSource):
                first, second = _root(merged, device.positive), _root(merged, device.negative)
                if first == second:
                    raise SpecError(f"device {device.name}", device.nets, "no loop of voltage sources")
                merged[first] = second

    @cached_property
    def supply_nets(self) -> frozenset[str]:
        """Ground and every net that voltage sources tie to it: their voltages are known."""
        pairs = ((d.positive, d.negative) for d in self.devices if isinstance(d, VoltageSource))
        return frozenset(_reachable(self.nets, pairs))

    @cached_property
    def matching_groups(self) -> dict[str, tuple[str, ...]]:
        """Parameter name to the devices that it sizes."""
        groups: dict[str, list[str]] = {parameter.name: [] for parameter in self.parameters}
        for device in self.devices:
            for name in _parameters_of(device):
                groups[name].append(device.name)
        return {name: tuple(dict.fromkeys(devices)) for name, devices in groups.items()}

    @cached_property
    def graph(self) -> ComponentGraph:
        """Devices as nodes with a one-hot type, joined where they share a net that is no supply."""
        types = np.zeros((len(self.devices), len(DEVICE_TYPES)))
        for row, device in enumerate(self.devices):
            types[row, DEVICE_TYPES.index(self._kind(device))] = 1.0
        nets = [set(device.nets) - self.supply_nets for device in self.devices]
        edges = [(i, j) for i, j in combinations(range(len(nets)), 2) if nets[i] & nets[j]]
        return ComponentGraph(
            tuple(d.name for d in self.devices), types, np.array(edges, dtype=np.int64).reshape(-1, 2)
        )

    def record(self) -> Record:
        """The space of designs, with the component graph over it.

        Raises:
            SpecError: the netlist has no parameter.
        """
        ranges: dict[str, Real] = {parameter.name: parameter.range for parameter in self.parameters}
        graph = self.graph
        components = {device.name: tuple(_parameters_of(device)) for device in self.devices}
        edges = [(graph.names[i], graph.names[j]) for i, j in graph.edges.tolist()]
        return Record(ranges).with_graph(components, edges)

    @cached_property
    def value_columns(self) -> dict[tuple[str, str], int]:
        """Column of each device value in `device_values`, by device name and field."""
        keys = [(device.name, field) for device in self.devices for field in device.values]
        return {key: column for column, key in enumerate(keys)}

    @cached_property
    def _factors(self) -> tuple[Floats, list[Indices]]:
        """Every device value as a number in SI units times columns of the designs; the column past the last is 1."""
        at = {parameter.name: column for column, parameter in enumerate(self.parameters)}
        split = [factors(getattr(device, field)) for device in self.devices for field in device.values]
        numbers = np.array([n * np.prod([self.parameters[at[name]].unit_si for name in names]) for n, names in split])
        columns = np.full((max([1, *(len(names) for _, names in split)]), len(split)), len(at), dtype=np.int64)
        for row, (_, names) in enumerate(split):
            columns[: len(names), row] = [at[name] for name in names]
        return numbers, list(columns)

    def device_values(self, designs: Floats) -> Floats:
        """All device values of many designs.

        Args:
            designs: (n, n_parameters) in the units of the parameters.

        Returns:
            (n, n_values) in SI units, columns as in `value_columns`.
        """
        numbers, columns = self._factors
        padded = np.hstack([designs, np.ones((len(designs), 1))])
        values: Floats = padded[:, columns[0]] * numbers
        for more in columns[1:]:
            values *= padded[:, more]
        return values

    def parameter_slopes(self, designs: Floats, value_slopes: Floats) -> Floats:
        """Derivatives with respect to the parameters from those with respect to the device values.

        Args:
            designs: (n, n_parameters) in the units of the parameters.
            value_slopes: (n, ..., n_values) in SI units, columns as in `value_columns`.

        Returns:
            (n, ..., n_parameters), per unit of the parameter.
        """
        numbers, columns = self._factors
        padded = np.hstack([designs, np.ones((len(designs), 1))])
        slopes = np.zeros((*value_slopes.shape[:-1], padded.shape[1]))
        for at, column in enumerate(columns):
            others = [padded[:, more] for k, more in enumerate(columns) if k != at]
            grown = np.prod([np.broadcast_to(numbers, (len(designs), len(numbers))), *others], axis=0)
            inner = value_slopes * grown.reshape(len(designs), *[1] * (value_slopes.ndim - 2), -1)
            slopes += inner @ (column[:, None] == np.arange(padded.shape[1]))
        return slopes[..., :-1]

    def resolved(self, design: Mapping[str, float]) -> tuple[Device, ...]:
        """The devices with all values as numbers in SI units.

        Args:
            design: a value per parameter, in the parameter's unit; any number, also outside the bounds.

        Raises:
            SpecError: a parameter is missing or unknown.
        """
        for name in design:
            check_name("design", name, [parameter.name for parameter in self.parameters])
        for parameter in self.parameters:
            if parameter.name not in design:
                raise SpecError("design", sorted(design), f"every parameter; {parameter.name} is missing")
        numbers = {p.name: float(design[p.name]) * p.unit_si for p in self.parameters}
        return tuple(resolved(device, numbers) for device in self.devices)


_MOSFET_PINS = ("drain", "gate", "source", "bulk")


def _pins_at(device: Device, net: str) -> list[str]:
    pins = _MOSFET_PINS if isinstance(device, Mosfet) else ("positive", "negative")
    return [f"{pin} of {device.name}" for pin, at in zip(pins, device.nets, strict=True) if at == net]


def _check_names(what: str, names: list[str]) -> None:
    for at, name in enumerate(names):
        if not NAME.fullmatch(name):
            raise SpecError(what, name, "a name of lower-case letters, digits and _ that starts with a letter")
        if name in names[:at]:
            raise SpecError(what, name, f"a name that no other {what} has")


def _parameters_of(device: Device) -> Iterator[str]:
    """The parameter that each value names first, in order, then the others: a ratio does not displace a length."""
    names = [factors(getattr(device, field))[1] for field in device.values]
    for some in names:
        yield from some[:1]
    for some in names:
        yield from some[1:]


def _conducting_pairs(devices: Collection[Device]) -> Iterator[tuple[str, str]]:
    for device in devices:
        if isinstance(device, Mosfet):
            yield from ((device.drain, device.source), (device.drain, device.bulk), (device.source, device.bulk))
        elif not isinstance(device, (Capacitor, CurrentSource)):
            yield device.positive, device.negative


def _root(merged: dict[str, str], net: str) -> str:
    while merged[net] != net:
        net = merged[net]
    return net


def _reachable(nets: Collection[str], pairs: Iterator[tuple[str, str]]) -> set[str]:
    merged = {net: net for net in nets}
    for one, other in pairs:
        merged[_root(merged, one)] = _root(merged, other)
    ground = _root(merged, GROUND)
    return {net for net in nets if _root(merged, net) == ground}
