"""Between rows and objects: how a study's spec and its trials are written, and read back exactly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import RowMapping

from archwright.core.errors import Failed, Infeasible, StoreError
from archwright.core.goal import Goals
from archwright.core.problem import Outcome
from archwright.core.trial import Trial, judge


@dataclass(frozen=True)
class StudySpec:
    """Everything that defines a study.

    Args:
        name: unique in its store.
        problem: a catalogue name, or the path of a TOML file.
        problem_version: of the problem when the study was made.
        optimizer: a catalogue name or `module:class`.
        options: keyword options of the optimizer.
        goals: as text, one each.
        seed: >= 0.
        batch: designs asked at a time.
        units: unit of each metric.
        provenance: versions, platform and time of its making.
    """

    name: str
    problem: str
    problem_version: str
    optimizer: str
    options: Mapping[str, Any]
    goals: tuple[str, ...]
    seed: int
    batch: int
    units: Mapping[str, str]
    provenance: Mapping[str, Any]


_encode = json.JSONEncoder().encode
_JSON_FIELDS = ("options", "goals", "units", "provenance")


def write_spec(spec: StudySpec) -> dict[str, Any]:
    """The row of the study table."""
    row = {field.name: getattr(spec, field.name) for field in fields(spec)}
    for name in _JSON_FIELDS:
        row[name] = plain_json(row[name], f"study {spec.name!r}, {name}")
    row["seed"] = str(spec.seed)
    return row


def read_spec(row: RowMapping) -> StudySpec:
    """The spec that `write_spec` wrote."""
    values = {field.name: row[field.name] for field in fields(StudySpec)}
    for name in _JSON_FIELDS:
        values[name] = json.loads(values[name])
    return StudySpec(**{**values, "goals": tuple(values["goals"]), "seed": int(values["seed"])})


def write_trials(study_id: int, trials: Sequence[Trial]) -> list[tuple[Any, ...]]:
    """Rows of the trial table, values in the order of its columns.

    Raises:
        StoreError: a design or a hint is not plain JSON.
    """
    try:
        return [
            (
                study_id,
                trial.number,
                _encode(trial.design),
                trial.state,
                _encode(dict(trial.metrics)),
                trial.violation,
                trial.score,
                trial.seconds,
                trial.attempts,
                plain_text(trial.reason) if trial.reason else "",
                None if trial.hint is None else _encode(trial.hint),
            )
            for trial in trials
        ]
    except (TypeError, ValueError):
        for trial in trials:
            for what in ("design", "metrics", "hint"):
                plain_json(getattr(trial, what), what, trial.number)
        raise


def read_trials(rows: Sequence[Any], goals: Goals) -> list[Trial]:
    """Trials of rows with the columns number, design, state, metrics, seconds, attempts, reason, hint."""
    designs = _read_all(row.design for row in rows)
    metrics = _read_all(row.metrics for row in rows)
    hints = _read_all(row.hint or "null" for row in rows)
    return [
        judge(
            row.number, design, _outcome(row.state, values, row.reason), goals,
            seconds=row.seconds, attempts=row.attempts, hint=hint,
        )
        for row, design, values, hint in zip(rows, designs, metrics, hints, strict=True)
    ]  # fmt: skip


def _read_all(texts: Iterable[str]) -> list[Any]:
    # One call for all rows: several times faster than one call each.
    found: list[Any] = json.loads(f"[{','.join(texts)}]")
    return found


def _outcome(state: str, metrics: dict[str, float], reason: str) -> Outcome:
    if state == "done":
        return metrics
    return Infeasible(reason) if state == "infeasible" else Failed(reason)


def write_outcome(outcome: Outcome) -> str:
    """An outcome as one JSON text.

    Example:
        >>> write_outcome(Failed("no convergence"))
        '{"failed": "no convergence"}'
    """
    if isinstance(outcome, Infeasible | Failed):
        kind = "infeasible" if isinstance(outcome, Infeasible) else "failed"
        return json.dumps({kind: plain_text(str(outcome))})
    return json.dumps({"done": dict(outcome)})


def read_outcome(text: str) -> Outcome:
    """The outcome that `write_outcome` wrote."""
    ((kind, content),) = json.loads(text).items()
    if kind == "done":
        metrics: dict[str, float] = content
        return metrics
    return Infeasible(content) if kind == "infeasible" else Failed(content)


def plain_json(value: Any, what: str, number: int | None = None) -> str:
    """`value` as JSON text.

    Raises:
        StoreError: it is not plain JSON; `what` and the trial's `number` say where it stands.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError) as error:
        where = what if number is None else f"trial {number}, {what}"
        raise StoreError(f"{where}: not plain JSON: {error}") from error


def plain_text(text: str) -> str:
    """`text` without what a database refuses: null characters and broken surrogates from a tool's output."""
    return text.replace("\x00", "\\0").encode("utf-8", "replace").decode()
