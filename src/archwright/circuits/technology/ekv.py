"""The EKV MOSFET model: one smooth expression from weak to strong inversion, for short channels too.

With `q(v) = ln(1 + exp(v / 2 Ut))`, the current of a channel is the difference of a forward and a reverse part,

    I = 2 n Ut^2 k (W/L) (q_f^2 - q_r^2) / ((1 + x (q_f - q_r)) (1 + t)) * M,

with `q_f` at the pinch-off voltage `(vgs - vth)/n` and `q_r` at that less the used drain voltage. `x` is velocity
saturation, `t` the loss of mobility with the gate's field, `M` channel-length modulation. The used drain voltage turns
smoothly from `vds` to the one where the current is largest, which is known in closed form: with
`d = 2 q_f / (1 + sqrt(1 + 2 x q_f))`, `I` grows up to `q_f - q_r = d`. The threshold falls with the drain voltage and
rises with the source's reverse bias; the drain's hold on it grows, and the bulk's shrinks, towards the shortest channel
as exp(-L/l).

Drain and source swap where the voltage between them is negative. Everything here is plain numpy on arrays, and holds
for complex numbers too, so that slopes can be had to rounding from an imaginary step; `mna.ekv` has the fast kernels.

Sources: C. Enz, F. Krummenacher, E. Vittoz, "An analytical MOS transistor model valid in all regions of operation",
Analog Integrated Circuits and Signal Processing 8, 1995 (equations 45-52: interpolation and charges); the smooth drain
voltage and the forms of threshold shift and modulation follow the BSIM4 manual, chapters 2 and 5. What differs from
Enz et al.: the threshold is referred to the source, as BSIM has it; velocity saturation stands in the current.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from archwright.circuits.devices import Level1Model
from archwright.core.errors import SpecError, check_name

Numbers = Any
"""A float, or a float or complex array."""

THERMAL_V = 300.15 * 1.38064852e-23 / 1.6021766208e-19
WEAK_SATURATION = 4.0
"""Square of half the saturation voltage in weak inversion, in thermal voltages."""
CHARGE_POWER = 0.6
"""BSIM4's CLE: how the early saturation of charges fades with length."""
BODY_SMOOTHING_V = 0.02
"""Below this distance the root of the body effect leaves `phi - vbs`, so that forward bias harms nothing."""


@dataclass(frozen=True, slots=True)
class EkvModel:
    """An EKV MOSFET with smooth gate and junction capacitances; numbers that depend on length are at `least_length_m`.

    Args:
        name: the card's name.
        polarity: `n` or `p`.
        threshold_v: zero-bias threshold of a long channel, negative for an enhancement p device.
        gain_a_per_v2: transconductance parameter, low-field mobility times oxide capacitance.
        body_effect_sqrt_v: gamma.
        surface_potential_v: phi.
        slope_factor: n, at least 1.
        reduction_per_v: loss of mobility per volt of overdrive.
        reduction_m_per_v: the part of it that grows with 1/length, as series resistance causes.
        reduction_limit_per_v: it levels off as `v / (1 + this * v)` with the overdrive v: the thickness of the charge.
        critical_field_v_per_m: field at which the velocity saturates.
        saturation_v: width of the turn from triode to saturation.
        modulation: channel-length modulation: the current grows by `modulation * ln(1 + (vds - vdsat)/knee)`.
        modulation_v: that knee.
        modulation_power: how fast it fades: `(least_length_m / length) ** modulation_power`.
        drain_barrier: fall of the threshold per volt from drain to source at the least length.
        long_drain_barrier: the part of it that does not fade with length.
        roll_off_v: fall of the threshold at the least length.
        roll_off_m: length over which it fades.
        body_loss: share of the body effect that the least length has lost, below 1.
        short_channel_m: length over which this and the drain barrier fade.
        least_length_m: shortest channel.
        lost_length_m: drawn length less the electrical.
        oxide_f_per_m2: gate oxide capacitance per area.
        overlap_f_per_m: gate-source and gate-drain overlap capacitance per width.
        charge_m: the charges saturate at a drain voltage `1 + (charge_m / length) ** 0.6` times smaller than the
            current of a long channel does.
        bulk_share: share of the gate's charge that the bulk answers where the channel does not.
        junction_f_per_m2: bottom junction capacitance at zero bias.
        sidewall_f_per_m: sidewall junction capacitance at zero bias.
        junction_potential_v: built-in potential.
        junction_grading: bottom grading exponent, below 1.
        sidewall_grading: sidewall grading exponent, below 1.
        forward_coefficient: fraction of the potential above which a junction capacitance goes on linearly.
        saturation_a: saturation current of each bulk junction.
        diffusion_m: half the length of a drain or source diffusion; each has area `2*d*W`, perimeter `4*d + W`.
        thermal_noise_factor: the channel's thermal noise is that of a conductance of this times gm, plus gds.
        card: the BSIM4 parameters that this model stands for, as ngspice names them; empty for none.

    Raises:
        SpecError: a number outside its range.
    """

    name: str
    polarity: Literal["n", "p"]
    threshold_v: float
    gain_a_per_v2: float
    body_effect_sqrt_v: float = 0.0
    surface_potential_v: float = 0.8
    slope_factor: float = 1.3
    reduction_per_v: float = 0.0
    reduction_m_per_v: float = 0.0
    reduction_limit_per_v: float = 0.0
    critical_field_v_per_m: float = 1e9
    saturation_v: float = 0.01
    modulation: float = 0.0
    modulation_v: float = 1.0
    modulation_power: float = 1.0
    drain_barrier: float = 0.0
    long_drain_barrier: float = 0.0
    roll_off_v: float = 0.0
    roll_off_m: float = 1e-7
    body_loss: float = 0.0
    short_channel_m: float = 1e-7
    least_length_m: float = 1e-6
    lost_length_m: float = 0.0
    oxide_f_per_m2: float = 0.0
    overlap_f_per_m: float = 0.0
    charge_m: float = 0.0
    bulk_share: float = 0.3
    junction_f_per_m2: float = 0.0
    sidewall_f_per_m: float = 0.0
    junction_potential_v: float = 0.8
    junction_grading: float = 0.5
    sidewall_grading: float = 0.5
    forward_coefficient: float = 0.5
    saturation_a: float = 1e-16
    diffusion_m: float = 0.0
    thermal_noise_factor: float = 2.0 / 3.0
    card: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no device."""
        check_name(f"model {self.name!r}, polarity", self.polarity, ["n", "p"])
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise SpecError(f"model {self.name!r}, {name}", getattr(self, name), "a number above 0")
        for name in ("junction_grading", "sidewall_grading", "forward_coefficient", "bulk_share", "body_loss"):
            if not 0 <= getattr(self, name) < 1:
                raise SpecError(f"model {self.name!r}, {name}", getattr(self, name), "a number in [0, 1)")
        if not self.slope_factor >= 1:
            raise SpecError(f"model {self.name!r}, slope_factor", self.slope_factor, "a number of at least 1")
        if not self.lost_length_m < self.least_length_m:
            raise SpecError(f"model {self.name!r}, lost_length_m", self.lost_length_m, "less than the least length")

    @property
    def sign(self) -> float:
        """+1 for an n device, -1 for a p device."""
        return 1.0 if self.polarity == "n" else -1.0

    def diffusion(self, width_m: float) -> tuple[float, float]:
        """Area (m2) and perimeter (m) of the drain, equal to those of the source, of a device of `width_m`."""
        return 2.0 * self.diffusion_m * width_m, 4.0 * self.diffusion_m + width_m


_ABOVE_ZERO = (
    "gain_a_per_v2", "surface_potential_v", "junction_potential_v", "saturation_a", "critical_field_v_per_m",
    "saturation_v", "modulation_v", "roll_off_m", "short_channel_m", "least_length_m",
)  # fmt: skip

MosfetModel = Level1Model | EkvModel


class EkvSizes(NamedTuple):
    """What a model becomes at one size: the numbers that the current needs.

    Args:
        specific_a: `2 n Ut^2 k W/L`.
        bare_v: threshold without body effect and drain barrier.
        body_effect_sqrt_v: gamma.
        drain_barrier: fall of the threshold per volt of drain voltage.
        velocity: x, per unit of `q_f - q_r`.
        reduction_per_v: loss of mobility per volt.
        modulation: channel-length modulation.
        charge_stretch: how many times the drain voltage counts for the charges.
    """

    specific_a: Numbers
    bare_v: Numbers
    body_effect_sqrt_v: Numbers
    drain_barrier: Numbers
    velocity: Numbers
    reduction_per_v: Numbers
    modulation: Numbers
    charge_stretch: Numbers


class EkvState(NamedTuple):
    """The inversion of a channel at one bias.

    Args:
        current_a: from drain to source.
        drive_v: vgs - vth; margin_v: vds - vdsat.
        forward: q_f.
    """

    current_a: Numbers
    drive_v: Numbers
    margin_v: Numbers
    forward: Numbers


def ekv_sizes(model: EkvModel, width_m: Numbers, length_m: Numbers) -> EkvSizes:
    """The numbers of a device of `width_m` (all its multiples together) and `length_m`."""
    length = length_m - model.lost_length_m
    fading = np.exp((model.least_length_m - length_m) / model.short_channel_m)
    roll_off_v = model.roll_off_v * np.exp((model.least_length_m - length_m) / model.roll_off_m)
    gamma = model.body_effect_sqrt_v * (1.0 - model.body_loss * fading)
    return EkvSizes(
        specific_a=2.0 * model.slope_factor * THERMAL_V**2 * model.gain_a_per_v2 * width_m / length,
        bare_v=model.sign * model.threshold_v - gamma * np.sqrt(model.surface_potential_v) - roll_off_v,
        body_effect_sqrt_v=gamma,
        drain_barrier=model.long_drain_barrier + (model.drain_barrier - model.long_drain_barrier) * fading,
        velocity=2.0 * THERMAL_V / (model.critical_field_v_per_m * length),
        reduction_per_v=model.reduction_per_v + model.reduction_m_per_v / length,
        modulation=model.modulation * (model.least_length_m / length_m) ** model.modulation_power,
        charge_stretch=1.0 + (model.charge_m / length) ** CHARGE_POWER,
    )


def ekv_state(model: EkvModel, sizes: EkvSizes, vgs: Numbers, vds: Numbers, vbs: Numbers) -> EkvState:
    """The channel at voltages relative to its source, of an n device, with `vds` not below 0.

    Example:
        >>> model = EkvModel("n", "n", 0.4, 300e-6)
        >>> state = ekv_state(model, ekv_sizes(model, 10e-6, 1e-6), 0.8, 1.0, 0.0)
        >>> round(float(state.current_a) * 1e6, 1)
        183.0
    """
    drive = vgs - sizes.bare_v - sizes.body_effect_sqrt_v * body_root(model, vbs) + sizes.drain_barrier * vds
    pinch = drive / (model.slope_factor * THERMAL_V)
    forward = softplus(0.5 * pinch)
    largest = 2.0 * forward / (1.0 + np.sqrt(1.0 + 2.0 * sizes.velocity * forward))
    saturated = 2.0 * THERMAL_V * np.sqrt(largest**2 + WEAK_SATURATION)
    over = saturated - vds - model.saturation_v
    used = saturated - 0.5 * (over + np.sqrt(over**2 + 4.0 * model.saturation_v * saturated))
    reverse = softplus(0.5 * (pinch - used / THERMAL_V))
    shape = (forward**2 - reverse**2) / (1.0 + sizes.velocity * (forward - reverse))
    field_v = 2.0 * model.slope_factor * THERMAL_V * forward
    lost = 1.0 + sizes.reduction_per_v * field_v / (1.0 + model.reduction_limit_per_v * field_v)
    grown = 1.0 + sizes.modulation * np.log(1.0 + (vds - used) / model.modulation_v)
    return EkvState(sizes.specific_a * shape * grown / lost, drive, vds - saturated, forward)


def ekv_charges(model: EkvModel, sizes: EkvSizes, state: EkvState, vds: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Shares of the oxide capacitance between gate and source, drain and bulk, without overlaps; `vds` not below 0.

    They follow the channel's charge (Enz et al., equations 51-53), which saturates earlier in short channels (BSIM4
    manual, equation 7.21).
    """
    near = np.sqrt(0.25 + state.forward**2)
    pinch = state.drive_v / (model.slope_factor * THERMAL_V)
    far = np.sqrt(0.25 + softplus(0.5 * (pinch - sizes.charge_stretch * vds / THERMAL_V)) ** 2)
    both = (near + far) ** 2
    to_source = 2.0 / 3.0 * (1.0 - (far**2 + far + 0.5 * near) / both)
    to_drain = 2.0 / 3.0 * (1.0 - (near**2 + near + 0.5 * far) / both)
    return to_source, to_drain, model.bulk_share * (1.0 - to_source - to_drain)


def body_root(model: EkvModel, vbs: Numbers) -> Numbers:
    """Square root of `phi - vbs`, smooth and above 0 also where the bulk is forward biased."""
    below = model.surface_potential_v - vbs
    return np.sqrt(0.5 * (below + np.sqrt(below**2 + BODY_SMOOTHING_V**2)))


def softplus(v: Numbers) -> Numbers:
    """`ln(1 + exp(v))` without overflow.

    Example:
        >>> [round(float(softplus(v)), 6) for v in (-1e3, 0.0, 1e3)]
        [0.0, 0.693147, 1000.0]
    """
    away = np.where(np.real(v) > 0.0, -1.0, 1.0) * v
    return np.where(np.real(v) > 0.0, v, 0.0) + np.log1p(np.exp(away))
