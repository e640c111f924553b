"""The EKV MOSFET of the slow twin: slopes from imaginary steps through the equations, none derived by hand.

Source: J. Lyness, C. Moler, "Numerical differentiation of analytic functions", SIAM J. Numerical Analysis 4, 1967.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.circuits.devices import Mosfet
from archwright.circuits.technology.ekv import EkvModel, EkvSizes, EkvState, ekv_charges, ekv_sizes, ekv_state

STEP = 1e-30
"""The imaginary step (V): nothing is subtracted, so it may be as small as it likes."""


class Channel(NamedTuple):
    """A MOSFET's channel, as seen from its drain: current and slopes with drain, gate and bulk voltage; region."""

    current: float
    by_drain: float
    by_gate: float
    by_bulk: float
    drive_v: float
    margin_v: float


def ekv_channel(model: EkvModel, device: Mosfet, d: float, g: float, s: float, b: float) -> Channel:
    """The channel of one MOSFET at pin voltages d, g, s, b.

    Example:
        >>> model = EkvModel("n", "n", 0.4, 300e-6)
        >>> seen = ekv_channel(model, Mosfet("m1", "d", "g", "0", "0", "n", 10e-6, 1e-6), 1.0, 0.8, 0.0, 0.0)
        >>> round(seen.current * 1e6), round(seen.by_gate * 1e6)
        (183, 918)
    """
    sizes, is_swapped = _sizes(model, device), model.sign * (d - s) < 0
    steps = ((0.0, 0.0, 0.0), (STEP, 0.0, 0.0), (0.0, STEP, 0.0), (0.0, 0.0, STEP))
    states = [_state(model, sizes, d + 1j * at_d, g + 1j * at_g, s, b + 1j * at_b) for at_d, at_g, at_b in steps]
    way = model.sign * (-1.0 if is_swapped else 1.0)
    by_drain, by_gate, by_bulk = (way * state.current_a.imag / STEP for state in states[1:])
    seen = states[0]
    current = way * seen.current_a.real
    return Channel(*map(float, (current, by_drain, by_gate, by_bulk, seen.drive_v.real, seen.margin_v.real)))


def ekv_gate_capacitances(
    model: EkvModel, device: Mosfet, d: float, g: float, s: float, b: float
) -> tuple[float, float, float]:
    """Gate-source, gate-drain and gate-bulk capacitance, with overlaps."""
    sizes = _sizes(model, device)
    near, far, bulk = ekv_charges(model, sizes, _state(model, sizes, d, g, s, b), abs(d - s))
    if model.sign * (d - s) < 0:
        near, far = far, near
    width = float(device.width_m) * float(device.multiplier)
    oxide = model.oxide_f_per_m2 * width * (float(device.length_m) - model.lost_length_m)
    overlap = model.overlap_f_per_m * width
    return float(oxide * near + overlap), float(oxide * far + overlap), float(oxide * bulk)


def _sizes(model: EkvModel, device: Mosfet) -> EkvSizes:
    return ekv_sizes(model, float(device.width_m) * float(device.multiplier), float(device.length_m))


def _state(model: EkvModel, sizes: EkvSizes, d: complex, g: complex, s: complex, b: complex) -> EkvState:
    """The channel from the pin that is the source: the lower one of an n device."""
    sign = model.sign
    source, drain = (d, s) if (sign * (d - s)).real < 0 else (s, d)
    return ekv_state(model, sizes, sign * (g - source), sign * (drain - source), sign * (b - source))
