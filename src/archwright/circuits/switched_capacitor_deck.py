"""A switched-capacitor converter as an ngspice deck: what its analysis by charge multipliers is held against."""

from __future__ import annotations

from typing import NamedTuple

from archwright.circuits.ngspice.batch import run_deck
from archwright.circuits.switched_capacitor import TOPOLOGIES, Cell, multipliers
from archwright.core.errors import SimulatorFailed, SpecError

OPEN_OHM = 1e9
EDGE = 1e-3
"""Rise and fall of the switches' control, in periods."""
SETTLING = 6.0
"""Time constants of the output that pass before it is measured."""
MEASURED = 4
"""Periods over which it is measured."""
LONGEST = 2000
"""Most periods that are simulated."""


class Waveform(NamedTuple):
    """What a transient simulation of a converter shows once it has settled.

    Args:
        output_v: mean.
        ripple_v: peak to peak.
        input_a: mean current from the input.
    """

    output_v: float
    ripple_v: float
    input_a: float


def periods_to_settle(cell: Cell) -> int:
    """Periods until the output of a converter has settled, as its time constant says."""
    constant_s = cell.output_ohm * (cell.output_f + sum(cell.capacitances_f))
    return int(SETTLING * constant_s * cell.frequency_hz) + 4


def converter_deck(cell: Cell, input_v: float, load_a: float) -> str:
    """The deck of a converter without interleaving, with a transient analysis and measures of `Waveform`.

    Switches are ideal with the cell's resistance, driven by two clocks that do not overlap; capacitors start at their
    ideal voltages, the output at what the analysis expects.

    Args:
        cell: with one part.
        input_v: constant.
        load_a: constant.

    Raises:
        SpecError: the cell is interleaved, or takes too many periods to settle.
    """
    if cell.interleaved != 1:
        raise SpecError("interleaved", cell.interleaved, "1 in a deck")
    waiting = periods_to_settle(cell)
    if waiting > LONGEST:
        raise SpecError("output_f", cell.output_f, f"an output that settles within {LONGEST} periods")
    topology, period_s = TOPOLOGIES[cell.topology], 1.0 / cell.frequency_hz
    edge_s = EDGE * period_s
    lines = [f"* {cell.topology} converter", f"vin vin 0 {input_v!r}", f"iload out 0 {load_a!r}"]
    for phase in (0, 1):
        start_s = phase * period_s / 2 + edge_s
        times = [start_s, edge_s, edge_s, period_s / 2 - 3 * edge_s, period_s]
        lines.append(f"vphase{phase} phase{phase} 0 pulse(0 1 {' '.join(map(repr, times))})")
    lines.append(f".model switch sw vt=0.5 vh=0.2 ron={cell.resistance_ohm!r} roff={OPEN_OHM!r}")
    for i, one in enumerate(topology.switches):
        first, second = (_node(node) for node in one[:2])
        lines.append(f"s{i} {first} {second} phase{one.phase} 0 switch")
    start_v = cell.output_v(input_v, load_a)
    held = _held_voltages(cell.topology, input_v)
    for i, ((top, bottom), value) in enumerate(zip(topology.capacitors, cell.capacitances_f, strict=True)):
        lines.append(f"c{i} {_node(top)} {_node(bottom)} {value!r} ic={held[i]!r}")
    lines.append(f"cout out 0 {cell.output_f!r} ic={start_v!r}")
    since_s, until_s = waiting * period_s, (waiting + MEASURED) * period_s
    window = f"from={since_s!r} to={until_s!r}"
    lines += [
        ".options reltol=1e-5 abstol=1e-12 vntol=1e-8",
        f".tran {period_s / 200!r} {until_s!r} {max(0.0, since_s - period_s)!r} {period_s / 200!r} uic",
        f".meas tran output_v avg v(out) {window}",
        f".meas tran ripple_v pp v(out) {window}",
        f".meas tran drawn_a avg i(vin) {window}",
    ]
    return "\n".join(lines) + "\n"


def _node(name: str) -> str:
    return "0" if name == "gnd" else name


def _held_voltages(name: str, input_v: float) -> list[float]:
    return [float(share) * input_v for share in multipliers(name).held]


def simulate_converter(cell: Cell, input_v: float, load_a: float, *, timeout_s: float = 60.0) -> Waveform:
    """Run `converter_deck` in ngspice.

    Args:
        cell: with one part.
        input_v: constant.
        load_a: constant.
        timeout_s: wall-clock limit.

    Raises:
        SimulatorMissing: ngspice is not installed.
        SimulatorFailed: it did not converge or gave no measure.
        SpecError: as `converter_deck`.
    """
    answer = run_deck(converter_deck(cell, input_v, load_a), timeout_s=timeout_s)
    names = ("output_v", "ripple_v", "drawn_a")
    if not all(name in answer.values for name in names):
        raise SimulatorFailed("ngspice -b deck.cir", "a measure is missing")
    output_v, ripple_v, drawn_a = (answer.values[name] for name in names)
    return Waveform(output_v, ripple_v, -drawn_a)
