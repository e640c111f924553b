"""Switched-capacitor converters by their charge multipliers: output resistance, losses and ripple in microseconds.

Source: M. D. Seeman, S. R. Sanders, "Analysis and Optimization of Switched-Capacitor DC-DC Converters", IEEE Trans.
Power Electronics 23, 2008. In the steady state the charge that every capacitor and switch carries per period is a
fixed multiple of the output's charge; the multiples follow from Kirchhoff's laws in the two phases alone:

    R_SSL = sum_i a_ci^2 / (C_i f)      slow switching: capacitors settle in every phase         (1)
    R_FSL = sum_i a_ri^2 R_i / D        fast switching: capacitors hold, resistances decide      (2)
    R_out = (R_SSL^mu + R_FSL^mu)^(1 / mu),  V_out = n V_in - I_out R_out                        (3)

    R_SSL C_out / (C_out + C_least)      of a finite output capacitance                            (4)

What differs: (4), since flying capacitors carry a share of the load without loss; C_least is what they add at the
output in the phase in which they add least (exact for 2:1; of interleaved parts, the others count as output
capacitance). mu is 2.54 (Makowski 2012) instead of 2: for one capacitor it follows the exact solution, R_SSL times a
hyperbolic cotangent, to 2.6 %, where 2 is 8.8 % too high halfway.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import check_name

Floats = np.ndarray[Any, np.dtype[np.float64]]

BLEND = 2.54
DUTY = 0.5
FIXED = ("vin", "out", "gnd")


class Switch(NamedTuple):
    """A switch between two nodes, closed in phase 0 or 1."""

    first: str
    second: str
    phase: int


@dataclass(frozen=True)
class Topology:
    """Which capacitors and switches make a converter; nodes `vin`, `out` and `gnd` are outside.

    Args:
        name: of it.
        ratio: ideal output over input voltage.
        capacitors: (top, bottom) node of each; those after the first two hold a constant voltage to ground or output.
        switches: of it.
    """

    name: str
    ratio: float
    capacitors: tuple[tuple[str, str], ...]
    switches: tuple[Switch, ...]

    @property
    def inner(self) -> tuple[str, ...]:
        """Nodes that are not outside."""
        ends = [node for pair in self.capacitors for node in pair]
        ends += [node for one in self.switches for node in one[:2]]
        return tuple(node for node in dict.fromkeys(ends) if node not in FIXED)


def _topology(name: str, ratio: float, capacitors: str, first: str, second: str) -> Topology:
    """A topology from words `a-b`: capacitors, then switches closed in the first and in the second phase."""

    def pairs(words: str) -> list[tuple[str, str]]:
        return [(word.split("-")[0], word.split("-")[1]) for word in words.split()]

    switches = [Switch(*pair, phase) for phase, words in enumerate((first, second)) for pair in pairs(words)]
    return Topology(name, ratio, tuple(pairs(capacitors)), tuple(switches))


TOPOLOGIES = {
    one.name: one
    for one in (
        _topology("2:1", 1 / 2, "p1-n1", "vin-p1 n1-out", "p1-out n1-gnd"),
        _topology(
            "3:1 series-parallel", 1 / 3, "p1-n1 p2-n2", "vin-p1 n1-p2 n2-out", "p1-out n1-gnd p2-out n2-gnd"
        ),
        _topology("3:1 dickson", 1 / 3, "p1-n1 p2-n2", "vin-p1 n1-out p2-out n2-gnd", "n1-gnd p1-p2 n2-out"),
        _topology("3:1 ladder", 1 / 3, "p1-x x-n2 m-out", "vin-p1 x-m n2-out", "p1-m x-out n2-gnd"),
        _topology(
            "3:2 series-parallel", 2 / 3, "p1-n1 p2-n2", "vin-p1 n1-out vin-p2 n2-out", "p1-out n1-p2 n2-gnd"
        ),
        _topology("3:2 ladder", 2 / 3, "p1-x x-n2 m-gnd", "vin-p1 x-out n2-m", "p1-out x-m n2-gnd"),
    )
}  # fmt: skip


class Multipliers(NamedTuple):
    """What a topology does with a unit of output charge and of input voltage.

    Args:
        ratio: input charge per output charge, which is output voltage over input voltage.
        capacitors: (n_c,) charge through each capacitor per output charge, a_c.
        switches: (n_s,) charge through each switch, a_r.
        held: (n_c,) voltage of each capacitor, per input volt.
        swings: (n_c,) by how much each bottom plate moves between the phases, per input volt.
        blocked: (n_s,) what each open switch holds off, per input volt.
    """

    ratio: float
    capacitors: Floats
    switches: Floats
    held: Floats
    swings: Floats
    blocked: Floats


@cache
def multipliers(name: str) -> Multipliers:
    """Charge multipliers and ideal voltages of a topology, by Kirchhoff's laws.

    Args:
        name: one of `TOPOLOGIES`.

    Raises:
        SpecError: another name.

    Example:
        >>> found = multipliers("3:1 series-parallel")
        >>> round(found.ratio, 12), found.capacitors.round(12).tolist()
        (0.333333333333, [0.333333333333, 0.333333333333])
    """
    topology = TOPOLOGIES[check_name("topology", name, TOPOLOGIES)]
    charges = _charges(topology)
    n_c = len(topology.capacitors)
    from_input = [i for i, one in enumerate(topology.switches) if "vin" in one[:2]]
    voltages = _voltages(topology)
    swings = [voltages[1][bottom] - voltages[0][bottom] for _, bottom in topology.capacitors]
    blocked = [voltages[1 - s.phase][s.first] - voltages[1 - s.phase][s.second] for s in topology.switches]
    return Multipliers(
        float(sum(abs(charges[n_c + i]) for i in from_input)),
        np.abs(charges[:n_c]),
        np.abs(charges[n_c:]),
        np.array([voltages[0][top] - voltages[0][bottom] for top, bottom in topology.capacitors]),
        np.abs(swings),
        np.abs(blocked),
    )


def _charges(topology: Topology) -> Floats:
    """Charge into every capacitor's top in phase 0 (the same comes out in phase 1), then through every switch."""
    inner, n_c = topology.inner, len(topology.capacitors)
    rows = np.zeros((2 * len(inner) + 1, n_c + len(topology.switches)))
    place = {(phase, node): phase * len(inner) + i for phase in (0, 1) for i, node in enumerate(inner)}

    def carry(column: int, phase: int, start: str, end: str, sign: float) -> None:
        """Charge leaves `start` and arrives at `end`; what arrives at the output makes the last row."""
        for node, share in ((start, -sign), (end, sign)):
            if node in inner:
                rows[place[phase, node], column] += share
            elif node == "out":
                rows[-1, column] += share

    for column, (top, bottom) in enumerate(topology.capacitors):
        for phase, sign in ((0, 1.0), (1, -1.0)):
            carry(column, phase, top, bottom, sign)
    for column, one in enumerate(topology.switches, start=n_c):
        carry(column, one.phase, one.first, one.second, 1.0)
    wanted = np.append(np.zeros(2 * len(inner)), 1.0)
    return np.asarray(np.linalg.lstsq(rows, wanted, rcond=None)[0])


def _voltages(topology: Topology) -> list[dict[str, float]]:
    """Voltage of every node in both phases without load, per input volt."""
    inner, n_c = topology.inner, len(topology.capacitors)
    unknown = [(phase, node) for phase in (0, 1) for node in (*inner, "out")]
    rows, wanted = [], []

    def equation(phase: int, first: str, second: str, capacitor: int | None = None) -> None:
        """`first` less `second` is nothing, or a capacitor's voltage."""
        row, right = np.zeros(len(unknown) + n_c), 0.0
        for node, sign in ((first, 1.0), (second, -1.0)):
            if node == "vin":
                right -= sign
            elif node != "gnd":
                row[unknown.index((phase, node))] += sign
        if capacitor is not None:
            row[len(unknown) + capacitor] = -1.0
        rows.append(row)
        wanted.append(right)

    for one in topology.switches:
        equation(one.phase, one.first, one.second)
    for i, (top, bottom) in enumerate(topology.capacitors):
        equation(0, top, bottom, i)
        equation(1, top, bottom, i)
    same = np.zeros(len(unknown) + n_c)
    same[unknown.index((0, "out"))], same[unknown.index((1, "out"))] = 1.0, -1.0
    found = np.linalg.lstsq(np.array([*rows, same]), np.array([*wanted, 0.0]), rcond=None)[0]
    by_phase: list[dict[str, float]] = [{"vin": 1.0, "gnd": 0.0}, {"vin": 1.0, "gnd": 0.0}]
    for (phase, node), value in zip(unknown, found.tolist(), strict=False):
        by_phase[phase][node] = value
    return by_phase


@dataclass(frozen=True)
class Cell:
    """A converter with sizes.

    Args:
        topology: one of `TOPOLOGIES`.
        capacitances_f: (n_c,) of its capacitors, > 0.
        resistance_ohm: of every closed switch, > 0.
        frequency_hz: of switching, > 0.
        output_f: at the output, > 0.
        interleaved: how many equal parts switch in turn, >= 1; capacitances and switches are those of all together.
    """

    topology: str
    capacitances_f: tuple[float, ...]
    resistance_ohm: float
    frequency_hz: float
    output_f: float
    interleaved: int = 1

    @property
    def slow_ohm(self) -> float:
        """Equation (1), times what (4) leaves."""
        squares = multipliers(self.topology).capacitors ** 2
        whole = float((squares / np.array(self.capacitances_f)).sum() / self.frequency_hz)
        both = output_capacitances(self.topology, self.capacitances_f)
        held_f = self.output_f + float(both.mean()) * (1.0 - 1.0 / self.interleaved)
        return whole * held_f / (held_f + float(both.min()) / self.interleaved)

    @property
    def fast_ohm(self) -> float:
        """Equation (2)."""
        return float((multipliers(self.topology).switches ** 2).sum() * self.resistance_ohm / DUTY)

    @property
    def output_ohm(self) -> float:
        """Equation (3).

        Example:
            >>> round(Cell("2:1", (1e-9,), 1.0, 50e6, 10e-9).output_ohm, 3)
            4.76
        """
        return float((self.slow_ohm**BLEND + self.fast_ohm**BLEND) ** (1.0 / BLEND))

    def output_v(self, input_v: float, load_a: float) -> float:
        """Mean output voltage under a constant load current."""
        return multipliers(self.topology).ratio * input_v - load_a * self.output_ohm

    def ripple_v(self, load_a: float) -> float:
        """Peak to peak at the output: what the load draws between two deliveries of charge.

        With one part it is the droop of the phase that has less capacitance at the output; several parts are in both
        phases by halves. Switches are taken as fast: where resistances decide, the ripple is smaller.
        """
        both = output_capacitances(self.topology, self.capacitances_f)
        held_f = self.output_f + (float(both.min()) if self.interleaved == 1 else float(both.mean()))
        return load_a / (2.0 * self.interleaved * self.frequency_hz * held_f)


def output_capacitances(name: str, capacitances_f: tuple[float, ...]) -> Floats:
    """What a converter's own capacitors add at its output, in each phase, (2,) in farad.

    Args:
        name: of the topology.
        capacitances_f: (n_c,).

    Example:
        >>> output_capacitances("3:2 series-parallel", (2.0, 2.0)).tolist()
        [4.0, 1.0]
    """
    topology = TOPOLOGIES[name]
    totals = []
    for phase in (0, 1):
        joined = {node: node for node in (*FIXED, *topology.inner)}
        for one in topology.switches:
            if one.phase == phase:
                kept, gone = sorted((joined[one.first], joined[one.second]), key=lambda node: node not in FIXED)
                joined = {node: kept if to == gone else to for node, to in joined.items()}
        totals.append(_capacitance_at_output(topology, joined, capacitances_f))
    return np.array(totals)


def _capacitance_at_output(topology: Topology, joined: dict[str, str], capacitances_f: tuple[float, ...]) -> float:
    """Of the capacitors between joined nodes, with the input and ground held."""
    free = [node for node in dict.fromkeys(joined.values()) if node not in ("vin", "gnd")]
    at = {node: i for i, node in enumerate(free)}
    matrix = np.zeros((len(free), len(free)))
    for (top, bottom), value in zip(topology.capacitors, capacitances_f, strict=True):
        ends = [at[node] for node in (joined[top], joined[bottom]) if node in at]
        for i in ends:
            matrix[i, i] += value
        if len(ends) == 2:
            matrix[ends[0], ends[1]] -= value
            matrix[ends[1], ends[0]] -= value
    out = at["out"]
    others = [i for i in range(len(free)) if i != out]
    inside = matrix[np.ix_(others, others)]
    seen = matrix[out, out] - matrix[out, others] @ np.linalg.lstsq(inside, matrix[others, out], rcond=None)[0]
    return float(seen)
