"""The result of a study in one sentence."""

from __future__ import annotations

from archwright.core.trial import Trial
from archwright.report.judgement import KnownDesign
from archwright.report.quantities import label, show_score
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
    sentence = f"The best of {counts.simulations:,} simulated designs {meets}scores {show_score(best.score)}"
    return f"{sentence}{_beside(best, subject.known)}."


def _beside(best: Trial, known: list[KnownDesign]) -> str:
    """How it stands to the design that is to be beaten first, and to the best one known if that is another."""
    rivals = [one for one in known if one.score is not None and one.violation == 0.0]
    if not rivals:
        return ""
    top = max(rivals, key=lambda one: one.score or 0.0)
    return "".join(f"{link} {_against(best, one)}" for link, one in _linked(rivals[0], top))


def _linked(first: KnownDesign, top: KnownDesign) -> list[tuple[str, KnownDesign]]:
    return [(",", first)] if top is first else [(",", first), (" and", top)]


def _against(best: Trial, rival: KnownDesign) -> str:
    assert rival.score is not None
    name = f"the {rival.name} design" if " " not in rival.name else f"the {rival.name}"
    is_news = rival.reference.is_optimal and "optim" not in rival.name
    proved = ", proved to be the optimum" if is_news else ""
    if abs(best.score - rival.score) <= 1e-6 * abs(rival.score):
        return f"equal to {name}{proved}"
    if show_score(best.score) == show_score(rival.score):
        return f"level with {name}"
    word = "above" if best.score > rival.score else "below"
    return f"{word} {name} ({show_score(rival.score)}{proved})"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
