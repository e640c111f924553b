"""Devices of a netlist and their models, as plain data in SI units.

A device value is a number or an *expression*: a product of numbers and design parameter names such as `"w1_um"` or
`"ratio*w1_um"`. One parameter named by several devices is a matching group: it sizes them all; they are of one kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

from archwright.circuits.waveforms import Waveform
from archwright.core.errors import SpecError, check_name

Value = float | str
"""A number in SI units, or a product such as `"2*w1_um"` of numbers and parameter names."""

GROUND = "0"
NAME = re.compile(r"[a-z][a-z0-9_]*")
OXIDE_PERMITTIVITY_F_PER_M = 3.9 * 8.854214871e-12
"""Silicon dioxide, with the constants that SPICE uses."""


@dataclass(frozen=True, slots=True)
class Mosfet:
    """A MOS transistor; `multiplier` counts equal devices in parallel."""

    name: str
    drain: str
    gate: str
    source: str
    bulk: str
    model: str
    width_m: Value
    length_m: Value
    multiplier: Value = 1.0

    letter: ClassVar[str] = "m"
    values: ClassVar[tuple[str, ...]] = ("width_m", "length_m", "multiplier")

    @property
    def nets(self) -> tuple[str, ...]:
        """Drain, gate, source, bulk."""
        return (self.drain, self.gate, self.source, self.bulk)


@dataclass(frozen=True, slots=True)
class _TwoTerminal:
    """Anything between two nets."""

    name: str
    positive: str
    negative: str

    @property
    def nets(self) -> tuple[str, ...]:
        """Positive, negative."""
        return (self.positive, self.negative)


@dataclass(frozen=True, slots=True)
class Resistor(_TwoTerminal):
    """A linear resistor."""

    resistance_ohm: Value

    letter: ClassVar[str] = "r"
    values: ClassVar[tuple[str, ...]] = ("resistance_ohm",)


@dataclass(frozen=True, slots=True)
class Capacitor(_TwoTerminal):
    """A linear capacitor."""

    capacitance_f: Value

    letter: ClassVar[str] = "c"
    values: ClassVar[tuple[str, ...]] = ("capacitance_f",)


@dataclass(frozen=True, slots=True)
class VoltageSource(_TwoTerminal):
    """An independent voltage source: operating value, small-signal amplitude, and `waveform` in a transient analysis.

    Without a waveform the operating value holds there too.
    """

    dc_v: Value = 0.0
    ac_v: float = 0.0
    waveform: Waveform | None = None

    letter: ClassVar[str] = "v"
    values: ClassVar[tuple[str, ...]] = ("dc_v",)


@dataclass(frozen=True, slots=True)
class CurrentSource(_TwoTerminal):
    """An independent current source; its current flows from `positive` through the source to `negative`."""

    dc_a: Value = 0.0
    ac_a: float = 0.0
    waveform: Waveform | None = None

    letter: ClassVar[str] = "i"
    values: ClassVar[tuple[str, ...]] = ("dc_a",)


Device = Mosfet | Resistor | Capacitor | VoltageSource | CurrentSource


@dataclass(frozen=True, slots=True)
class Level1Model:
    """A SPICE level-1 (Shichman-Hodges) MOSFET with Meyer gate and junction capacitances.

    Args:
        name: the card's name.
        polarity: `n` or `p`.
        threshold_v: zero-bias threshold, negative for an enhancement p device.
        gain_a_per_v2: transconductance parameter kp.
        body_effect_sqrt_v: gamma.
        surface_potential_v: phi.
        lambda_per_v: channel-length modulation that does not depend on length.
        lambda_m_per_v: channel-length modulation times length; the device has `lambda_per_v + this / length`.
        oxide_f_per_m2: gate oxide capacitance per area.
        overlap_f_per_m: gate-source and gate-drain overlap capacitance per width.
        junction_f_per_m2: bottom junction capacitance at zero bias.
        sidewall_f_per_m: sidewall junction capacitance at zero bias.
        junction_potential_v: built-in potential.
        junction_grading: bottom grading exponent, below 1.
        sidewall_grading: sidewall grading exponent, below 1.
        forward_coefficient: fraction of the potential above which a junction capacitance goes on linearly.
        saturation_a: saturation current of each bulk junction.
        diffusion_m: half the length of a drain or source diffusion; each has area `2*d*W`, perimeter `4*d + W`.
    """

    name: str
    polarity: Literal["n", "p"]
    threshold_v: float
    gain_a_per_v2: float
    body_effect_sqrt_v: float = 0.0
    surface_potential_v: float = 0.6
    lambda_per_v: float = 0.0
    lambda_m_per_v: float = 0.0
    oxide_f_per_m2: float = 0.0
    overlap_f_per_m: float = 0.0
    junction_f_per_m2: float = 0.0
    sidewall_f_per_m: float = 0.0
    junction_potential_v: float = 0.8
    junction_grading: float = 0.5
    sidewall_grading: float = 0.5
    forward_coefficient: float = 0.5
    saturation_a: float = 1e-14
    diffusion_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what makes no device."""
        check_name(f"model {self.name!r}, polarity", self.polarity, ["n", "p"])
        for name in ("gain_a_per_v2", "surface_potential_v", "junction_potential_v", "saturation_a"):
            if not getattr(self, name) > 0:
                raise SpecError(f"model {self.name!r}, {name}", getattr(self, name), "a number above 0")
        for name in ("junction_grading", "sidewall_grading", "forward_coefficient"):
            if not 0 <= getattr(self, name) < 1:
                raise SpecError(f"model {self.name!r}, {name}", getattr(self, name), "a number in [0, 1)")

    @property
    def sign(self) -> float:
        """+1 for an n device, -1 for a p device."""
        return 1.0 if self.polarity == "n" else -1.0

    def modulation_per_v(self, length_m: float) -> float:
        """Channel-length modulation (1/V) of a device of `length_m`."""
        return self.lambda_per_v + self.lambda_m_per_v / length_m

    def diffusion(self, width_m: float) -> tuple[float, float]:
        """Area (m2) and perimeter (m) of the drain, equal to those of the source, of a device of `width_m`."""
        return 2.0 * self.diffusion_m * width_m, 4.0 * self.diffusion_m + width_m


def factors(value: Value) -> tuple[float, tuple[str, ...]]:
    """Split an expression into its number and its parameter names.

    Raises:
        SpecError: the text is not a product of numbers and names.

    Example:
        >>> factors("2*ratio*w1_um")
        (2.0, ('ratio', 'w1_um'))
    """
    if not isinstance(value, str):
        return float(value), ()
    number, names = 1.0, []
    for factor in value.replace(" ", "").split("*"):
        if NAME.fullmatch(factor):
            names.append(factor)
            continue
        try:
            number *= float(factor)
        except ValueError:
            raise SpecError("device value", value, "a product of numbers and parameter names") from None
    return number, tuple(names)


def resolved(device: Device, parameters_si: Mapping[str, float]) -> Device:
    """The device with every expression replaced by its number.

    Args:
        device: any device.
        parameters_si: every parameter by name, in SI units.
    """
    numbers: dict[str, Any] = {}
    for name in device.values:
        number, names = factors(getattr(device, name))
        for parameter in names:
            number *= parameters_si[parameter]
        numbers[name] = number
    return replace(device, **numbers)


def card_parameters(model: Level1Model) -> tuple[str, ...]:
    """Names of the model's numbers, in order: everything but its name and polarity."""
    return tuple(field.name for field in fields(model) if field.name not in ("name", "polarity"))
