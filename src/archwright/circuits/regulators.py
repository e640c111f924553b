"""The low-dropout regulator: an error amplifier of five transistors and a pass transistor, held to load and supply.

    m1, m2   differential pair: its gates are the output and the reference
    m4, m3   mirror: diode at the output's side, load at the reference's side, which drives the pass transistor
    m5       tail current source, biased by `vb_v`
    m6       pass transistor from the supply to the output
    rfb, cfb in series from the pass transistor's gate to the output: compensation; cl loads the output

Source: H. Wang et al., *GCN-RL Circuit Designer*, DAC 2020, arXiv:2005.00406, names the circuit and its metrics
(settling after steps of load and supply, load regulation, supply rejection, power) and prints no netlist. This
schematic is the one of a public relative of that method (Z. Li, A. Chan Carusone, ICCAD 2023).

What differs: sizes, bounds, load and reference design are ours; the output is the reference itself, without a divider;
all four settling times come from one transient analysis; a design that does not settle within a window is infeasible.

    archwright run ldo --with differential_evolution --trials 2000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from archwright.circuits.bench import NO_POINT, Bench, Floats, Measured
from archwright.circuits.devices import (
    GROUND,
    Capacitor,
    CurrentSource,
    Device,
    Mosfet,
    Resistor,
    VoltageSource,
)
from archwright.circuits.figure_of_merit import Term
from archwright.circuits.measures import gate_area_um2, is_saturated, supply_power_w
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.mna.transient import Transient
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.node_amplifier import BASE_NM, NodeAmplifier, scaled, scaled_design
from archwright.circuits.settling import sample_times, settling
from archwright.circuits.technology.nodes import FEATURES, Technology, technology
from archwright.circuits.waveforms import PiecewiseLinear
from archwright.core.errors import Failed, Infeasible
from archwright.core.problem import Reference
from archwright.core.space import Design, Real

OUTPUT, SUPPLY, LOAD = "vreg", "vdd", "iload"
REFERENCE_SHARE = 2.0 / 3.0
"""Of the supply: the output of the regulator."""
SUPPLY_STEP = 0.1
"""By which share the supply rises."""
LIGHT_A, FULL_A = 10e-6, 10e-3
"""Load at 180 nm; it scales with the widths."""
EDGE_S = 20e-9
"""Length of each step at 180 nm; it scales with the node, as the speed of its devices does."""
LEAD_S, WINDOW_S = 0.1e-6, 5e-6
"""Rest before the first step, and time to settle after each."""
BAND = 1e-3
"""Settled is what stays this close to the final value, relative to the reference."""
REJECTION_HZ = 1e3
CAPACITOR_F_PER_UM2 = 2e-15
"""A metal capacitor on the chip."""
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE_V, MAX_STEPS = 3e-5, 1e-6, 20_000
"""Of the transient analysis. Its error is a few hundredths of the band; an oscillator runs out of steps."""
EVENTS = ("load_up", "supply_up", "supply_down", "load_down")
"""The steps in order, one per window."""

SIZES_UM = {
    "w1_um": (2.0, 100.0), "l1_um": (0.18, 1.0), "w3_um": (2.0, 100.0), "l3_um": (0.18, 1.0),
    "w5_um": (2.0, 100.0), "l5_um": (0.18, 1.8), "w6_um": (100.0, 3000.0), "l6_um": (0.18, 0.36),
}  # fmt: skip
"""Bounds at 180 nm."""
HUMAN = {
    "w1_um": 40.0, "l1_um": 0.36, "w3_um": 30.0, "l3_um": 0.36, "w5_um": 40.0, "l5_um": 0.5, "w6_um": 1500.0,
    "l6_um": 0.18, "rfb_kohm": 1.0, "cfb_pf": 1.0, "cl_pf": 100.0, "vb_v": 0.6,
}  # fmt: skip
"""Our own hand design at 180 nm: the pass transistor's width for the full load at 0.6 V of headroom, a tail that moves
its gate in some 10 ns, and a zero that makes the light load settle without ringing."""
SPECIFICATIONS = ("error_v <= 60 mV", "psrr_db >= 40 dB", "undershoot_v <= 200 mV", "power_w <= 2 mW")
TERMS = (
    *(Term(f"{event}_settling_s", -1.0) for event in ("load_up", "load_down")),
    Term("load_regulation_ohm", -1.0),
    *(Term(f"{event}_settling_s", -1.0) for event in ("supply_up", "supply_down")),
    Term("psrr_db", 1.0, 60.0),
    Term("power_w", -1.0),
)
_METRICS = {
    "load_up_settling_s": "s", "load_down_settling_s": "s", "supply_up_settling_s": "s", "supply_down_settling_s": "s",
    "undershoot_v": "V", "overshoot_v": "V", "load_regulation_ohm": "ohm", "line_regulation": "", "psrr_db": "dB",
    "error_v": "V", "dropout_v": "V", "power_w": "W", "area_um2": "um2", "saturated": "", "fom": "",
}  # fmt: skip


@dataclass(frozen=True)
class Duty:
    """What a regulator at one node has to do.

    Args:
        supply_v: nominal; high_v: after the step of the supply.
        reference_v: what the output shall be.
        light_a: least load; full_a: largest.
        edge_s: length of a step of either.
    """

    supply_v: float
    high_v: float
    reference_v: float
    light_a: float
    full_a: float
    edge_s: float

    @classmethod
    def at(cls, process: Technology) -> Duty:
        """The duty at a node: two thirds of its supply, and a load in proportion to its widths."""
        supply_v, ratio = process.supply_v, process.node_nm / BASE_NM
        reference_v = round(REFERENCE_SHARE * supply_v, 3)
        high_v = round((1.0 + SUPPLY_STEP) * supply_v, 3)
        return cls(supply_v, high_v, reference_v, LIGHT_A * ratio, FULL_A * ratio, EDGE_S * ratio)


def ldo_netlist(node: str = "180nm") -> Netlist:
    """The regulator at a technology node, at nominal supply and full load, with the steps as waveforms.

    Args:
        node: a name in `technology.NODES`.

    Raises:
        SpecError: there is no such node.

    Example:
        >>> netlist = ldo_netlist("65nm")
        >>> netlist.matching_groups["w1_um"], len(netlist.parameters)
        (('m1', 'm2'), 12)
    """
    process = technology(node)
    duty, ratio = Duty.at(process), process.node_nm / BASE_NM
    threshold_v = round(_threshold_v(process), 2)
    parameters = [
        Parameter(name, scaled(*bounds, process)._replace(log=True), 1e-6) for name, bounds in SIZES_UM.items()
    ]
    parameters += [
        Parameter("rfb_kohm", Real(0.1, 100.0, log=True), 1e3),
        Parameter("cfb_pf", Real(round(0.1 * ratio, 4), round(10.0 * ratio, 4), log=True), 1e-12),
        Parameter("cl_pf", Real(round(20.0 * ratio, 4), round(200.0 * ratio, 4), log=True), 1e-12),
        Parameter("vb_v", Real(threshold_v, round(threshold_v + 0.25 * duty.supply_v, 3))),
    ]
    nets = (GROUND, SUPPLY, "vref", "vb", "tail", "mirror", "gate", "feedback", OUTPUT)
    return Netlist("low-dropout regulator", nets, _devices(duty), process.models, tuple(parameters))


def _threshold_v(process: Technology) -> float:
    """Of the n devices, as the node's card has it: the fitted model's own may move with the fit."""
    return process.features("n")[FEATURES.index("vth0_v")]


def _devices(duty: Duty) -> tuple[Device, ...]:
    return (
        Mosfet("m1", "mirror", OUTPUT, "tail", GROUND, "nch", "w1_um", "l1_um"),
        Mosfet("m2", "gate", "vref", "tail", GROUND, "nch", "w1_um", "l1_um"),
        Mosfet("m3", "gate", "mirror", SUPPLY, SUPPLY, "pch", "w3_um", "l3_um"),
        Mosfet("m4", "mirror", "mirror", SUPPLY, SUPPLY, "pch", "w3_um", "l3_um"),
        Mosfet("m5", "tail", "vb", GROUND, GROUND, "nch", "w5_um", "l5_um"),
        Mosfet("m6", OUTPUT, "gate", SUPPLY, SUPPLY, "pch", "w6_um", "l6_um"),
        Resistor("rfb", "gate", "feedback", "rfb_kohm"),
        Capacitor("cfb", "feedback", OUTPUT, "cfb_pf"),
        Capacitor("cl", OUTPUT, GROUND, "cl_pf"),
        VoltageSource(
            SUPPLY, SUPPLY, GROUND, duty.supply_v, 1.0, _steps(duty.supply_v, duty.high_v, 1, 2, duty.edge_s)
        ),
        VoltageSource("vref", "vref", GROUND, duty.reference_v),
        VoltageSource("vb", "vb", GROUND, "vb_v"),
        CurrentSource(LOAD, OUTPUT, GROUND, duty.full_a, 0.0, _steps(duty.light_a, duty.full_a, 0, 3, duty.edge_s)),
    )


def _steps(low: float, high: float, up: int, down: int, edge_s: float) -> PiecewiseLinear:
    """From `low` to `high` at the start of window `up`, and back at that of window `down`."""
    rise_s, fall_s = LEAD_S + up * WINDOW_S, LEAD_S + down * WINDOW_S
    points = ((0.0, low), (rise_s, low), (rise_s + edge_s, high), (fall_s, high), (fall_s + edge_s, low))
    return PiecewiseLinear(points)


def held_at(netlist: Netlist, values: Mapping[str, float]) -> Netlist:
    """The netlist with other operating values of some sources.

    Args:
        netlist: the circuit.
        values: V or A by name of the source.
    """

    def held(device: Device) -> Device:
        if isinstance(device, VoltageSource) and device.name in values:
            return replace(device, dc_v=values[device.name])
        if isinstance(device, CurrentSource) and device.name in values:
            return replace(device, dc_a=values[device.name])
        return device

    return replace(netlist, devices=tuple(held(device) for device in netlist.devices))


class LowDropoutRegulator(NodeAmplifier):
    """Size the low-dropout regulator: settle fast after steps of load and supply, hold the output, spend little.

    Metrics: `load_up_settling_s`, `load_down_settling_s`, `supply_up_settling_s`, `supply_down_settling_s`, from the
    start of each step until the output stays within a thousandth of the reference around its final value;
    `undershoot_v` and `overshoot_v`, how far the output falls below it after the load's step up and rises above it
    after its step down; `load_regulation_ohm` and `line_regulation`, change of the output at rest over that of load and
    supply; `psrr_db`, supply rejection at 1 kHz and full load; `error_v`, largest distance at rest from the reference;
    `dropout_v`, voltage that the pass transistor needs at full load; `power_w`, of the light load less what the load
    takes; `area_um2` of gates and capacitors; `saturated`, how many of six transistors are at full load; `fom`, the
    figure of merit.

    Args:
        node: `250nm`, `180nm`, `130nm`, `65nm` or `45nm`.
        engine: `embedded` with the EKV models, or `ngspice` with the BSIM4 cards that they are fitted to.
        weights: preferences among the metrics of `fom`, such as `{"power_w": 10}`.

    Raises:
        SpecError: an unknown node, engine or metric.

    Example:
        >>> outcome = LowDropoutRegulator().evaluate([HUMAN], rng=np.random.default_rng(0))[0]
        >>> outcome["load_up_settling_s"] < 1e-6 and outcome["psrr_db"] > 40.0
        True
    """

    circuit = "ldo"
    metrics: ClassVar[Mapping[str, str]] = _METRICS
    terms = TERMS
    specification_texts = SPECIFICATIONS
    curve_label = "output (V)"

    def __init__(
        self,
        *,
        node: str = "180nm",
        engine: Literal["embedded", "ngspice"] = "embedded",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        process, netlist = technology(node), ldo_netlist(node)
        super().__init__(netlist, process, Bench(netlist, OUTPUT, (OUTPUT, GROUND), engine), weights=weights)
        self.duty = Duty.at(process)
        self.typical_seconds = {"embedded": 1e-3, "ngspice": 5e-2}[engine]

    @cached_property
    def _rest(self) -> dict[str, Bench]:
        """Benches of the three states in which the output comes to rest."""
        light, high = {LOAD: self.duty.light_a}, {SUPPLY: self.duty.high_v}
        states = {"light": held_at(self.netlist, light), "high": held_at(self.netlist, high)}
        found = {name: replace(self.bench, netlist=netlist) for name, netlist in states.items()}
        return {"full": self.bench, **found}

    @cached_property
    def _times(self) -> tuple[Floats, Floats]:
        """Times after each step, and of the whole analysis."""
        after = sample_times(self.duty.edge_s, WINDOW_S)
        whole = np.concatenate([LEAD_S + window * WINDOW_S + after for window in range(len(EVENTS))])
        return after, whole

    def follow(self, values: Floats) -> Transient:
        """The output of (n, n_parameters) designs through all four steps."""
        found: Transient = self.bench.simulator.transient(
            values, self._times[1], [OUTPUT],
            relative_tolerance=RELATIVE_TOLERANCE, absolute_tolerance_v=ABSOLUTE_TOLERANCE_V, max_steps=MAX_STEPS,
        )  # fmt: skip
        return found

    def simulate(self, values: Floats) -> Measured:
        """Every metric but `fom` of (n, n_parameters) designs."""
        points = {name: bench.simulator.operate(values) for name, bench in self._rest.items()}
        transient = self.follow(values)
        rest_v = {name: point.voltage_v(OUTPUT) for name, point in points.items()}
        with np.errstate(invalid="ignore", divide="ignore"):  # designs without an answer are sorted out below
            columns = self._at_rest(values, points, rest_v)
            moving, reasons = self._settling(transient, rest_v)
        columns |= moving
        reasons |= _unfinished(transient)
        known = np.isfinite(np.array(list(columns.values()))).all(axis=0)
        is_found = np.logical_and.reduce([known, *(point.is_converged for point in points.values())])
        reasons |= dict.fromkeys(np.flatnonzero(~is_found & transient.is_converged).tolist(), NO_POINT)
        for point in points.values():
            reasons |= dict.fromkeys(np.flatnonzero(~point.is_converged).tolist(), NO_POINT)
            reasons |= dict(getattr(point, "failures", {}))
        return Measured(columns, reasons)

    def _at_rest(
        self, values: Floats, points: Mapping[str, OperatingPoints], rest_v: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        duty, full = self.duty, points["full"]
        rejection = np.abs(self.bench.simulator.transfer(full, np.array([REJECTION_HZ]))[:, 0])
        errors_v = [np.abs(voltage - duty.reference_v) for voltage in rest_v.values()]
        headroom_v = duty.supply_v - rest_v["full"]
        farads = self._capacitances(values)
        return {
            "load_regulation_ohm": np.abs(rest_v["light"] - rest_v["full"]) / (duty.full_a - duty.light_a),
            "line_regulation": np.abs(rest_v["high"] - rest_v["full"]) / (duty.high_v - duty.supply_v),
            "psrr_db": -20.0 * np.log10(rejection),
            "error_v": np.max(errors_v, axis=0),
            "dropout_v": headroom_v - full.mosfets["margin_v"][:, -1],
            "power_w": supply_power_w(points["light"]) - duty.supply_v * duty.light_a,
            "area_um2": gate_area_um2(self.netlist, values) + farads / CAPACITOR_F_PER_UM2,
            "saturated": is_saturated(full).sum(axis=1).astype(float),
        }

    def _capacitances(self, values: Floats) -> Floats:
        columns, table = self.netlist.value_columns, self.netlist.device_values(values)
        total: Floats = table[:, columns["cfb", "capacitance_f"]] + table[:, columns["cl", "capacitance_f"]]
        return total

    def _settling(
        self, transient: Transient, rest_v: Mapping[str, Floats]
    ) -> tuple[dict[str, Floats], dict[int, Infeasible | Failed]]:
        """Settling times and how far the output strays; why not, where it does not settle."""
        after, band_v = self._times[0], BAND * self.duty.reference_v
        windows = np.split(transient.voltage_v(OUTPUT), len(EVENTS), axis=1)
        columns: dict[str, Floats] = {}
        reasons: dict[int, Infeasible | Failed] = {}
        for event, window, state in zip(EVENTS, windows, ("full", "high", "full", "light"), strict=True):
            found = settling(after, window, rest_v[state], band_v, self.duty.edge_s)
            columns[f"{event}_settling_s"] = found.time_s
            if event == "load_up":
                columns["undershoot_v"] = found.under_v
            if event == "load_down":
                columns["overshoot_v"] = found.over_v
            why = Infeasible(f"the output does not settle within {WINDOW_S * 1e6:g} us of {event.replace('_', ' ')}")
            for row in np.flatnonzero(~found.is_settled).tolist():
                reasons.setdefault(row, why)
        return columns, reasons

    def references(self) -> Sequence[Reference]:
        """Our own hand design; at other nodes the same design, scaled."""
        ranges = {parameter.name: parameter.range for parameter in self.netlist.parameters}
        if self.node == "180nm":
            return (Reference("human", HUMAN, {}, "our own hand design"),)
        ratio = self.technology.node_nm / BASE_NM
        overdrive_v = HUMAN["vb_v"] - _threshold_v(technology("180nm"))
        moved = {name: HUMAN[name] * ratio for name in ("cfb_pf", "cl_pf")}
        moved["vb_v"] = _threshold_v(self.technology) + overdrive_v * self.duty.supply_v / 1.8
        design = scaled_design(HUMAN | moved, ranges, self.technology)
        return (Reference("human", design, {}, "our own hand design; sizes scaled from 180 nm"),)

    def draw(self, design: Design) -> str:
        """The output of `design` and of the human design through all four steps, as SVG."""
        from archwright.circuits.step_response import step_response_svg

        curves = self.follow(self.space.to_array([design, self.references()[0].design])).voltage_v(OUTPUT)
        windows = np.split(curves, len(EVENTS), axis=1)
        named = {
            name: np.array([window[row] for window in windows]) for row, name in enumerate(("this design", "human"))
        }
        duty = self.duty
        light, full = f"{duty.light_a * 1e6:.3g} uA", f"{duty.full_a * 1e3:.3g} mA"
        low, high = f"{duty.supply_v:g} V", f"{duty.high_v:g} V"
        ends = ((light, full), (low, high), (high, low), (full, light))
        steps = [f"{event.split('_')[0]} {one} to {other}" for event, (one, other) in zip(EVENTS, ends, strict=True)]
        return step_response_svg(self._times[0], named, self.curve_label, steps)


def _unfinished(transient: Transient) -> dict[int, Infeasible | Failed]:
    """Designs whose transient analysis did not come to the end."""
    restless = Infeasible(f"the output does not settle: it still moves after {MAX_STEPS} time steps")
    stuck = Failed("the transient analysis does not converge")
    reasons: dict[int, Infeasible | Failed] = {}
    for row in np.flatnonzero(~transient.is_converged).tolist():
        reasons[row] = restless if transient.n_steps[row] >= MAX_STEPS else stuck
    return reasons | dict(transient.failures)
