"""`demo`: a real amplifier, sized better than its published human design."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli import DONE, GOALS_NOT_MET
from archwright.cli.output import say, write_text
from archwright.cli.progress import Bar
from archwright.cli.run import kept, shown_on
from archwright.cli.stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archwright.core.problem import Problem
    from archwright.core.trial import Trial
    from archwright.report.subject import Subject

PROBLEM, METHOD, SEED = "three-stage-tia", "differential_evolution", 0
DemoTrials = Annotated[int, typer.Option("--trials", metavar="N", help="Simulations.")]
DemoStore = Annotated[str, typer.Option("--store", metavar="STORE", help="Where the study is stored.")]
DemoOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the report is written.")]


def demo(trials: DemoTrials = 15_000, store: DemoStore = "demo.db", out: DemoOut = Path("demo-report.html")) -> int:
    """Size a real amplifier better than its human design.

    Prints both beside the goals, confirms the design in ngspice where that is installed, and writes the report.
    """
    import numpy as np

    from archwright.cli.problems import open_problem
    from archwright.cli.verdicts import say_figures
    from archwright.core.run import Budget
    from archwright.core.study import Study
    from archwright.report.study_page import study_page
    from archwright.report.subject import Subject

    Budget(trials, None)
    problem, source = open_problem(PROBLEM)
    say(f"Sizing the {PROBLEM} amplifier with {METHOD}: {trials:,} simulations, seed {SEED}, stored in {store}")
    study = Study.open(store, "demo", problem, METHOD, seed=SEED, source=source)
    with Bar("compiling the simulator"):  # once per machine, and not the study's time
        problem.evaluate(random_designs(problem, study.spec.batch), rng=np.random.default_rng(SEED))
    with Bar("demo", trials) as bar, stoppable(lambda: kept(study)):
        study.run(trials=trials, on_progress=shown_on(bar, by_trials=True))
    with Bar("report"):
        subject = Subject(study.spec, problem, study.table())
        write_text(out, study_page(subject))
    best = subject.best
    if best is None:
        say("No trial gave an answer; archwright status says why")
        return GOALS_NOT_MET
    say()
    wanted = {goal.metric: problem.metrics[goal.metric] for goal in subject.goals.goals}
    say_figures(best.metrics, wanted, subject.goals, subject.known[:1], "ours")
    say()
    for line in (_score_line(subject), confirmation(best, list(wanted))):
        say(line)
    say()
    say(f"Report: {out}")
    say(f"Next:   archwright best {store}:demo")
    say(f"        archwright compare {PROBLEM} --with random,{METHOD} --trials 2000 --seeds 5")
    say("        archwright list")
    return DONE if best.is_feasible else GOALS_NOT_MET


def random_designs(problem: Problem, n: int) -> list[Any]:
    """`n` designs of a problem's space."""
    import numpy as np

    from archwright.core.space import decode_many

    return decode_many(problem.space, np.random.default_rng(SEED).random((n, problem.space.horizon)))


def _score_line(subject: Subject) -> str:
    from archwright.report.verdict import verdict

    seconds, simulations = subject.counts.seconds, subject.counts.simulations
    return (
        f"{verdict(subject)} {seconds:.1f} s of simulation, {simulations / max(seconds, 1e-9):,.0f} designs a second."
    )


def confirmation(best: Trial, metrics: Sequence[str]) -> str:
    """The best design's `metrics` simulated by ngspice, in one line; or why they were not."""
    import numpy as np

    from archwright.core.catalog import make_problem
    from archwright.core.errors import SimulatorMissing

    how = "apt-get install ngspice"
    if shutil.which("ngspice") is None:
        return f"ngspice is not installed, so the design was not confirmed there; to get it: {how}"
    try:
        peer: Any = make_problem(PROBLEM, engine="ngspice")
        outcome = peer.evaluate([best.design], rng=np.random.default_rng(0))[0]
    except SimulatorMissing as error:
        return f"not confirmed in ngspice: {error}"
    if not isinstance(outcome, dict):
        return f"not confirmed: ngspice gave no answer ({outcome})"
    apart = max(abs(outcome[name] / best.metrics[name] - 1) for name in metrics)
    return f"Confirmed in ngspice: all {len(metrics)} metrics within {100 * apart:.1g} % of the embedded simulator."
