"""`list` and `show`: what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli.options import Json
from archwright.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from archwright.core.catalog import Entry, Kind
    from archwright.core.problem import Problem
    from archwright.core.space import Space

TableText = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]
KindName = Annotated[
    str | None, typer.Argument(metavar="[KIND]", help="problems, optimizers, simulators or systems; all by default.")
]
Thing = Annotated[str, typer.Argument(metavar="THING", help="A problem, optimizer, simulator, system or TOML file.")]


def list_entries(kind: KindName = None, json: Json = False) -> None:
    """List problems, optimizers, simulators and systems."""
    from archwright.core.catalog import KINDS, catalogue
    from archwright.core.errors import check_name

    kinds = [one for one in KINDS if kind is None or one == check_name("kind", kind, KINDS)]
    if json:
        say_json({one: [_entry_json(entry) for entry in catalogue(one).values()] for one in kinds})
        return
    shown = [one for one in kinds if kind is not None or catalogue(one)]
    for position, one in enumerate(shown):
        if position:
            say()
        rows = [(e.name, e.summary + _origin(e)) for e in catalogue(one).values()]
        say_table((one, ""), rows or [("none yet", "")])


def _entry_json(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "summary": entry.summary, "package": entry.package}


def _origin(entry: Entry) -> str:
    return "" if entry.package == "archwright" else f" (from {entry.package})"


def show(thing: Thing, json: Json = False) -> None:
    """Show one of them: space, metrics, goals, options."""
    kinds = kinds_of(thing) or [None]
    found = [describe(thing, kind) for kind in kinds]
    if json:
        say_json(found[0] if len(found) == 1 else found)
        return
    for position, one in enumerate(found):
        if position:
            say()
        _say_one(one)


def _say_one(found: Mapping[str, Any]) -> None:
    say(f"{found['name']} ({found['kind']})")
    if found["summary"]:
        say(found["summary"])
    for title, heads, rows in _tables(found):
        say()
        say_table((title, *heads), rows)


def kinds_of(thing: str) -> list[Kind | None]:
    """The kinds in which something has that name: a problem, a simulator and a system may share one.

    Example:
        >>> kinds_of("eie")[:2]
        ['problems', 'simulators']
    """
    from archwright.core.catalog import KINDS, catalogue

    return [kind for kind in KINDS if thing.partition("[")[0] in catalogue(kind)]


def describe(thing: str, kind: Kind | None = None) -> dict[str, Any]:
    """What `show` knows of `thing`, as plain JSON.

    Args:
        thing: a name, or a problem file.
        kind: where the name stands, if it stands in several places.

    Raises:
        SpecError: nothing is called so; the nearest name is offered.
    """
    from archwright.cli.docstrings import first_sentence, option_notes
    from archwright.cli.problems import is_file, open_problem
    from archwright.core.catalog import KINDS, catalogue, find, make_problem
    from archwright.core.errors import check_name

    if is_file(thing):
        problem, _ = open_problem(thing)
        return {"name": problem.name, "kind": "problem", "summary": "", "options": [], **_problem_json(problem)}
    homes: dict[str, Kind] = {name: kind for kind in KINDS for name in catalogue(kind)}
    name = thing.partition("[")[0]
    kind = kind or homes[check_name("name", name, homes)]
    entry = find(kind, name)
    made = entry.load()
    bare = made.func if isinstance(made, partial) else made
    notes = option_notes(bare) if callable(bare) else []
    found: dict[str, Any] = {
        "name": thing,
        "kind": kind.removesuffix("s"),
        "summary": entry.summary or first_sentence(bare),
        "options": [{"name": n.name, "default": n.default, "text": n.text} for n in notes],
    }
    return {**found, **_problem_json(make_problem(thing))} if kind == "problems" else found


def _problem_json(problem: Problem) -> dict[str, Any]:
    from archwright.core.goal import Goals
    from archwright.core.problem import Referenced

    references = problem.references() if isinstance(problem, Referenced) else ()
    return {
        "version": problem.version,
        "space": space_json(problem.space),
        "metrics": dict(problem.metrics),
        "goals": Goals(tuple(problem.goals)).texts(),
        "references": [
            {"name": r.name, "source": r.source, "is_optimal": r.is_optimal, "metrics": r.metrics, "design": r.design}
            for r in references
        ],
    }


def space_json(space: Space) -> dict[str, Any]:
    """A space as plain JSON: its kind, its number of decisions, and every parameter it names.

    Example:
        >>> from archwright.core.record import Record
        >>> space_json(Record(load=["diode", "resistor"]))["parameters"]
        [{'name': 'load', 'choices': ['diode', 'resistor']}]
    """
    from archwright.core.record import Record
    from archwright.core.space import Real

    found: dict[str, Any] = {"kind": type(space).__name__, "decisions": space.horizon, "parameters": []}
    if not isinstance(space, Record):
        return {**found, "axes": list(space.axes)}
    for name, parameter in space.parameters.items():
        if isinstance(parameter, Real):
            found["parameters"].append({"name": name, **parameter._asdict()})
        else:
            found["parameters"].append({"name": name, "choices": list(parameter)})
    return found


def _tables(found: Mapping[str, Any]) -> list[TableText]:
    """`(first head, other heads, rows)` of everything there is to show."""
    tables: list[TableText] = []
    if "space" in found:
        tables.append(_space_table(found["space"]))
        tables.append(("metric", ("unit",), [(name, unit or "-") for name, unit in found["metrics"].items()]))
        tables.append(("goal", (), [(text,) for text in found["goals"]]))
    if found.get("references"):
        tables.append(
            ("reference", ("figures", "source"), [_reference_row(one, found["metrics"]) for one in found["references"]])
        )
    if found["options"]:
        rows = [(one["name"], one["default"] or "-", one["text"]) for one in found["options"]]
        tables.append(("option", ("default", ""), rows))
    return tables


def _space_table(space: Mapping[str, Any]) -> TableText:
    if not space["parameters"]:
        axes = ", ".join(space["axes"][:12]) + (", ..." if len(space["axes"]) > 12 else "")
        return "space", ("decisions", "axes"), [(space["kind"], str(space["decisions"]), axes)]
    return "parameter", ("from", "to", "step", "scale"), [_parameter_row(one) for one in space["parameters"]]


def _parameter_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    if "choices" in one:
        return one["name"], "one of " + ", ".join(map(str, one["choices"])), "", "", ""
    step = "-" if one["step"] is None else f"{one['step']:g}"
    return one["name"], f"{one['low']:g}", f"{one['high']:g}", step, "log" if one["log"] else "linear"


def _reference_row(one: Mapping[str, Any], units: Mapping[str, str]) -> tuple[str, ...]:
    from archwright.report.quantities import label, show

    figures = ", ".join(f"{label(name, units[name])} {show(x, units[name])}" for name, x in one["metrics"].items())
    return one["name"] + (" (optimal)" if one["is_optimal"] else ""), figures, one["source"]
