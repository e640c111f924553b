"""Where the figures of a study come from, and the command that makes them again."""

from __future__ import annotations

import json
import shlex

from archwright.core.store import StudySpec
from archwright.report.history import Tally


def command(spec: StudySpec, simulations: int) -> str:
    """The command line that runs a study like this one, in any store.

    Args:
        spec: of the study.
        simulations: its budget so far.
    """
    words = ["archwright", "run", spec.problem, "--with", spec.optimizer, "--trials", str(simulations)]
    words += ["--seed", str(spec.seed), "--batch", str(spec.batch)]
    for text in spec.goals:
        words += ["--goal", text]
    for name, value in spec.options.items():
        words += ["--option", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    words += ["--name", spec.name]
    return shlex.join(words)


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
