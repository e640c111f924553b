"""A switched-capacitor voltage regulator with four outputs: thirty sizes, nine metrics that pull against each other.

After the kind of converter on which PAC-MOO was shown (Ahmadianshalchi, Belakaria, Doppa, arXiv:2303.13034), whose
simulator is private: four outputs from one battery, to be efficient, with high output voltages and small ripples.
Every output is a converter of its own, analysed by charge multipliers (`switched_capacitor`, held against ngspice):

    P_in = sum_i n_i V_in I_i + P_gate + P_plate,   efficiency = sum_i V_i I_i / P_in                        (1)
    P_gate = sum f C_g W V_g^2 over all switches,   P_plate = sum f alpha C (dV)^2 over all bottom plates    (2)

The process is a stylised 65 nm one with deep-trench capacitors; its figures stand in `PROCESS`.

    archwright run switched-capacitor-converter --with pac_moo --trials 200
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from archwright.circuits.switched_capacitor import Cell, multipliers
from archwright.core.errors import Infeasible
from archwright.core.goal import goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, Real


@dataclass(frozen=True)
class Process:
    """What switches and capacitors cost.

    Args:
        resistance_ohm_um: of a closed switch times its width, at `nominal_v` on the gate.
        nominal_v: gate drive that it holds for.
        threshold_v: resistance falls as 1 / (gate drive - threshold).
        gate_f_per_um: gate capacitance per width.
        switch_um2_per_um: area per width.
        trench_f_per_um2: capacitance per area.
        bottom_plate: parasitic share of a capacitance, alpha.
    """

    resistance_ohm_um: float = 1200.0
    nominal_v: float = 1.2
    threshold_v: float = 0.35
    gate_f_per_um: float = 1.2e-15
    switch_um2_per_um: float = 0.5
    trench_f_per_um2: float = 100e-15
    bottom_plate: float = 0.004


PROCESS = Process()
INPUT_V = 3.3


class Port(NamedTuple):
    """One output.

    Args:
        topologies: that it may have.
        load_a: constant.
        least_v: that it must hold.
    """

    topologies: tuple[str, ...]
    load_a: float
    least_v: float


_THIRDS = ("3:1 series-parallel", "3:1 dickson", "3:1 ladder")
PORTS = (
    Port(("2:1",), 20e-3, 1.55),
    Port(_THIRDS, 30e-3, 1.0),
    Port(("3:2 series-parallel", "3:2 ladder"), 10e-3, 2.05),
    Port(_THIRDS, 15e-3, 1.02),
)
MOST_RIPPLE_V = 0.02
_NUMBERS = range(1, len(PORTS) + 1)
_METRICS = {
    "efficiency": "",
    **{f"output{i}_v": "V" for i in _NUMBERS},
    **{f"ripple{i}_v": "V" for i in _NUMBERS},
    "area_mm2": "mm2",
    "loss_w": "W",
}
_GOALS = (
    "max efficiency",
    *(f"max output{i}_v" for i in _NUMBERS),
    *(f"min ripple{i}_v" for i in _NUMBERS),
    *(f"output{i}_v >= {port.least_v}" for i, port in enumerate(PORTS, start=1)),
    *(f"ripple{i}_v <= {MOST_RIPPLE_V}" for i in _NUMBERS),
    "area_mm2 <= 1.2",
)
HAND = {
    "flying1a_nf": 4.0, "frequency1_mhz": 30.0, "switch1_um": 1500.0, "filter1_nf": 10.0, "parts1": 4,
    "flying2a_nf": 6.0, "frequency2_mhz": 30.0, "switch2_um": 3000.0, "filter2_nf": 10.0, "parts2": 4,
    "flying3a_nf": 3.0, "frequency3_mhz": 30.0, "switch3_um": 1200.0, "filter3_nf": 8.0, "parts3": 4,
    "flying4a_nf": 4.0, "frequency4_mhz": 30.0, "switch4_um": 1800.0, "filter4_nf": 8.0, "parts4": 4,
    "flying2b_nf": 6.0, "topology2": "3:1 dickson", "flying3b_nf": 3.0, "topology3": "3:2 series-parallel",
    "flying4b_nf": 4.0, "topology4": "3:1 dickson", "held2_nf": 3.0, "held3_nf": 3.0, "held4_nf": 3.0,
    "gate_v": 1.2,
}  # fmt: skip
"""A design by the usual hand rule: resistances of both limits alike, one frequency, four parts."""


def _space() -> Record:
    parameters: dict[str, Real | Sequence[object]] = {}
    for i in _NUMBERS:
        parameters[f"flying{i}a_nf"] = Real(0.3, 10.0, log=True)
        parameters[f"frequency{i}_mhz"] = Real(5.0, 200.0, log=True)
        parameters[f"switch{i}_um"] = Real(200.0, 20_000.0, log=True)
        parameters[f"filter{i}_nf"] = Real(1.0, 40.0, log=True)
        parameters[f"parts{i}"] = (1, 2, 4, 8)
    for i, port in enumerate(PORTS, start=1):
        if len(port.topologies) > 1:
            parameters[f"flying{i}b_nf"] = Real(0.3, 10.0, log=True)
            parameters[f"topology{i}"] = port.topologies
    parameters |= {f"held{i}_nf": Real(0.3, 10.0, log=True) for i in _NUMBERS if len(PORTS[i - 1].topologies) > 1}
    return Record({**parameters, "gate_v": Real(0.8, 1.5)})


class SwitchedCapacitorConverter:
    """Size four switched-capacitor converters on one battery of 3.3 V: efficient, stiff and quiet, on little area.

    Metrics: `efficiency`, output power over input power; `output1_v` to `output4_v`, means under the constant loads of
    20, 30, 10 and 15 mA; `ripple1_v` to `ripple4_v`, peak to peak; `area_mm2` of switches and capacitors; `loss_w`.

    Each output i has flying capacitors (`flying1a_nf`, `flying2b_nf` ...), `frequency1_mhz`, the width `switch1_um` of
    each of its switches, the output capacitor `filter1_nf` and `parts1` that switch in turn; outputs 2 to 4 choose
    their `topology2`, and a ladder its constant capacitor `held2_nf`. `gate_v` drives all switches.

    Example:
        >>> outcome = SwitchedCapacitorConverter().evaluate([HAND], rng=np.random.default_rng(0))[0]
        >>> 0.8 < outcome["efficiency"] < 0.95
        True
    """

    name = "switched-capacitor-converter"
    version = "1"
    typical_seconds = 9e-4

    def __init__(self) -> None:
        self.space = _space()
        self.metrics: Mapping[str, str] = _METRICS
        self.goals = tuple(goal(text, _METRICS) for text in _GOALS)

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Analyse `designs`; `rng` is not used."""
        self.space.to_array(designs)  # names what is missing
        return [_analysed(design) for design in designs]

    def references(self) -> Sequence[Reference]:
        """A design by the usual hand rule."""
        return (Reference("hand", {name: HAND[name] for name in self.space.axes}, {}, "both limits alike, 30 MHz"),)

    def cells(self, design: Design) -> list[Cell]:
        """The converter of every output with its sizes, e.g. for `switched_capacitor_deck.simulate_converter`."""
        return [_cell(design, i) for i in _NUMBERS]


def _cell(design: Design, i: int) -> Cell:
    port = PORTS[i - 1]
    topology = design[f"topology{i}"] if len(port.topologies) > 1 else port.topologies[0]
    names = (f"flying{i}a_nf", f"flying{i}b_nf", f"held{i}_nf")
    drive_v = (design["gate_v"] - PROCESS.threshold_v) / (PROCESS.nominal_v - PROCESS.threshold_v)
    return Cell(
        topology,
        tuple(design[name] * 1e-9 for name in names[: len(multipliers(topology).capacitors)]),
        PROCESS.resistance_ohm_um / design[f"switch{i}_um"] / drive_v,
        design[f"frequency{i}_mhz"] * 1e6,
        design[f"filter{i}_nf"] * 1e-9,
        design[f"parts{i}"],
    )


def _analysed(design: Design) -> Outcome:
    cells = [_cell(design, i) for i in _NUMBERS]
    outputs_v = [cell.output_v(INPUT_V, port.load_a) for cell, port in zip(cells, PORTS, strict=True)]
    for i, output_v in enumerate(outputs_v, start=1):
        if output_v <= 0.0:
            return Infeasible(f"output {i} collapses under its load")
    out_w = sum(output_v * port.load_a for output_v, port in zip(outputs_v, PORTS, strict=True))
    in_w = sum(multipliers(c.topology).ratio * INPUT_V * p.load_a for c, p in zip(cells, PORTS, strict=True))
    in_w += sum(_switching_w(cell, design[f"switch{i}_um"], design["gate_v"]) for i, cell in enumerate(cells, start=1))
    metrics: dict[str, float] = {"efficiency": out_w / in_w}
    metrics |= {f"output{i}_v": output_v for i, output_v in enumerate(outputs_v, start=1)}
    metrics |= {f"ripple{i}_v": cells[i - 1].ripple_v(PORTS[i - 1].load_a) for i in _NUMBERS}
    areas_um2 = [_area_um2(cell, design[f"switch{i}_um"]) for i, cell in enumerate(cells, start=1)]
    result: Metrics = {**metrics, "area_mm2": sum(areas_um2) * 1e-6, "loss_w": in_w - out_w}
    return result


def _switching_w(cell: Cell, width_um: float, gate_v: float) -> float:
    """Equation (2) of one converter."""
    found = multipliers(cell.topology)
    gate_j = len(found.switches) * PROCESS.gate_f_per_um * width_um * gate_v**2
    plates_j = float((np.array(cell.capacitances_f) * (found.swings * INPUT_V) ** 2).sum()) * PROCESS.bottom_plate
    return cell.frequency_hz * (gate_j + plates_j)


def _area_um2(cell: Cell, width_um: float) -> float:
    switches_um2 = len(multipliers(cell.topology).switches) * width_um * PROCESS.switch_um2_per_um
    return switches_um2 + (sum(cell.capacitances_f) + cell.output_f) / PROCESS.trench_f_per_um2
