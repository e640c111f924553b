"""A study's table as text in other formats, and designs read back from such text."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.cli.output import plain, read_text
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    from archwright.core.space import Design, Space
    from archwright.report.subject import Subject

_JUDGED = ("violation", "score", "seconds", "attempts", "reason")


def as_csv(subject: Subject) -> str:
    """One line per trial: number, state, the design's parameters, metrics, judgement.

    A parameter called like another column is headed `design.NAME`; designs without named parameters stand in one
    column `design` as JSON.
    """
    metrics = list(subject.spec.units)
    named = _parameters(subject)
    taken = {"number", "state", *metrics, *_JUDGED}
    heads = [f"design.{name}" if name in taken else name for name in named] or ["design"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "state", *heads, *metrics, *_JUDGED])
    for trial in subject.trials:
        design = [trial.design[name] for name in named] if named else [json.dumps(trial.design)]
        judged = [_cell(getattr(trial, name)) for name in _JUDGED]
        writer.writerow([trial.number, trial.state, *design, *(trial.metrics.get(m, "") for m in metrics), *judged])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "" if isinstance(value, float) and plain(value) is None else value


def _parameters(subject: Subject) -> list[str]:
    from archwright.core.record import Record

    space = subject.problem.space
    return list(space.axes) if isinstance(space, Record) else []


def as_json(subject: Subject) -> str:
    """The study and its trials as one JSON object."""
    from dataclasses import asdict

    found = {"study": asdict(subject.spec), "trials": [asdict(trial) for trial in subject.trials]}
    return json.dumps(plain(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_spice(subject: Subject) -> str:
    """The best design as a SPICE deck: of a problem with a netlist, or of a problem file with a netlist template.

    Raises:
        SpecError: the problem has neither, or no trial has an answer yet.
    """
    from archwright.circuits.netlist import Netlist
    from archwright.circuits.ngspice.spice_deck import to_spice
    from archwright.user_problems.placeholders import fill
    from archwright.user_problems.spice_runner import SpiceRunner

    netlist, runner = (getattr(subject.problem, name, None) for name in ("netlist", "runner"))
    if not isinstance(netlist, Netlist) and not isinstance(runner, SpiceRunner):
        raise SpecError("--to", "spice", f"csv, json or optuna; {subject.problem.name} has no netlist")
    if subject.best is None:
        raise SpecError("study", subject.spec.name, "one with an answer to write as a deck")
    if isinstance(runner, SpiceRunner):
        return fill(runner.template, subject.best.design)
    assert isinstance(netlist, Netlist)
    return f"{to_spice(netlist, subject.best.design)}.end\n"


def read_designs(source: str, space: Space, best: int | None = None) -> list[Design]:
    """Designs from a JSON or CSV file or another study, each once.

    Args:
        source: a file that ends in `.json` or `.csv`, or STORE[:NAME].
        space: what they are designs of.
        best: only so many of the best of another study.

    Raises:
        SpecError: the source cannot be read, or holds no design.
    """
    if best is not None and best < 1:
        raise SpecError("--best", best, "a whole number above 0")
    if source.endswith(".json"):
        found = _from_json(source)
    elif source.endswith(".csv"):
        found = _from_csv(source, space)
    else:
        found = _from_study(source)
    distinct = list({json.dumps(design, sort_keys=True): design for design in found}.values())
    if not distinct:
        raise SpecError("source", source, "a file or study with at least one design")
    return distinct[:best]


def _from_json(source: str) -> list[Design]:
    try:
        found = json.loads(read_text(Path(source), field="source"))
    except ValueError as error:
        raise SpecError("source", source, f"a file with JSON; {error}") from error
    for name in ("trials", "front"):
        if isinstance(found, dict) and isinstance(found.get(name), list):
            found = found[name]
    many = found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else [found]
    return [one["design"] if isinstance(one, dict) and "design" in one else one for one in many]


def _from_csv(source: str, space: Space) -> list[Design]:
    from archwright.core.record import Record

    rows = csv.DictReader(io.StringIO(read_text(Path(source), field="source")))
    heads = list(rows.fieldnames or ())
    if not isinstance(space, Record):
        if "design" not in heads:
            raise SpecError("source", source, "a CSV file with a column `design` of JSON")
        return [json.loads(row["design"]) for row in rows]
    columns = {name: f"design.{name}" if f"design.{name}" in heads else name for name in space.axes}
    missing = [name for name, column in columns.items() if column not in heads]
    if missing:
        raise SpecError("source", source, f"a CSV file with a column per parameter; {', '.join(missing)} missing")
    return [{name: _value(space, name, row[column]) for name, column in columns.items()} for row in rows]


def _value(space: Any, name: str, text: str) -> Any:
    """A cell as the parameter's value; what is no value is left as text, for the space to refuse."""
    from archwright.core.space import Real

    parameter = space.parameters[name]
    if not isinstance(parameter, Real):
        return next((choice for choice in parameter if str(choice) == text), text)
    try:
        return float(text)
    except ValueError:
        return text


def _from_study(source: str) -> list[Design]:
    from archwright.cli.address import open_store, pick, read_address

    address = read_address(source)
    with open_store(address.store) as store:
        study_id, _ = pick(store, address.name)
        done = [trial for trial in store.trials(study_id) if trial.state == "done"]
    return [trial.design for trial in sorted(done, key=lambda trial: (*trial.rank_key, trial.number))]
