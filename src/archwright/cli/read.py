"""`status`, `best` and `front`: looking at studies; safe while they run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archwright.cli import DONE, GOALS_NOT_MET
from archwright.cli.address import open_store, pick, read_address
from archwright.cli.options import Json, StoreName
from archwright.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archwright.core.store import StudySpec
    from archwright.core.trial import Trial


def status(store: StoreName, json: Json = False) -> None:
    """Show how far the studies of a store are.

    With a NAME one of them closely: what its trials came to, and why; and while no design meets every goal, which goals
    seem to conflict.
    """
    address = read_address(store)
    with open_store(address.store) as opened:
        picked = opened.studies() if address.name is None else [pick(opened, address.name)]
        tables = [(spec, opened.trials(study_id)) for study_id, spec in picked]
    found = [status_json(spec, trials) for spec, trials in tables]
    if json:
        say_json({"studies": found})
    elif address.name is None:
        _say_studies(found)
    else:
        _say_study(found[0])
        _say_conflict(*tables[0])


def _say_conflict(spec: StudySpec, trials: Sequence[Trial]) -> None:
    """One line on the goals that seem to conflict, where there is something to say."""
    import numpy as np

    from archwright.cli.problems import stored_problem
    from archwright.core.errors import SimulatorMissing, SpecError
    from archwright.core.goal import Goals
    from archwright.report.conflicts import find_conflict

    if any(trial.is_feasible for trial in trials):
        return
    try:
        space = stored_problem(spec.problem).space
    except (SpecError, SimulatorMissing):  # a study can be read where its problem is not installed
        return
    found = find_conflict(space, Goals.read(spec.goals), trials, rng=np.random.default_rng(spec.seed))
    if found is not None:
        say(found.line(spec.units))


def status_json(spec: StudySpec, trials: Sequence[Trial]) -> dict[str, Any]:
    """Where a study stands, as plain JSON."""
    from archwright.core.study import best_of
    from archwright.report.history import tally

    best = best_of(trials)
    counts = asdict(tally(trials))
    reasons = [{"state": state, "reason": text, "count": n} for state, text, n in counts.pop("reasons")]
    return {
        "name": spec.name,
        "problem": spec.problem,
        "optimizer": spec.optimizer,
        "seed": spec.seed,
        "goals": list(spec.goals),
        **counts,
        "reasons": reasons,
        "best_trial": None if best is None else best.number,
        "best_score": None if best is None else best.score,
        "goals_met": best is not None and best.is_feasible,
    }


def _say_studies(found: Sequence[Mapping[str, Any]]) -> None:
    heads = ("study", "problem", "optimizer", "seed", "trials", "feasible", "failed", "goals", "score")
    rows: list[tuple[str, ...]] = [
        (one["name"], one["problem"], one["optimizer"], str(one["seed"]), f"{one['trials']:,}",
         f"{one['feasible']:,}", f"{one['failed']:,}", _met(one), _score(one))
        for one in found
    ]  # fmt: skip
    say_table(heads, rows or [("none yet", *[""] * 8)], right=(3, 4, 5, 6, 8))


def _met(one: Mapping[str, Any]) -> str:
    return "met" if one["goals_met"] else "missed"


def _score(one: Mapping[str, Any]) -> str:
    return "-" if one["best_score"] is None else f"{one['best_score']:.5g}"


def _say_study(one: Mapping[str, Any]) -> None:
    say(f"{one['name']}: {one['optimizer']} on {one['problem']}, seed {one['seed']}")
    say(f"goals: {'; '.join(one['goals'])}")
    say()
    counts = ("trials", "simulations", "cached", "feasible", "missed", "infeasible", "failed")
    say_table(("trials came to", ""), [(name, f"{one[name]:,}") for name in counts], right=(1,))
    say()
    if one["reasons"]:
        rows = [(reason["state"], reason["reason"], f"{reason['count']:,}") for reason in one["reasons"]]
        say_table(("state", "reason", "count"), rows, right=(2,))
        say()
    if one["best_trial"] is None:
        say("no answer yet")
    else:
        say(f"goals {_met(one)}, best score {_score(one)} in trial {one['best_trial']}")


def best(store: StoreName, json: Json = False) -> int:
    """Show the best design of a study.

    The exit code is 1 when it does not meet every goal.
    """
    from archwright.cli.verdicts import say_verdict, verdict_json
    from archwright.core.errors import SpecError
    from archwright.core.goal import Goals
    from archwright.core.study import best_of

    spec, trials = _read(store)
    found = best_of(trials)
    if found is None:
        raise SpecError("study", spec.name, f"one with an answer; none of its {len(trials)} trials has one yet")
    goals = Goals.read(spec.goals)
    if json:
        say_json({"study": spec.name, "trial": found.number, **verdict_json(found, goals)})
    else:
        say(f"{spec.name}: trial {found.number} of {len(trials):,}")
        say()
        say_verdict(found, spec.units, goals)
        _say_conflict(spec, trials)
    return DONE if found.is_feasible else GOALS_NOT_MET


def front(store: StoreName, json: Json = False) -> None:
    """Show the designs that no other beats.

    Those that meet every goal and are not beaten in all objectives at once.
    """
    from archwright.core.goal import Goals
    from archwright.core.study import front_of
    from archwright.report.quantities import label, show

    spec, trials = _read(store)
    found = front_of(trials)
    if json:
        rows = [{"trial": t.number, "design": t.design, "metrics": t.metrics, "score": t.score} for t in found]
        say_json({"study": spec.name, "front": rows})
        return
    if not found:
        say(f"{spec.name}: no design meets every goal yet")
        return
    metrics = list(dict.fromkeys(one.metric for one in Goals.read(spec.goals).goals))
    heads = ("trial", *(label(metric, spec.units[metric]) for metric in metrics), "score")
    cells = [
        (str(t.number), *(show(t.metrics[metric], spec.units[metric]) for metric in metrics), f"{t.score:.5g}")
        for t in found
    ]
    say_table(heads, cells, right=range(len(heads)))


def _read(text: str) -> tuple[StudySpec, list[Trial]]:
    address = read_address(text)
    with open_store(address.store) as store:
        study_id, spec = pick(store, address.name)
        return spec, store.trials(study_id)
