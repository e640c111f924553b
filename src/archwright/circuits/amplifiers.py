"""The three-stage transimpedance amplifier: a published schematic with unknown sizes.

Source: H. Wang, J. Yang, H.-S. Lee, S. Han, *Learning to Design Circuits*, NeurIPS 2018 workshop on machine learning
for systems, arXiv:1812.02734; the schematic, model cards, bounds and scoring are those its authors put into the
public Park benchmark suite.

What differs from the benchmark: the corner is solved for instead of read from a sweep that ends at 100 MHz; a design
that never reaches it is infeasible instead of rewarded with 100 MHz; ngspice's capacitances give the human design
90.90 MHz where HSPICE gave 90.107.

    archwright run three-stage-tia --with differential_evolution --trials 10000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from archwright.circuits.amplifier_gradients import amplifier_gradients
from archwright.circuits.bench import CHUNK, Bench, Floats, Measured
from archwright.circuits.devices import (
    GROUND,
    Capacitor,
    CurrentSource,
    Device,
    Level1Model,
    Mosfet,
    Resistor,
    Value,
    VoltageSource,
)
from archwright.circuits.netlist import DEVICE_TYPES, Netlist, Parameter
from archwright.circuits.observation import observe_sizing
from archwright.core.errors import Failed, Infeasible, SpecError
from archwright.core.goal import goal
from archwright.core.problem import Gradients, Observation, Outcome, Reference
from archwright.core.record import RecordDraft
from archwright.core.space import Design, Draft, Real

_PROCESS = {
    "body_effect_sqrt_v": 0.6,
    "surface_potential_v": 0.8,
    "lambda_m_per_v": 0.1e-6,
    "oxide_f_per_m2": 2.3e-3,
    "overlap_f_per_m": 0.5e-9,
    "junction_potential_v": 0.95,
    "junction_grading": 0.5,
    "sidewall_grading": 0.33,
    "diffusion_m": 1.5e-6,
}
TEACHING_MODELS = (
    Level1Model("nch", "n", 0.5, 50e-6, junction_f_per_m2=0.1e-3, sidewall_f_per_m=0.5e-9, **_PROCESS),
    Level1Model("pch", "p", -0.5, 25e-6, junction_f_per_m2=0.3e-3, sidewall_f_per_m=0.35e-9, **_PROCESS),
)
"""The 1 um level-1 teaching process of the schematic."""

_WIDTHS_UM = {
    "w1_um": (2, 15), "wl1_um": (2, 5), "wb1_um": (2, 5), "w2_um": (2, 5), "wl2_um": (2, 5),
    "wb2_um": (2, 10), "w3_um": (2, 50), "wb3_um": (2, 15), "wb_um": (2, 5),
}  # fmt: skip
_LENGTHS_UM = {
    "l1_um": 1.0, "ll1_um": 1.0, "lb1_um": 2.0, "l2_um": 1.0, "ll2_um": 1.0,
    "lb2_um": 2.0, "l3_um": 1.0, "lb3_um": 2.0, "lb_um": 2.0,
}  # fmt: skip


def three_stage_netlist(*, has_free_lengths: bool = False, step_um: float = 0.2) -> Netlist:
    """The differential three-stage transimpedance amplifier: 17 transistors in two matched halves.

    Common-gate input with a diode load, common-source pair with diode loads, source followers; one current mirror
    biases all. The input is 1 A of differential current (0.5 A each way), the load 10 kohm and 500 fF.

    Args:
        has_free_lengths: make the nine lengths parameters too (19 in all); else they are preset (10 in all).
        step_um: grid of all widths and lengths; 0 for continuous sizes.

    Raises:
        SpecError: `step_um` is negative or leaves no size but the smallest.
    """
    if not 0.0 <= step_um <= 2.0:
        raise SpecError("step_um", step_um, "a grid from 0 (continuous) to 2 um")
    step = step_um or None
    parameters = [Parameter(n, Real(float(a), float(b), step=step), 1e-6) for n, (a, b) in _WIDTHS_UM.items()]
    parameters.append(Parameter("rb_kohm", Real(100.0, 400.0), 1e3))
    lengths: dict[str, Value] = {name: length * 1e-6 for name, length in _LENGTHS_UM.items()}
    if has_free_lengths:
        parameters += [Parameter(name, Real(1.0, 3.0, step=step), 1e-6) for name in _LENGTHS_UM]
        lengths = {name: name for name in _LENGTHS_UM}
    name, nets, devices = "three-stage transimpedance amplifier", THREE_STAGE_NETS, three_stage_devices(lengths, 2.5)
    return Netlist(name, nets, devices, TEACHING_MODELS, tuple(parameters))


THREE_STAGE_NETS = (
    GROUND, "vdd", "vss", "nbias", "v0d", *(f"{net}{half}" for half in "ab" for net in ("iin", "vo1", "vo2", "vout")),
)  # fmt: skip
"""Nets of the three-stage transimpedance amplifier."""


def three_stage_devices(lengths: Mapping[str, Value], supply_v: float) -> tuple[Device, ...]:
    """Devices of the three-stage transimpedance amplifier, with models `nch` and `pch`.

    Args:
        lengths: the nine channel lengths by name, numbers in metres or parameters.
        supply_v: of vdd, > 0; that of vss is its negative.
    """
    return (
        *_half("a", lengths),
        *_half("b", lengths),
        Mosfet("mb", "nbias", "nbias", "vss", "vss", "nch", "wb_um", lengths["lb_um"]),
        Resistor("rb", "vdd", "nbias", "rb_kohm"),
        Resistor("rl", "vouta", "voutb", 10e3),
        Capacitor("cl", "vouta", "voutb", 500e-15),
        VoltageSource("vdd", "vdd", GROUND, supply_v),
        VoltageSource("vss", "vss", GROUND, -supply_v),
        CurrentSource("iina", "iina", "vdd", ac_a=0.5),
        CurrentSource("iinb", "vdd", "iinb", ac_a=0.5),
    )


def _half(half: str, lengths: Mapping[str, Value]) -> list[Device]:
    iin, vo1, vo2, vout = (f"{net}{half}" for net in ("iin", "vo1", "vo2", "vout"))
    rows = [
        ("1", vo1, GROUND, iin, "n"),
        ("l1", vo1, vo1, "vdd", "p"),
        ("b1", iin, "nbias", "vss", "n"),
        ("2", vo2, vo1, "v0d", "n"),
        ("l2", vo2, vo2, "vdd", "p"),
        ("b2", "v0d", "nbias", "vss", "n"),
        ("3", "vdd", vo2, vout, "n"),
        ("b3", vout, "nbias", "vss", "n"),
    ]
    bulks = {"n": "vss", "p": "vdd"}
    mosfets: list[Device] = [
        Mosfet(f"m{role}{half}", d, g, s, bulks[kind], f"{kind}ch", f"w{role}_um", lengths[f"l{role}_um"])
        for role, d, g, s, kind in rows
    ]
    return [*mosfets, Capacitor(f"cin{half}", "vdd", iin, 100e-15)]


_METRICS = {
    "gain_ohm": "ohm",
    "f3db_hz": "Hz",
    "peaking_db": "dB",
    "noise_a_rthz": "A/sqrtHz",
    "power_w": "W",
    "area_um2": "um2",
    "saturated": "",
}
_GOALS = (
    "gain_ohm >= 20236 ohm log",
    "f3db_hz >= 90.107 MHz log",
    "power_w <= 3 mW",
    "min power_w ref 1.3694 mW",
    "min area_um2 ref 211.2 um2",
)
HUMAN = {
    "w1_um": 12.0, "wl1_um": 2.0, "wb1_um": 3.2, "w2_um": 4.0, "wl2_um": 2.8,
    "wb2_um": 5.8, "w3_um": 44.4, "wb3_um": 10.2, "wb_um": 2.0, "rb_kohm": 291.0,
}  # fmt: skip
"""The published human design."""
BEST_KNOWN = {
    "w1_um": 5.6, "wl1_um": 2.0, "wb1_um": 2.0, "w2_um": 5.0, "wl2_um": 2.0,
    "wb2_um": 2.0, "w3_um": 18.6, "wb3_um": 6.4, "wb_um": 2.0, "rb_kohm": 109.9529,
}  # fmt: skip
"""The best design known with sizes on the 0.2 um grid; score 2.6465."""
_TYPICAL_SECONDS = {"embedded": 2e-5, "ngspice": 2e-3}
_PAPER = "Wang et al., arXiv:1812.02734, and its circuits in the Park benchmark suite"


class ThreeStageTIA:
    """Size the three-stage transimpedance amplifier: least power and area at the human design's gain and bandwidth.

    Metrics: `gain_ohm`, twice the largest amplitude at one output per ampere of input, and `f3db_hz`, where
    it is 3 dB lower; `peaking_db`, the largest amplitude over that at 1 kHz; `noise_a_rthz`, input-referred at 1 MHz;
    `power_w` from both supplies; `area_um2` of all gates; `saturated`, how many of the 17 transistors are.

    Args:
        engine: `embedded`, microseconds per design, or `ngspice`, the real program (milliseconds).
        has_free_lengths: nine lengths from 1 to 3 um are parameters too: 19 in all instead of 10.
        step_um: grid of all sizes; 0 for continuous sizes, on which the published optimum was found.

    Raises:
        SpecError: an unknown engine, or no grid.

    Example:
        >>> outcome = ThreeStageTIA().evaluate([HUMAN], rng=np.random.default_rng(0))[0]
        >>> round(outcome["gain_ohm"], 1), round(outcome["f3db_hz"] / 1e6, 2)
        (20236.0, 90.9)
    """

    def __init__(
        self,
        *,
        engine: Literal["embedded", "ngspice"] = "embedded",
        has_free_lengths: bool = False,
        step_um: float = 0.2,
    ) -> None:
        self.netlist = three_stage_netlist(has_free_lengths=has_free_lengths, step_um=step_um)
        self.name = "three-stage-tia-lengths" if has_free_lengths else "three-stage-tia"
        self.version = f"1 {engine} {step_um:g} um"
        self.space = self.netlist.record()
        self.metrics: Mapping[str, str] = _METRICS
        self.goals = tuple(goal(text, _METRICS) for text in _GOALS)
        self.bench = Bench(self.netlist, "vouta", ("vouta", "voutb"), engine)
        self.component_names = tuple(device.name for device in self.netlist.devices)
        self.component_types = DEVICE_TYPES
        self.typical_seconds = _TYPICAL_SECONDS[engine]

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Simulate `designs`; `rng` is not used."""
        values = self.space.to_array(designs)
        outcomes: list[Outcome] = []
        for first in range(0, len(values), CHUNK):
            columns, reasons = self.bench.measure(values[first : first + CHUNK])
            outcomes += Measured(columns | self.derived(columns), reasons).outcomes(_METRICS)
        return outcomes

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """Metrics with their derivatives, by the embedded simulator on either engine."""
        return amplifier_gradients(self, designs)

    def derived(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """Gain and noise, in terms of the input current."""
        return {"gain_ohm": 2.0 * columns["amplitude"], "noise_a_rthz": columns["noise_rthz"]}

    def references(self) -> Sequence[Reference]:
        """The human design, the best design known on the grid of sizes, and the optimum for continuous sizes."""
        axes = self.space.axes
        human = {"gain_ohm": 20236.0, "f3db_hz": 90.107e6, "power_w": 1.3694e-3, "area_um2": 211.2}
        continuous = {"gain_ohm": 20237.5, "f3db_hz": 90.157e6, "power_w": 1.8034e-3, "area_um2": 111.96}
        return (
            Reference("human", _with_lengths(HUMAN, axes), human, _PAPER),
            Reference("best known", _with_lengths(BEST_KNOWN, axes), {}, "differential evolution, 40,000 evaluations"),
            Reference("best with continuous sizes", None, continuous, "differential evolution, checked in ngspice"),
        )

    def observe(self, draft: Draft) -> Observation:
        """Devices as nodes with type, model, decided sizes and, once complete, operating point: `observation`."""
        assert isinstance(draft, RecordDraft)
        return observe_sizing(self.bench, draft)

    def draw(self, design: Design) -> str:
        """A Bode plot of `design` beside the human design, as SVG."""
        from archwright.circuits.bode import bode_svg

        designs = [design, _with_lengths(HUMAN, self.space.axes)]
        frequencies_hz = np.geomspace(1e5, 1e10, 251)
        gains = 2.0 * self.bench.amplitudes(self.space.to_array(designs), frequencies_hz)
        return bode_svg(frequencies_hz, {"this design": gains[0], "human": gains[1]}, "gain (ohm)")


def _with_lengths(widths: Mapping[str, float], axes: Sequence[str]) -> dict[str, float]:
    return {name: {**widths, **_LENGTHS_UM}[name] for name in axes}
