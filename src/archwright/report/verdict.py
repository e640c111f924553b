"""The result of a study in one sentence."""

from __future__ import annotations

from archwright.core.trial import Trial
from archwright.report.judgement import KnownDesign
from archwright.report.quantities import label
from archwright.report.subject import Subject


def verdict(subject: Subject) -> str:
    """What came out, for a reader who reads nothing else."""
    best, counts = subject.best, subject.counts
    if best is None:
        return (
            f"None of {counts.trials:,} trials gave an answer yet."
            if counts.trials
            else "This study has no trials yet."
        )
    if not best.is_feasible:
        missed = [label(row.metric, row.unit) for row in subject.rows if row.met is False]
        return (
            f"No design among {counts.simulations:,} simulations meets every goal yet; "
            f"the nearest misses {_listed(missed)}."
        )
    n_goals = len(subject.goals.constraints)
    meets = {0: "", 1: "meets the constraint and "}.get(n_goals, f"meets all {n_goals} constraints and ")
    sentence = f"The best of {counts.simulations:,} simulated designs {meets}scores {best.score:.4g}"
    return sentence + _beside(best, subject.known) + "."


def _beside(best: Trial, known: list[KnownDesign]) -> str:
    rivals = [one for one in known if one.score is not None and one.violation == 0.0]
    if not rivals:
        return ""
    rival = max(rivals, key=lambda one: one.score or 0.0)
    assert rival.score is not None
    if abs(best.score - rival.score) <= 1e-6 * abs(rival.score):
        proved = ", which is proved to be the optimum" if rival.reference.is_optimal else ""
        return f", exactly the {rival.name} design's score{proved}"
    word = "above" if best.score > rival.score else "below"
    return f", {word} the {rival.name} design's {rival.score:.4g}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
