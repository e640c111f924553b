"""A two-stage, fully differential voltage amplifier with Miller compensation and common-mode feedback.

Source of the structure and its labels: H. Wang et al., *GCN-RL Circuit Designer*, DAC 2020, arXiv:2005.00406, figure 1:
input pair T2/T3, p loads T4/T5, second stages of p drivers T0/T7 and n sinks T1/T6, a tail, RL and CL at both outputs.
Its netlist, sizes and bounds are not published. Ours, per half a/b:

    t2, t3   x, in       input pair on a common tail
    t4, t5   x, vbp      p loads
    t0, t7   out, x      p drivers;  rz and cc from x to out
    t1, t6   out, vbn    n sinks, mirrors of the bias diode tb
    rl, cs, cl           from each output: rl and cs to sense, cl to ground

The common mode is sensed by the two load resistors, which no differential signal unbalances, and compared with the
reference by a differential pair t8/t9 whose diode load t10 makes vbp. Its tail tc is a mirror of tb too.

Two measurements share one operating point: the differential gain, and the gain around the common-mode loop, which is
cut at the gate of t8 by a source of 0 V between the sense net and the gate (R. D. Middlebrook, "Measurement of loop
gain in feedback systems", International Journal of Electronics 38, 1975). That is exact where the gate's impedance is
far above the sense net's, which `cs` sees to at high frequencies: the error is about their ratio.

    archwright run differential-amplifier --with differential_evolution --trials 5000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from archwright.circuits.amplifier_gradients import chained
from archwright.circuits.bench import CHUNK, NO_POINT, SILENT, Bench, Differentiated, Floats, Measured
from archwright.circuits.devices import GROUND, Capacitor, Device, Mosfet, Resistor, VoltageSource
from archwright.circuits.figure_of_merit import Term
from archwright.circuits.measures import CORNER_DB, gate_area_um2, is_saturated, supply_power_w
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.node_amplifier import NodeAmplifier, scaled, scaled_design
from archwright.circuits.stability import PER_DECADE, loop_crossing
from archwright.circuits.technology.nodes import technology
from archwright.core.errors import Failed, Infeasible
from archwright.core.problem import Gradients, Reference
from archwright.core.space import Design, Real

if TYPE_CHECKING:
    from archwright.circuits.differential_gradients import DifferentialSlopes

SIZES_UM = {
    "w_pair_um": (2.0, 100.0), "l_pair_um": (0.18, 0.72), "w_load_um": (2.0, 60.0), "l_load_um": (0.18, 1.08),
    "w_driver_um": (4.0, 200.0), "l_driver_um": (0.18, 0.54), "w_sink_um": (2.0, 100.0), "w_tail_um": (2.0, 100.0),
    "w_bias_um": (1.0, 20.0), "l_bias_um": (0.18, 1.08), "w_sense_um": (0.5, 20.0), "l_sense_um": (0.18, 0.72),
    "w_diode_um": (0.5, 20.0), "w_sense_tail_um": (0.5, 30.0),
}  # fmt: skip
"""Bounds at 180 nm."""
REFERENCE = {
    "w_pair_um": 20.0, "l_pair_um": 0.36, "w_load_um": 15.0, "l_load_um": 0.54, "w_driver_um": 80.0,
    "l_driver_um": 0.27, "w_sink_um": 30.0, "w_tail_um": 15.0, "w_bias_um": 3.0, "l_bias_um": 0.54,
    "w_sense_um": 3.0, "l_sense_um": 0.36, "w_diode_um": 3.0, "w_sense_tail_um": 3.0, "rb_kohm": 20.0,
    "rz_kohm": 0.4, "cc_pf": 1.0,
}  # fmt: skip
"""A design by hand at 180 nm."""
SPECIFICATIONS = ("gain_db >= 50 dB", "cpm_deg >= 45 deg", "dpm_deg >= 60 deg", "power_w <= 6 mW")
TERMS = (
    Term("f3db_hz", 1.0),
    Term("cpm_deg", 1.0, bound=60.0),
    Term("dpm_deg", 1.0, bound=60.0),
    Term("power_w", -1.0),
    Term("noise_v_rthz", -1.0),
    Term("gain_db", 1.0),
    Term("gbw_hz", 1.0),
)
COMMON_SHARE = 0.6
"""Common mode of inputs and outputs, as a share of the supply."""
LOW_HZ, HIGH_HZ, NOISE_HZ = 1e3, 1e11, 1e7
NO_GAIN = Infeasible("the differential gain nowhere falls through one, or not by 3 dB, within the sweep")
NO_LOOP = Infeasible("the common-mode loop has no negative feedback with a gain above one")


def differential_netlist(node: str = "180nm", *, is_common_mode: bool = False) -> Netlist:
    """The amplifier at a technology node: sizes and bounds scale with it, the supply is the node's.

    Args:
        node: a name in `technology.NODES`.
        is_common_mode: excite the cut of the common-mode loop instead of the inputs.

    Raises:
        SpecError: there is no such node.

    Example:
        >>> differential_netlist("45nm").matching_groups["w_driver_um"]
        ('mt0', 'mt7')
    """
    process = technology(node)
    parameters = [Parameter(name, scaled(*bounds, process), 1e-6) for name, bounds in SIZES_UM.items()]
    parameters += [
        Parameter("rb_kohm", Real(2.0, 60.0), 1e3),
        Parameter("rz_kohm", Real(0.1, 5.0), 1e3),
        Parameter("cc_pf", Real(0.1, 5.0), 1e-12),
    ]
    common_v, input_v = COMMON_SHARE * process.supply_v, 0.0 if is_common_mode else 0.5
    devices: list[Device] = [
        *_half("a", ("mt2", "mt4", "mt0", "mt1"), "inp"),
        *_half("b", ("mt3", "mt5", "mt7", "mt6"), "inn"),
        Mosfet("mtail", "tail", "vbn", GROUND, GROUND, "nch", "w_tail_um", "l_bias_um"),
        Mosfet("mtb", "vbn", "vbn", GROUND, GROUND, "nch", "w_bias_um", "l_bias_um"),
        Mosfet("mt8", "vbp", "gate", "stail", GROUND, "nch", "w_sense_um", "l_sense_um"),
        Mosfet("mt9", "idle", "ref", "stail", GROUND, "nch", "w_sense_um", "l_sense_um"),
        Mosfet("mt10", "vbp", "vbp", "vdd", "vdd", "pch", "w_diode_um", "l_load_um"),
        Mosfet("mt11", "idle", "idle", "vdd", "vdd", "pch", "w_diode_um", "l_load_um"),
        Mosfet("mtc", "stail", "vbn", GROUND, GROUND, "nch", "w_sense_tail_um", "l_bias_um"),
        Resistor("rb", "vdd", "vbn", "rb_kohm"),
        VoltageSource("vdd", "vdd", GROUND, process.supply_v),
        VoltageSource("vinp", "inp", "ref", 0.0, input_v),
        VoltageSource("vinn", "inn", "ref", 0.0, -input_v),
        VoltageSource("vref", "ref", GROUND, common_v),
        VoltageSource("vcut", "gate", "sense", 0.0, 1.0 if is_common_mode else 0.0),
    ]
    halves = tuple(f"{net}{half}" for half in "ab" for net in ("x", "z", "out"))
    nets = (GROUND, "vdd", "ref", "inp", "inn", "vbn", "vbp", "tail", "sense", "gate", "stail", "idle", *halves)
    return Netlist("two-stage fully differential amplifier", nets, tuple(devices), process.models, tuple(parameters))


def _half(half: str, names: Sequence[str], gate: str) -> list[Device]:
    pair, load, driver, sink = names
    first, middle, out = f"x{half}", f"z{half}", f"out{half}"
    return [
        Mosfet(pair, first, gate, "tail", GROUND, "nch", "w_pair_um", "l_pair_um"),
        Mosfet(load, first, "vbp", "vdd", "vdd", "pch", "w_load_um", "l_load_um"),
        Mosfet(driver, out, first, "vdd", "vdd", "pch", "w_driver_um", "l_driver_um"),
        Mosfet(sink, out, "vbn", GROUND, GROUND, "nch", "w_sink_um", "l_bias_um"),
        Resistor(f"rz{half}", first, middle, "rz_kohm"),
        Capacitor(f"cc{half}", middle, out, "cc_pf"),
        Resistor(f"rl{half}", out, "sense", 20e3),
        Capacitor(f"cs{half}", out, "sense", 200e-15),
        Capacitor(f"cl{half}", out, GROUND, 1e-12),
    ]


class DifferentialAmplifier(NodeAmplifier):
    """Size a two-stage fully differential amplifier: figure of merit within gain, both phase margins and power.

    Metrics, of the differential gain unless said otherwise: `gain_db` at 1 kHz; `f3db_hz`, where it is 3 dB lower;
    `gbw_hz`, gain times that; `unity_hz`, where it is one; `dpm_deg`, the phase margin there; `cpm_deg`, the phase
    margin of the common-mode loop; `noise_v_rthz`, input-referred at 10 MHz; `power_w`; `area_um2` of all gates;
    `saturated`, how many of the 15 transistors are; `fom`, the figure of merit.

    Args:
        node: `250nm`, `180nm`, `130nm`, `65nm` or `45nm`.
        engine: `embedded` with the EKV models, or `ngspice` with the BSIM4 cards that they are fitted to.
        weights: preferences among the metrics of `fom`, such as `{"gain_db": 10}`.

    Raises:
        SpecError: an unknown node, engine or metric.

    Example:
        >>> outcome = DifferentialAmplifier().evaluate([REFERENCE], rng=np.random.default_rng(0))[0]
        >>> outcome["gain_db"] > 50.0, outcome["saturated"]
        (True, 15.0)
    """

    circuit = "differential-amplifier"
    metrics: ClassVar[Mapping[str, str]] = {
        "gain_db": "dB", "f3db_hz": "Hz", "gbw_hz": "Hz", "unity_hz": "Hz", "dpm_deg": "deg", "cpm_deg": "deg",
        "noise_v_rthz": "V/sqrtHz", "power_w": "W", "area_um2": "um2", "saturated": "", "fom": "",
    }  # fmt: skip
    terms = TERMS
    specification_texts = SPECIFICATIONS
    curve_label = "differential gain (V/V)"

    def __init__(
        self,
        *,
        node: str = "180nm",
        engine: Literal["embedded", "ngspice"] = "embedded",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        netlist, output = differential_netlist(node), ("outa", "outb")
        bench = Bench(netlist, output, output, engine, low_hz=LOW_HZ, high_hz=HIGH_HZ)
        super().__init__(netlist, technology(node), bench, weights=weights)
        self.loop_bench = Bench(differential_netlist(node, is_common_mode=True), "sense", output, engine)

    def simulate(self, values: Floats) -> Measured:
        """Every metric but `fom` of (n, n_parameters) designs."""
        return self._simulate(values)[0]

    def _simulate(self, values: Floats) -> tuple[Measured, OperatingPoints, Floats]:
        """Metrics, operating points, and the frequencies at which the common-mode loop has a gain of one."""
        simulator = self.bench.simulator
        points: OperatingPoints = simulator.operate(values)
        frequencies_hz = np.geomspace(LOW_HZ, HIGH_HZ, round(PER_DECADE * np.log10(HIGH_HZ / LOW_HZ)) + 1)
        with np.errstate(all="ignore"):  # designs without an answer are sorted out below
            gains = simulator.transfer(points, frequencies_hz)
            gain = np.abs(gains[:, 0])
            band = loop_crossing(frequencies_hz, gains / (gain * 10.0 ** (-CORNER_DB / 20.0))[:, None])
            differential = loop_crossing(frequencies_hz, gains)
            sensed = self.loop_bench.simulator.transfer(points, frequencies_hz)
            loops = -sensed / (1.0 + sensed)  # the cut puts 1 V between the sensed voltage and the gate
            common = loop_crossing(frequencies_hz, loops)
            columns = {
                "gain_db": 20.0 * np.log10(gain),
                "f3db_hz": band.unity_hz,
                "gbw_hz": gain * band.unity_hz,
                "unity_hz": differential.unity_hz,
                "dpm_deg": differential.margin_deg,
                "cpm_deg": common.margin_deg,
                "noise_v_rthz": simulator.noise(points, np.array([NOISE_HZ])).input_rthz[:, 0],
                "power_w": supply_power_w(points),
                "area_um2": gate_area_um2(self.netlist, values),
                "saturated": is_saturated(points).sum(axis=1).astype(float),
            }
        flags = {
            NO_LOOP: common.is_crossed & (loops[:, 0].real > 0.0),
            NO_GAIN: differential.is_crossed & band.is_crossed,
        }
        return Measured(columns, _reasons(columns, points, flags)), points, common.unity_hz

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """Metrics with their derivatives, by the embedded simulator on either engine."""
        if self.bench.engine != "embedded":
            return DifferentialAmplifier(node=self.node, weights=self.figure.weights).gradients(designs)
        values = self.space.to_array(designs)
        answers: list[Gradients | Infeasible | Failed] = []
        for first in range(0, len(values), CHUNK):
            part = values[first : first + CHUNK]
            measured, points, loop_unity_hz = self._simulate(part)
            with np.errstate(all="ignore"):  # designs without an answer have reasons instead
                slopes = self._slopes.of(part, points, measured.columns, loop_unity_hz)
            found = chained(Differentiated(measured, slopes), lambda columns: {"fom": self.figure.of(columns)})
            answers += found.gradients(self.metrics)
        return answers

    @cached_property
    def _slopes(self) -> DifferentialSlopes:
        from archwright.circuits.differential_gradients import DifferentialSlopes

        return DifferentialSlopes(self.bench, self.loop_bench, NOISE_HZ)

    def references(self) -> Sequence[Reference]:
        """A design by hand; at other nodes the same design, scaled."""
        if self.node == "180nm":
            return (Reference("human", REFERENCE, {}, "designed by hand for this schematic"),)
        ranges = {parameter.name: parameter.range for parameter in self.netlist.parameters}
        design = scaled_design(REFERENCE, ranges, self.technology)
        return (Reference("human", design, {}, "designed by hand at 180 nm, sizes scaled"),)


def _reasons(
    columns: Mapping[str, Floats], points: OperatingPoints, flags: Mapping[Infeasible, Any]
) -> dict[int, Infeasible | Failed]:
    """Why designs have no metrics, by row: no operating point first, then a measure that is not reached."""
    is_known = np.isfinite(np.array(list(columns.values()))).all(axis=0)
    reasons: dict[int, Infeasible | Failed] = {}
    checks: list[tuple[Infeasible | Failed, Any]] = [
        (SILENT, is_known),
        *flags.items(),
        (NO_POINT, points.is_converged),
    ]
    for reason, is_good in checks:
        reasons |= dict.fromkeys(np.flatnonzero(~is_good).tolist(), reason)
    return reasons | dict(getattr(points, "failures", {}))
