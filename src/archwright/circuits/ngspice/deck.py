"""A deck as a user writes it, rewritten so that every analysis in it answers.

Three habits of ngspice 39 make this needed. `run` carries out the `.meas` lines of its last analysis only and drops
the others without a word. Measures are printed with 6 digits and are no vectors. And without a control block the
analyses run only when something is printed or plotted. So a deck with k analyses becomes k decks with one each, run
one after the other in one process, whose results all stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ANALYSIS = re.compile(r"\.(ac|dc|tran|op|noise|tf)\b", re.IGNORECASE)
_MEASURE = re.compile(r"\.meas(?:ure)?\s+(\w+)\s+(\w+)", re.IGNORECASE)
_VALUE = re.compile(r"^\s*(\w+)\s*=\s*([-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf))(?=\s|$)", re.IGNORECASE)
_SETTINGS = ("set num_threads=1", "set numdgt=16")
RESULT = "archwright_result_"
"""Prefix of the vectors that hold the values of expressions."""


@dataclass(frozen=True)
class Deck:
    """A deck taken apart.

    Args:
        title: the first line, which ngspice never reads as a device.
        circuit: devices, models, options: all lines that are neither an analysis nor a measure.
        analyses: e.g. `.ac dec 10 1 1g`, in order.
        measures: (kind of analysis, name, line) of each `.meas`.
        control: the lines inside the deck's own `.control` block, empty when it has none.
    """

    title: str
    circuit: tuple[str, ...]
    analyses: tuple[str, ...]
    measures: tuple[tuple[str, str, str], ...]
    control: tuple[str, ...]

    @property
    def measure_names(self) -> tuple[str, ...]:
        """Names of the `.meas` lines, in lower case as ngspice prints them."""
        return tuple(name for _, name, _ in self.measures)


def read_deck(text: str) -> Deck:
    """Take a deck apart; lines that start with `+` are joined to the one before.

    Example:
        >>> text = "rc\\nv1 a 0 ac 1\\nr1 a b 1k\\nc1 b 0 1n\\n.ac dec 9 1 1g\\n.meas ac f3\\n+ when vdb(b)=-3"
        >>> deck = read_deck(text)
        >>> deck.analyses, deck.measure_names
        (('.ac dec 9 1 1g',), ('f3',))
    """
    title, *lines = text.split("\n") if text else [""]
    circuit, analyses, measures, control = list[str](), list[str](), list[tuple[str, str, str]](), list[str]()
    is_control = False
    for line in _joined(lines):
        word = line.split()[0].lower()
        measure = _MEASURE.match(line)
        if word in (".control", ".endc"):
            is_control = word == ".control"
        elif is_control:
            control.append(line)
        elif measure:
            measures.append((measure.group(1).lower(), measure.group(2).lower(), line))
        elif _ANALYSIS.match(line):
            analyses.append(line)
        elif word != ".end":
            circuit.append(line)
    return Deck(title, tuple(circuit), tuple(analyses), tuple(measures), tuple(control))


def _joined(lines: list[str]) -> list[str]:
    joined: list[str] = []
    for line in map(str.strip, lines):
        if line.startswith("+") and joined:
            joined[-1] += " " + line[1:].strip()
        elif line and not line.startswith("*"):
            joined.append(line)
    return joined


def batch_files(deck: Deck, expressions: Mapping[str, str]) -> dict[str, str]:
    """The files of one batch run: `deck.cir`, which is started, and one more for each further analysis.

    Args:
        deck: the circuit; one with a control block of its own is run by that block.
        expressions: vector expression by the name that its value shall have; evaluated after all analyses, in the
            plot of the last one (others by name: `op1.v(out)`, `ac1.v(out)`).

    Returns:
        Text by file name.
    """
    if deck.control:
        return {"deck.cir": _text(deck, deck.analyses, deck.measures, (*_SETTINGS, *deck.control, "quit"))}
    files, control = {}, [*_SETTINGS]
    for position, analysis in enumerate(deck.analyses):
        if position:
            control.append(f"source analysis_{position}.cir")
            files[f"analysis_{position}.cir"] = _text(deck, (analysis,), _of_kind(deck, analysis), ())
        control.append("run")
    for position, expression in enumerate(expressions.values()):
        control += [f"let {RESULT}{position} = {expression}", f"print {RESULT}{position}"]
    first = deck.analyses[:1]
    files["deck.cir"] = _text(deck, first, _of_kind(deck, *first), (*control, "quit"))
    return files


def _of_kind(deck: Deck, *analysis: str) -> tuple[tuple[str, str, str], ...]:
    kinds = [line.split()[0].lower()[1:] for line in analysis]
    return tuple(measure for measure in deck.measures if measure[0] in kinds)


def _text(
    deck: Deck, analyses: tuple[str, ...], measures: tuple[tuple[str, str, str], ...], control: tuple[str, ...]
) -> str:
    block = (".control", *control, ".endc") if control else ()
    lines = (deck.title, *deck.circuit, *analyses, *(line for _, _, line in measures), *block, ".end")
    return "\n".join(lines) + "\n"


def printed_values(printed: str, expressions: Mapping[str, str]) -> dict[str, float]:
    """The numbers in what ngspice printed: measures by name, and the values of `expressions` by theirs.

    Example:
        >>> printed_values("f3  =  1.5878e+05\\n.meas ac f4 when vdb(b)=30 failed!", {})
        {'f3': 158780.0}
    """
    found: dict[str, float] = {}
    for line in printed.splitlines():
        value = _VALUE.match(line)
        if value:
            found[value.group(1).lower()] = float(value.group(2))
    for position, name in enumerate(expressions):
        if (key := f"{RESULT}{position}") in found:
            found[name] = found.pop(key)
    return found
