"""The slow twin of the transient analysis: one design, given time steps, dense matrices, plain Python.

Backward Euler after a break, the trapezoidal rule elsewhere, and charge by SPICE's increments with the capacitances at
both ends of the step, where the fast kernels take those at its end from the prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from archwright.circuits.devices import Capacitor, CurrentSource, Device, Mosfet, VoltageSource
from archwright.circuits.mna.dense import (
    MAX_ITERATIONS,
    DensePoint,
    _stamp_operating,
    _System,
    gate_capacitances,
    junction_capacitance,
    operating_point,
)
from archwright.circuits.netlist import Netlist
from archwright.circuits.waveforms import segments
from archwright.core.errors import Failed

Floats = np.ndarray[Any, np.dtype[np.float64]]
Charge = tuple[str, str, float]
"""Two nets and the capacitance between them."""


def transient(netlist: Netlist, design: Mapping[str, float], times_s: Floats) -> dict[str, Floats]:
    """Voltages at every time step.

    Args:
        netlist: the circuit.
        design: a value per parameter.
        times_s: (n_times,) the steps, rising from 0; every break of a waveform among them.

    Returns:
        (n_times,) per net.

    Raises:
        Failed: a step does not converge.

    Example:
        >>> from archwright.circuits.devices import Resistor
        >>> from archwright.circuits.waveforms import PiecewiseLinear
        >>> ramp = VoltageSource("v1", "in", "0", waveform=PiecewiseLinear(((0.0, 0.0), (1.0, 1.0))))
        >>> devices = (ramp, Resistor("r1", "in", "out", 1.0), Capacitor("c1", "out", "0", 0.1))
        >>> found = transient(Netlist("ramp", ("0", "in", "out"), devices), {}, np.linspace(0.0, 1.0, 101))
        >>> round(float(found["out"][-1]), 4)
        0.9
    """
    sources = [d for d in netlist.devices if isinstance(d, (VoltageSource, CurrentSource)) and d.waveform is not None]
    course = segments([source.waveform for source in sources if source.waveform is not None], times_s[-1])
    values = {s.name: np.interp(times_s, course.breaks_s, course.values[:, k]) for k, s in enumerate(sources)}
    start = replace(netlist, devices=tuple(_driven(netlist.devices, values, 0)))
    point = operating_point(start, design)
    charges, held = list(_charges(point)), [0.0] * len(list(_charges(point)))
    found = [dict(point.voltages)]
    for step in range(1, len(times_s)):
        step_s = float(times_s[step] - times_s[step - 1])
        is_first = bool(np.abs(course.breaks_s - times_s[step - 1]).min() < 1e-12 * times_s[-1])
        devices = tuple(_driven(netlist.resolved(design), values, step))
        moved = replace(point, devices=devices)
        point, held = _step(netlist, moved, charges, held, step_s, is_first=is_first)
        charges = list(_charges(point))
        found.append(dict(point.voltages))
    return {net: np.array([voltages[net] for voltages in found]) for net in netlist.nets}


def _driven(devices: Sequence[Device], values: Mapping[str, Floats], step: int) -> Iterator[Device]:
    for device in devices:
        if device.name not in values:
            yield device
        else:
            value: dict[str, Any] = {device.values[0]: float(values[device.name][step])}
            yield replace(device, **value)


def _charges(point: DensePoint) -> Iterator[Charge]:
    for device in point.devices:
        if isinstance(device, Capacitor):
            yield device.positive, device.negative, float(device.capacitance_f)
        if isinstance(device, Mosfet):
            model, (d, g, s, b) = point.models[device.model], point.pins(device)
            others = (device.source, device.drain, device.bulk)
            for net, value in zip(others, gate_capacitances(model, device, d, g, s, b), strict=True):
                yield device.gate, net, value
            for net, v in ((device.drain, d), (device.source, s)):
                yield device.bulk, net, junction_capacitance(model, device, b, v)


def _step(
    netlist: Netlist, point: DensePoint, charges: list[Charge], held: list[float], step_s: float, *, is_first: bool
) -> tuple[DensePoint, list[float]]:
    """Newton for one time step; the new point, and the current into every capacitance there."""
    before = point.voltages
    rule, back = (1.0, 0.0) if is_first else (2.0, 1.0)
    for _ in range(MAX_ITERATIONS):
        system = _System(netlist, float)
        for device in point.devices:
            _stamp_operating(system, device, point.models, point.voltages)
        slopes = [0.5 * rule * (old[2] + new[2]) / step_s for old, new in zip(charges, _charges(point), strict=True)]
        for (one, other, _), slope, current in zip(charges, slopes, held, strict=True):
            system.admittance(one, other, slope)
            system.current(one, other, -slope * (before[one] - before[other]) - back * current)
        found = system.solve()
        largest = max(abs(found[net] - point.voltages[net]) for net in netlist.nets)
        share = min(1.0, 0.4 / max(largest, 1e-30))
        moved = {net: point.voltages[net] + share * (found[net] - point.voltages[net]) for net in netlist.nets}
        point = replace(point, voltages=moved)
        if largest < 1e-10:
            changes = [moved[one] - moved[other] - before[one] + before[other] for one, other, _ in charges]
            through = zip(slopes, changes, held, strict=True)
            return point, [slope * change - back * current for slope, change, current in through]
    raise Failed(f"no convergence within a time step of {step_s:g} s")
