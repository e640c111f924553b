"""The slow twin of the embedded simulator: one design at a time, dense matrices, plain Python.

Written for reading and for the tests, independently of the fast kernels: textbook modified nodal analysis with a row
per voltage source, `numpy.linalg.solve`, and every region of the MOSFET spelled out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.circuits.devices import (
    GROUND,
    Capacitor,
    CurrentSource,
    Device,
    Mosfet,
    Resistor,
    VoltageSource,
)
from archwright.circuits.mna.dense_ekv import Channel, ekv_channel, ekv_gate_capacitances
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.ekv import EkvModel, MosfetModel
from archwright.core.errors import Failed

Floats = np.ndarray[Any, np.dtype[np.float64]]
Complexes = np.ndarray[Any, np.dtype[np.complex128]]

KELVIN = 300.15
BOLTZMANN, CHARGE = 1.38064852e-23, 1.6021766208e-19
THERMAL_V = KELVIN * BOLTZMANN / CHARGE
GMIN_S = 1e-12
MAX_ITERATIONS = 200
LINEAR_EXPONENT = 40.0
"""Thermal voltages above which a junction goes on along its tangent."""


@dataclass(frozen=True)
class DensePoint:
    """One operating point.

    Args:
        devices: with all values as numbers.
        models: by name.
        voltages: per net (V); currents: per voltage source (A).
    """

    devices: tuple[Device, ...]
    models: Mapping[str, MosfetModel]
    voltages: Mapping[str, float]
    currents: Mapping[str, float]

    def pins(self, device: Mosfet) -> tuple[float, float, float, float]:
        """Drain, gate, source and bulk voltage."""
        d, g, s, b = (self.voltages[net] for net in device.nets)
        return d, g, s, b


def channel(model: MosfetModel, device: Mosfet, d: float, g: float, s: float, b: float) -> Channel:
    """The channel of one MOSFET at pin voltages d, g, s, b."""
    if isinstance(model, EkvModel):
        return ekv_channel(model, device, d, g, s, b)
    sign = model.sign
    vds, vgs, vbs = sign * (d - s), sign * (g - s), sign * (b - s)
    is_swapped = vds < 0
    if is_swapped:
        vds, vgs, vbs = -vds, vgs - vds, vbs - vds
    phi, gamma = model.surface_potential_v, model.body_effect_sqrt_v
    root = math.sqrt(phi - vbs) if vbs <= 0 else max(0.0, math.sqrt(phi) - vbs / (2.0 * math.sqrt(phi)))
    von = sign * model.threshold_v + gamma * (root - math.sqrt(phi))
    over = vgs - von
    length = float(device.length_m)
    beta = model.gain_a_per_v2 * float(device.width_m) * float(device.multiplier) / length
    modulation = model.modulation_per_v(length)
    if over <= 0:
        current = gm = gds = 0.0
    elif over <= vds:
        current = 0.5 * beta * (1 + modulation * vds) * over**2
        gm = beta * (1 + modulation * vds) * over
        gds = 0.5 * beta * modulation * over**2
    else:
        current = beta * (1 + modulation * vds) * vds * (over - 0.5 * vds)
        gm = beta * (1 + modulation * vds) * vds
        gds = beta * (1 + modulation * vds) * (over - vds) + beta * modulation * vds * (over - 0.5 * vds)
    gmb = gm * gamma / (2.0 * root) if root > 0 else 0.0
    margin = vds - max(over, 0.0)
    if is_swapped:
        return Channel(-sign * current, gm + gds + gmb, -gm, -gmb, over, margin)
    return Channel(sign * current, gds, gm, gmb, over, margin)


def junction(model: MosfetModel, device: Mosfet, bulk: float, other: float) -> tuple[float, float]:
    """Current from the bulk to a diffusion, and its slope."""
    v = model.sign * (bulk - other)
    saturation = model.saturation_a * float(device.multiplier)
    if v <= -3.0 * THERMAL_V:
        share = (3.0 * THERMAL_V / (v * math.e)) ** 3
        return model.sign * (GMIN_S * v - saturation * (1 + share)), GMIN_S + 3.0 * saturation * share / v
    grown = math.exp(min(v / THERMAL_V, LINEAR_EXPONENT))
    beyond = v - min(v, LINEAR_EXPONENT * THERMAL_V)
    slope = saturation * grown / THERMAL_V
    return model.sign * (GMIN_S * v + saturation * (grown - 1) + slope * beyond), slope + GMIN_S


def gate_capacitances(model: MosfetModel, device: Mosfet, d: float, g: float, s: float, b: float) -> tuple[float, ...]:
    """Gate-source, gate-drain and gate-bulk capacitance with overlaps; at level 1 by Meyer's regions."""
    if isinstance(model, EkvModel):
        return ekv_gate_capacitances(model, device, d, g, s, b)
    seen = channel(model, device, d, g, s, b)
    vds, phi = abs(d - s), model.surface_potential_v
    many, width = float(device.multiplier), float(device.width_m)
    oxide = model.oxide_f_per_m2 * width * float(device.length_m) * many
    over, near, far, bulk = seen.drive_v, 0.0, 0.0, 0.0
    if over <= -phi:
        bulk = oxide
    elif over <= 0:
        bulk = -over * oxide / phi
    inverted = 2.0 / 3.0 * oxide if over > 0 else max(0.0, 2.0 / 3.0 * oxide * (1.0 + 2.0 * over / phi))
    vdsat = max(over, 0.025)
    if vds >= vdsat:
        near = inverted
    else:
        total = 2.0 * vdsat - vds
        near = inverted * (1.0 - ((vdsat - vds) / total) ** 2)
        far = inverted * (1.0 - (vdsat / total) ** 2)
    if model.sign * (d - s) < 0:
        near, far = far, near
    overlap = model.overlap_f_per_m * width * many
    return near + overlap, far + overlap, bulk


def junction_capacitance(model: MosfetModel, device: Mosfet, bulk: float, other: float) -> float:
    """Depletion capacitance of one bulk junction."""
    v = model.sign * (bulk - other)
    area, perimeter = model.diffusion(float(device.width_m))
    total, potential, forward = 0.0, model.junction_potential_v, model.forward_coefficient
    for flat, grading in (
        (model.junction_f_per_m2 * area, model.junction_grading),
        (model.sidewall_f_per_m * perimeter, model.sidewall_grading),
    ):
        if v < forward * potential:
            total += flat * (1.0 - v / potential) ** -grading
        else:
            line = 1.0 - forward * (1.0 + grading) + grading * v / potential
            total += flat * (1.0 - forward) ** (-1.0 - grading) * line
    return total * float(device.multiplier)


class _System:
    """A dense nodal system while it is stamped; the ground row and column are dropped at the end."""

    def __init__(self, netlist: Netlist, dtype: type) -> None:
        self.sources = [device.name for device in netlist.devices if isinstance(device, VoltageSource)]
        self.at = {net: k for k, net in enumerate([GROUND, *(n for n in netlist.nets if n != GROUND)])}
        self.at |= {f"#{name}": len(self.at) + k for k, name in enumerate(self.sources)}
        self.matrix: np.ndarray[Any, Any] = np.zeros((len(self.at), len(self.at)), dtype)
        self.right: np.ndarray[Any, Any] = np.zeros(len(self.at), dtype)

    def admittance(self, start: str, end: str, value: complex, plus: str = "", minus: str = "") -> None:
        """A current `value * (v(plus) - v(minus))` from `start` to `end`."""
        for row, sign in ((start, 1.0), (end, -1.0)):
            self.matrix[self.at[row], self.at[plus or start]] += sign * value
            self.matrix[self.at[row], self.at[minus or end]] -= sign * value

    def current(self, start: str, end: str, value: complex) -> None:
        """A fixed current from `start` to `end`."""
        self.right[self.at[start]] -= value
        self.right[self.at[end]] += value

    def source(self, device: VoltageSource, value: float) -> None:
        """A voltage source."""
        row = self.at[f"#{device.name}"]
        for net, sign in ((device.positive, 1.0), (device.negative, -1.0)):
            self.matrix[self.at[net], row] += sign
            self.matrix[row, self.at[net]] += sign
        self.right[row] = value

    def solve(self) -> dict[str, Any]:
        """Every unknown by name."""
        found = np.linalg.solve(self.matrix[1:, 1:], self.right[1:])
        return dict(zip(self.at, [0.0, *found.tolist()], strict=True))


def operating_point(netlist: Netlist, design: Mapping[str, float]) -> DensePoint:
    """Newton from zero volts with steps of at most 0.4 V.

    Raises:
        SpecError: a parameter is missing or unknown.
        Failed: no convergence, or a junction that carries thousands of amperes.

    Example:
        >>> netlist = Netlist("divider", ("0", "a", "b"), (VoltageSource("v1", "a", "0", 3.0),
        ...     Resistor("r1", "a", "b", 2e3), Resistor("r2", "b", "0", 1e3)))
        >>> round(operating_point(netlist, {}).voltages["b"], 9)
        1.0
    """
    devices = netlist.resolved(design)
    models = {model.name: model for model in netlist.models}
    voltages = dict.fromkeys(netlist.nets, 0.0)
    for _ in range(MAX_ITERATIONS):
        system = _System(netlist, float)
        for device in devices:
            _stamp_operating(system, device, models, voltages)
        found = system.solve()
        largest = max(abs(found[net] - voltages[net]) for net in netlist.nets)
        share = min(1.0, 0.4 / max(largest, 1e-30))
        voltages = {net: voltages[net] + share * (found[net] - voltages[net]) for net in netlist.nets}
        if largest < 1e-10:
            _check_junctions(devices, models, voltages)
            return DensePoint(devices, models, voltages, {name: found[f"#{name}"] for name in system.sources})
    raise Failed(f"no operating point after {MAX_ITERATIONS} Newton steps")


def _check_junctions(
    devices: tuple[Device, ...], models: Mapping[str, MosfetModel], voltages: Mapping[str, float]
) -> None:
    for device in [device for device in devices if isinstance(device, Mosfet)]:
        for net in (device.drain, device.source):
            v = models[device.model].sign * (voltages[device.bulk] - voltages[net])
            if v > LINEAR_EXPONENT * THERMAL_V:
                raise Failed(f"no operating point: a junction of {device.name} stands at {v:.3g} V")


def _stamp_operating(
    system: _System, device: Device, models: Mapping[str, MosfetModel], voltages: Mapping[str, float]
) -> None:
    match device:
        case Resistor():
            system.admittance(device.positive, device.negative, 1.0 / float(device.resistance_ohm))
        case VoltageSource():
            system.source(device, float(device.dc_v))
        case CurrentSource():
            system.current(device.positive, device.negative, float(device.dc_a))
        case Mosfet():
            model = models[device.model]
            d, g, s, b = (voltages[net] for net in device.nets)
            seen = channel(model, device, d, g, s, b)
            linear = seen.by_drain * (d - s) + seen.by_gate * (g - s) + seen.by_bulk * (b - s)
            _stamp_channel(system, device, seen)
            system.current(device.drain, device.source, seen.current - linear)
            for net, v in ((device.drain, d), (device.source, s)):
                current, slope = junction(model, device, b, v)
                system.admittance(device.bulk, net, slope)
                system.current(device.bulk, net, current - slope * (b - v))


def _stamp_channel(system: _System, device: Mosfet, seen: Channel) -> None:
    d, g, s, b = device.nets
    for plus, slope in ((d, seen.by_drain), (g, seen.by_gate), (b, seen.by_bulk)):
        system.admittance(d, s, slope, plus, s)


def _small_signal(netlist: Netlist, point: DensePoint, hertz: float) -> _System:
    system, omega = _System(netlist, complex), 2j * math.pi * hertz
    for device in point.devices:
        match device:
            case Resistor():
                system.admittance(device.positive, device.negative, 1.0 / float(device.resistance_ohm))
            case Capacitor():
                system.admittance(device.positive, device.negative, omega * float(device.capacitance_f))
            case VoltageSource():
                system.source(device, device.ac_v)
            case CurrentSource():
                system.current(device.positive, device.negative, device.ac_a)
            case Mosfet():
                _stamp_small(system, device, point, omega)
    return system


def _stamp_small(system: _System, device: Mosfet, point: DensePoint, omega: complex) -> None:
    model, (d, g, s, b) = point.models[device.model], point.pins(device)
    _stamp_channel(system, device, channel(model, device, d, g, s, b))
    others = (device.source, device.drain, device.bulk)
    for net, value in zip(others, gate_capacitances(model, device, d, g, s, b), strict=True):
        system.admittance(device.gate, net, omega * value)
    for net, v in ((device.drain, d), (device.source, s)):
        capacitance = junction_capacitance(model, device, b, v)
        system.admittance(device.bulk, net, junction(model, device, b, v)[1] + omega * capacitance)


def transfer(netlist: Netlist, point: DensePoint, frequencies_hz: Floats, output: tuple[str, str]) -> Complexes:
    """(n_frequencies,) voltage between the two output nets."""
    found = [_small_signal(netlist, point, hertz).solve() for hertz in np.asarray(frequencies_hz).tolist()]
    return np.array([one[output[0]] - one[output[1]] for one in found])


def noise(netlist: Netlist, point: DensePoint, frequencies_hz: Floats, output: tuple[str, str]) -> Floats:
    """(n_frequencies,) output noise density in V/sqrt(Hz): one solve per noise source, none shared."""
    squares = np.zeros(len(frequencies_hz))
    for at, hertz in enumerate(np.asarray(frequencies_hz).tolist()):
        for device in point.devices:
            if not isinstance(device, (Mosfet, Resistor)):
                continue
            system = _small_signal(netlist, point, hertz)
            system.right[:] = 0.0
            system.current(*_noisy_nets(device), 1.0)
            found = system.solve()
            response = abs(found[output[0]] - found[output[1]])
            squares[at] += 4.0 * BOLTZMANN * KELVIN * _noise_conductance(device, point) * response**2
    return np.sqrt(squares)


def _noisy_nets(device: Mosfet | Resistor) -> tuple[str, str]:
    return (device.drain, device.source) if isinstance(device, Mosfet) else (device.positive, device.negative)


def _noise_conductance(device: Mosfet | Resistor, point: DensePoint) -> float:
    if isinstance(device, Resistor):
        return 1.0 / float(device.resistance_ohm)
    model = point.models[device.model]
    seen = channel(model, device, *point.pins(device))
    if isinstance(model, EkvModel):
        return model.thermal_noise_factor * abs(seen.by_gate) + abs(seen.by_drain)
    return 2.0 / 3.0 * abs(seen.by_gate)
