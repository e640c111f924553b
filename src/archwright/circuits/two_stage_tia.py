"""The two-stage transimpedance amplifier: a push-pull current mirror and a common-source stage, six transistors.

Source: H. Wang, J. Yang, H.-S. Lee, S. Han, *Learning to Design Circuits*, NeurIPS 2018 workshop on machine learning
for systems, arXiv:1812.02734 (schematic, human design, rating), and H. Wang et al., *GCN-RL Circuit Designer*, DAC
2020, arXiv:2005.00406 (figure of merit, technology nodes).

    m1, m3   in, in        n and p diodes: the current of the photodiode sets their gates
    m2, m4   out1, in      mirrors of both, `ratio` times as wide; rf feeds back from out1 to in
    m5, m6   out2, out1    common source with a diode load whose gate hangs on r6: its gain rises with frequency

What differs from the papers: their 180 nm card is a BSIM3 of a course, this one is ours, so the human design gives
other figures here (`references` has both); the bandwidth ends 3 dB below the gain at 10 MHz; parameters have bounds,
which the papers do not print.

    archwright run two-stage-tia --with differential_evolution --trials 2000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from archwright.circuits.amplifier_gradients import amplifier_gradients
from archwright.circuits.bench import Bench, Floats, Measured
from archwright.circuits.devices import GROUND, Capacitor, CurrentSource, Mosfet, Resistor, VoltageSource
from archwright.circuits.figure_of_merit import Term
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.node_amplifier import NodeAmplifier, scaled, scaled_design
from archwright.circuits.technology.nodes import technology
from archwright.core.errors import Failed, Infeasible, check_name
from archwright.core.problem import Gradients, Reference
from archwright.core.space import Design, Real

SIZES_UM = {
    "w1_um": (0.4, 4.0), "w3_um": (0.4, 4.0), "w5_um": (4.0, 60.0), "w6_um": (1.0, 20.0),
    "l1_um": (0.18, 0.36), "l3_um": (0.18, 0.36), "l5_um": (0.18, 0.36), "l6_um": (0.18, 0.36),
}  # fmt: skip
"""Bounds at 180 nm."""
HUMAN = {
    "w1_um": 1.02, "w3_um": 0.90, "w5_um": 24.70, "w6_um": 5.75, "l1_um": 0.18, "l3_um": 0.18, "l5_um": 0.18,
    "l6_um": 0.18, "rf_ohm": 420.0, "r6_kohm": 3.0, "ratio": 50.0,
}  # fmt: skip
"""The published human design at 180 nm."""
PUBLISHED = {
    "gain_ohm": 768.0, "f3db_hz": 5.95e9, "peaking_db": 0.93, "noise_a_rthz": 18.6e-12, "power_w": 8.11e-3,
    "area_um2": 23.1, "gbw_ohm_hz": 4.57e12,
}  # fmt: skip
"""Its published figures, with the BSIM3 card of a course."""
SPECIFICATIONS = (
    "gain_ohm >= 758.6 ohm log",
    "power_w <= 18 mW",
    "noise_a_rthz <= 19.3 pA/sqrtHz",
    "peaking_db <= 1 dB",
)
"""57.6 dBohm are 758.6 ohm."""
TERMS = (
    Term("f3db_hz", 1.0),
    Term("gain_ohm", 1.0),
    Term("power_w", -1.0),
    Term("noise_a_rthz", -1.0),
    Term("peaking_db", -1.0),
)
_PAPER = "Wang et al., arXiv:1812.02734, and its circuits in the Park benchmark suite"


def two_stage_netlist(node: str = "180nm") -> Netlist:
    """The amplifier at a technology node: sizes and bounds scale with it, the supply is the node's.

    Args:
        node: a name in `technology.NODES`.

    Raises:
        SpecError: there is no such node.

    Example:
        >>> netlist = two_stage_netlist("65nm")
        >>> netlist.matching_groups["w1_um"], netlist.matching_groups["ratio"]
        (('m1', 'm2'), ('m2', 'm4'))
    """
    process = technology(node)
    parameters = [Parameter(name, scaled(*bounds, process), 1e-6) for name, bounds in SIZES_UM.items()]
    parameters += [
        Parameter("rf_ohm", Real(100.0, 2000.0)),
        Parameter("r6_kohm", Real(0.5, 10.0), 1e3),
        Parameter("ratio", Real(10.0, 100.0, step=1.0)),
    ]
    devices = (
        Mosfet("m1", "in", "in", GROUND, GROUND, "nch", "w1_um", "l1_um"),
        Mosfet("m2", "out1", "in", GROUND, GROUND, "nch", "w1_um*ratio", "l1_um"),
        Mosfet("m3", "in", "in", "vdd", "vdd", "pch", "w3_um", "l3_um"),
        Mosfet("m4", "out1", "in", "vdd", "vdd", "pch", "w3_um*ratio", "l3_um"),
        Mosfet("m5", "out2", "out1", GROUND, GROUND, "nch", "w5_um", "l5_um"),
        Mosfet("m6", "vdd", "g6", "out2", GROUND, "nch", "w6_um", "l6_um"),
        Resistor("rf", "out1", "in", "rf_ohm"),
        Resistor("r6", "vdd", "g6", "r6_kohm"),
        Capacitor("cin", "in", GROUND, 200e-15),
        Capacitor("cl", "out2", GROUND, 20e-15),
        VoltageSource("vdd", "vdd", GROUND, process.supply_v),
        CurrentSource("iin", GROUND, "in", ac_a=1.0),
    )
    nets = (GROUND, "vdd", "in", "out1", "out2", "g6")
    return Netlist("two-stage transimpedance amplifier", nets, devices, process.models, tuple(parameters))


class TwoStageTIA(NodeAmplifier):
    """Size the two-stage transimpedance amplifier: the widest band within gain, power, noise and peaking.

    Metrics: `gain_ohm` at 10 MHz; `f3db_hz`, where the amplitude is 3 dB lower; `peaking_db`, the largest amplitude
    over the gain; `noise_a_rthz`, input-referred at `f3db_hz`, and `midband_noise_a_rthz` at 1 GHz; `power_w`;
    `area_um2` of all gates; `gbw_ohm_hz`, gain times bandwidth; `saturated`, how many of the six transistors are;
    `fom`, the figure of merit.

    Args:
        node: `250nm`, `180nm`, `130nm`, `65nm` or `45nm`.
        engine: `embedded` with the EKV models, or `ngspice` with the BSIM4 cards that they are fitted to.
        rating: default goals: `specification`, the widest band relative to the human's, or `figure_of_merit`.
        weights: preferences among the metrics of `fom`, such as `{"f3db_hz": 10}`.

    Raises:
        SpecError: an unknown node, engine, rating or metric.

    Example:
        >>> import numpy as np
        >>> outcome = TwoStageTIA().evaluate([HUMAN], rng=np.random.default_rng(0))[0]
        >>> 500.0 < outcome["gain_ohm"] < 800.0, 4e9 < outcome["f3db_hz"] < 7e9
        (True, True)
    """

    circuit = "two-stage-tia"
    metrics: ClassVar[Mapping[str, str]] = {
        "gain_ohm": "ohm", "f3db_hz": "Hz", "peaking_db": "dB", "noise_a_rthz": "A/sqrtHz",
        "midband_noise_a_rthz": "A/sqrtHz", "power_w": "W", "area_um2": "um2", "gbw_ohm_hz": "ohm*Hz", "saturated": "",
        "fom": "",
    }  # fmt: skip
    terms = TERMS
    specification_texts = SPECIFICATIONS
    curve_label = "gain (ohm)"

    def __init__(
        self,
        *,
        node: str = "180nm",
        engine: Literal["embedded", "ngspice"] = "embedded",
        rating: Literal["specification", "figure_of_merit"] = "specification",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        check_name("rating", rating, ("specification", "figure_of_merit"))
        netlist = two_stage_netlist(node)
        bench = Bench(
            netlist, "out2", ("out2", GROUND), engine, low_hz=1e7, high_hz=1e12, noise_hz=1e9,
            corner_below="first", has_corner_noise=True,
        )  # fmt: skip
        goals = (*SPECIFICATIONS, "max f3db_hz ref 5.95 GHz") if rating == "specification" else None
        super().__init__(netlist, technology(node), bench, weights=weights, goals=goals)

    def simulate(self, values: Floats) -> Measured:
        """Every metric but `fom` of (n, n_parameters) designs."""
        columns, reasons = self.bench.measure(values)
        return Measured(columns | self._renamed(columns), reasons)

    def _renamed(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        names = {
            "gain_ohm": "low_amplitude",
            "noise_a_rthz": "corner_noise_rthz",
            "midband_noise_a_rthz": "noise_rthz",
        }
        renamed = {name: columns[old] for name, old in names.items()}
        return renamed | {"gbw_ohm_hz": renamed["gain_ohm"] * columns["f3db_hz"]}

    def derived(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """Every metric that is no measure of the bench, the figure of merit among them."""
        renamed = self._renamed(columns)
        return renamed | {"fom": self.figure.of({**columns, **renamed})}

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """Metrics with their derivatives, by the embedded simulator on either engine."""
        return amplifier_gradients(self, designs)

    def references(self) -> Sequence[Reference]:
        """The human design, and what is published of it; at other nodes the same design, scaled."""
        if self.node == "180nm":
            published = Reference("human as published", None, PUBLISHED, f"{_PAPER}; another 180 nm process")
            return (Reference("human", HUMAN, {}, _PAPER), published)
        ranges = {parameter.name: parameter.range for parameter in self.netlist.parameters}
        design = scaled_design(HUMAN, ranges, self.technology)
        return (Reference("human", design, {}, f"{_PAPER}; sizes scaled from 180 nm"),)
