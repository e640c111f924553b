"""The three-stage transimpedance amplifier at five technology nodes.

Source: H. Wang et al., *GCN-RL Circuit Designer*, DAC 2020, arXiv:2005.00406, who scale the schematic of *Learning to
Design Circuits* (`amplifiers`) from its 1 um teaching process to 180 nm and on. Their sizes, bounds and specification
are not published. Ours: sizes scale with the node, all nine lengths are free, the supplies are plus and minus half the
node's, loads stay, and the bias resistor is smaller, as the supply is.

    archwright run scaled-three-stage-tia --with differential_evolution --trials 5000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from archwright.circuits.amplifier_gradients import amplifier_gradients
from archwright.circuits.amplifiers import THREE_STAGE_NETS, three_stage_devices
from archwright.circuits.bench import Bench, Floats, Measured
from archwright.circuits.figure_of_merit import Term
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.node_amplifier import NodeAmplifier, scaled, scaled_design
from archwright.circuits.technology.nodes import technology
from archwright.core.errors import Failed, Infeasible
from archwright.core.problem import Gradients, Reference
from archwright.core.space import Design, Real

WIDTHS_UM = {
    "w1_um": (0.36, 9.0), "wl1_um": (0.36, 3.6), "wb1_um": (0.36, 3.6), "w2_um": (0.36, 9.0), "wl2_um": (0.36, 3.6),
    "wb2_um": (0.36, 7.2), "w3_um": (0.36, 18.0), "wb3_um": (0.36, 9.0), "wb_um": (0.36, 3.6),
}  # fmt: skip
"""Bounds at 180 nm."""
LENGTHS_UM = (0.18, 0.54)
"""Bounds of all lengths at 180 nm."""
HUMAN = {
    "w1_um": 2.16, "wl1_um": 0.36, "wb1_um": 0.58, "w2_um": 0.72, "wl2_um": 0.50, "wb2_um": 1.04, "w3_um": 7.99,
    "wb3_um": 1.84, "wb_um": 0.36, "rb_kohm": 92.0, "l1_um": 0.18, "ll1_um": 0.18, "lb1_um": 0.36, "l2_um": 0.18,
    "ll2_um": 0.18, "lb2_um": 0.36, "l3_um": 0.18, "lb3_um": 0.36, "lb_um": 0.36,
}  # fmt: skip
"""The human design of the teaching process, scaled to 180 nm; the bias resistor keeps its current."""
SPECIFICATIONS = ("gain_ohm >= 10 kohm log", "f3db_hz >= 90 MHz log", "power_w <= 3 mW", "peaking_db <= 1 dB")
TERMS = (Term("f3db_hz", 1.0), Term("gain_ohm", 1.0), Term("power_w", -1.0), Term("gbw_ohm_hz", 1.0))


def scaled_three_stage_netlist(node: str = "180nm") -> Netlist:
    """The amplifier at a technology node.

    Args:
        node: a name in `technology.NODES`.

    Raises:
        SpecError: there is no such node.

    Example:
        >>> len(scaled_three_stage_netlist("65nm").parameters)
        19
    """
    process = technology(node)
    widths = [Parameter(name, scaled(*bounds, process), 1e-6) for name, bounds in WIDTHS_UM.items()]
    names = [name for name in HUMAN if name.startswith("l")]
    lengths = [Parameter(name, scaled(*LENGTHS_UM, process), 1e-6) for name in names]
    devices = three_stage_devices({name: name for name in names}, 0.5 * process.supply_v)
    parameters = (*widths, Parameter("rb_kohm", Real(20.0, 200.0), 1e3), *lengths)
    return Netlist("three-stage transimpedance amplifier", THREE_STAGE_NETS, devices, process.models, parameters)


class ScaledThreeStageTIA(NodeAmplifier):
    """Size the three-stage transimpedance amplifier at a node: figure of merit within gain, band, power and peaking.

    Metrics: `gain_ohm`, twice the largest amplitude at one output per ampere of input; `f3db_hz`, where it is 3 dB
    lower; `peaking_db`, the largest amplitude over that at 1 kHz; `gbw_ohm_hz`, gain times bandwidth; `noise_a_rthz`,
    input-referred at 10 MHz; `power_w` from both supplies; `area_um2` of all gates; `saturated`, how many of the 17
    transistors are; `fom`, the figure of merit.

    Args:
        node: `250nm`, `180nm`, `130nm`, `65nm` or `45nm`.
        engine: `embedded` with the EKV models, or `ngspice` with the BSIM4 cards that they are fitted to.
        weights: preferences among the metrics of `fom`, such as `{"f3db_hz": 10}`.

    Raises:
        SpecError: an unknown node, engine or metric.

    Example:
        >>> import numpy as np
        >>> outcome = ScaledThreeStageTIA().evaluate([HUMAN], rng=np.random.default_rng(0))[0]
        >>> outcome["gain_ohm"] > 1e3, outcome["f3db_hz"] > 1e8
        (True, True)
    """

    circuit = "scaled-three-stage-tia"
    metrics: ClassVar[Mapping[str, str]] = {
        "gain_ohm": "ohm", "f3db_hz": "Hz", "peaking_db": "dB", "gbw_ohm_hz": "ohm*Hz", "noise_a_rthz": "A/sqrtHz",
        "power_w": "W", "area_um2": "um2", "saturated": "", "fom": "",
    }  # fmt: skip
    terms = TERMS
    specification_texts = SPECIFICATIONS
    curve_label = "single-ended gain (ohm)"

    def __init__(
        self,
        *,
        node: str = "180nm",
        engine: Literal["embedded", "ngspice"] = "embedded",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        netlist = scaled_three_stage_netlist(node)
        bench = Bench(netlist, "vouta", ("vouta", "voutb"), engine, high_hz=1e11, n_frequencies=57, noise_hz=1e7)
        super().__init__(netlist, technology(node), bench, weights=weights)

    def simulate(self, values: Floats) -> Measured:
        """Every metric but `fom` of (n, n_parameters) designs."""
        columns, reasons = self.bench.measure(values)
        return Measured(columns | self._in_ohms(columns), reasons)

    def _in_ohms(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        gain_ohm = 2.0 * columns["amplitude"]
        product = gain_ohm * columns["f3db_hz"]
        return {"gain_ohm": gain_ohm, "gbw_ohm_hz": product, "noise_a_rthz": columns["noise_rthz"]}

    def derived(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """Every metric that is no measure of the bench, the figure of merit among them."""
        found = self._in_ohms(columns)
        return found | {"fom": self.figure.of({**columns, **found})}

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """Metrics with their derivatives, by the embedded simulator on either engine."""
        return amplifier_gradients(self, designs)

    def references(self) -> Sequence[Reference]:
        """The human design of the teaching process, scaled to the node."""
        ranges = {parameter.name: parameter.range for parameter in self.netlist.parameters}
        design = scaled_design(HUMAN, ranges, self.technology)
        return (Reference("human", design, {}, "arXiv:1812.02734, sizes scaled from the 1 um process"),)
