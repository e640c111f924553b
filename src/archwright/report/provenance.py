"""Where the figures of a study come from, and the command that makes them again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from archwright.core.store import StudySpec
from archwright.report.history import Tally

_OPTIONS = " with "


def source_text(name: str, options: Mapping[str, Any]) -> str:
    """A problem and its options as the one text that a study stores.

    Example:
        >>> source_text("three-stage-tia", {"engine": "ngspice"})
        'three-stage-tia with {"engine": "ngspice"}'
    """
    return name + (_OPTIONS + json.dumps(options, sort_keys=True) if options else "")


def read_source(text: str) -> tuple[str, dict[str, Any]]:
    """The problem and its options in a text that `source_text` made.

    Example:
        >>> read_source('three-stage-tia with {"engine": "ngspice"}')
        ('three-stage-tia', {'engine': 'ngspice'})
    """
    name, _, options = text.partition(_OPTIONS + "{")
    return name, json.loads("{" + options) if options else {}


def command(spec: StudySpec, simulations: int) -> str:
    """The command line that runs a study like this one, in any store.

    Args:
        spec: of the study.
        simulations: its budget so far.
    """
    problem, settings = read_source(spec.problem)
    words = ["archwright", "run", problem]
    for name, value in settings.items():
        words += ["--set", _pair(name, value)]
    words += ["--with", spec.optimizer, "--trials", str(simulations)]
    words += ["--seed", str(spec.seed), "--batch", str(spec.batch)]
    for text in spec.goals:
        words += ["--goal", text]
    for name, value in spec.options.items():
        words += ["--option", _pair(name, value)]
    words += ["--name", spec.name]
    return shlex.join(words)


def _pair(name: str, value: Any) -> str:
    return f"{name}={value if isinstance(value, str) else json.dumps(value)}"


def provenance_rows(spec: StudySpec, counts: Tally) -> list[tuple[str, str]]:
    """What made a study, as `(what, value)` rows for people.

    Args:
        spec: of the study.
        counts: of its trials.
    """
    per_trial = counts.seconds / counts.simulations if counts.simulations else 0.0
    options = ", ".join(f"{name} = {value}" for name, value in spec.options.items())
    rows = [
        ("Problem", f"{spec.problem}, version {spec.problem_version}"),
        ("Optimizer", f"{spec.optimizer}, {options or 'default options'}"),
        ("Seed and batch", f"seed {spec.seed}, {spec.batch} designs a batch"),
        (
            "Trials",
            f"{counts.trials:,}, of which {counts.simulations:,} simulated and {counts.cached:,} from the cache",
        ),
        ("Simulator time", f"{counts.seconds:.3g} s in all, {1e3 * per_trial:.3g} ms a design"),
    ]
    versions = {name: value for name, value in spec.provenance.items() if name not in ("platform", "created_at")}
    rows.append(("Versions", ", ".join(f"{name} {value}" for name, value in versions.items())))
    for name, title in (("platform", "Machine"), ("created_at", "Begun")):
        if name in spec.provenance:
            rows.append((title, str(spec.provenance[name])))
    return rows
