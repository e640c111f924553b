"""`run` and `retry`: simulating."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli import DONE, GOALS_NOT_MET
from archwright.cli.address import open_to_write
from archwright.cli.options import (
    DEFAULT_STORE,
    Batch,
    GoalTexts,
    Jobs,
    MethodOptions,
    Name,
    Pool,
    ProblemName,
    ProblemOptions,
    Retries,
    Seconds,
    Seed,
    Store,
    StoreName,
    Timeout,
    Trials,
    read_options,
)
from archwright.cli.output import hint, say
from archwright.cli.progress import Bar
from archwright.cli.stopping import stoppable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archwright.core.run import Progress
    from archwright.core.study import Study
    from archwright.core.trial import Trial

Method = Annotated[str, typer.Option("--with", metavar="OPT", help="The optimizer.")]


def run(
    problem: ProblemName,
    with_: Method,
    trials: Trials = None,
    seconds: Seconds = None,
    goal: GoalTexts = None,
    seed: Seed = 0,
    jobs: Jobs = 1,
    batch: Batch = None,
    pool: Pool = None,
    timeout_s: Timeout = None,
    retries: Retries = 0,
    option: MethodOptions = None,
    set_: ProblemOptions = None,
    store: Store = DEFAULT_STORE,
    name: Name = None,
) -> int:
    """Search a problem; the same command again goes on.

    A study is stored under its name; stopped at any moment and run again, it ends in the same table. The exit code is 1
    when no design meets every goal.
    """
    from archwright.core.run import Budget

    Budget(trials, seconds)  # refused before a store is made
    words = {"option": read_options("--option", option), "set": read_options("--set", set_)}
    study = open_study(problem, with_, words, store, name, goals=goal or None, seed=seed, batch=batch)
    with Bar(study.spec.name, trials or seconds) as bar, stoppable(lambda: kept(study)):
        study.run(
            trials=trials,
            seconds=seconds,
            pool=pool,
            jobs=jobs,
            timeout_s=timeout_s,
            retries=retries,
            on_progress=shown_on(bar, by_trials=trials is not None),
        )
    return say_result(study, store)


def open_study(
    problem: str, method: str, words: Mapping[str, Mapping[str, Any]], store: str, name: str | None, **settings: Any
) -> Study:
    """The study that a command line means, new or stored.

    Args:
        problem: PROBLEM as typed.
        method: the optimizer.
        words: `option` of the optimizer and `set` of the problem.
        store: where it lives or shall live.
        name: of it, or None for one made from problem, method and seed.
        settings: goals, seed and batch, for `Study.open`.
    """
    from archwright.cli.problems import open_problem
    from archwright.core.study import Study

    made, source = open_problem(problem, words["set"])
    named = name or f"{made.name}-{method}-{settings['seed']}"
    return Study.open(store, named, made, method, options=words["option"], source=source, **settings)


def shown_on(bar: Bar, *, by_trials: bool) -> Callable[[Progress], None]:
    """What keeps `bar` up to date with a running study."""

    def show(progress: Progress) -> None:
        best = progress.best
        note = "" if best is None else f"score {best.score:.4g}" if best.is_feasible else "no goal-meeting design yet"
        done = progress.simulations if by_trials else progress.seconds
        bar.update(done, f"{progress.trials:,} trials, {note}" if note else f"{progress.trials:,} trials")

    return show


def kept(study: Study) -> str:
    """What a stopped study has stored."""
    return f"{study.store.count(study.id):,} trials of {study.spec.name} are stored"


def say_result(study: Study, store: str) -> int:
    """Print what a study came to in three lines; returns the exit code."""
    trials = study.table()
    best = study.best()
    simulated = sum(trial.attempts > 0 for trial in trials)
    say(f"{study.spec.name}: {len(trials):,} trials, {simulated:,} simulated")
    say(_result(best))
    say(f"look at it: archwright report {shlex.quote(f'{store}:{study.spec.name}')}")
    return DONE if best is not None and best.is_feasible else GOALS_NOT_MET


def _result(best: Trial | None) -> str:
    if best is None:
        return "no trial gave an answer; archwright status says why"
    if best.is_feasible:
        return f"goals met, best score {best.score:.6g} in trial {best.number}"
    return f"goals missed, least violation {best.violation:.4g} in trial {best.number}"


def retry(store: StoreName, jobs: Jobs = 1, timeout_s: Timeout = None, retries: Retries = 0) -> None:
    """Evaluate the failed trials of a study again."""
    study = open_to_write(store)
    failed = sum(trial.state == "failed" for trial in study.table())
    with Bar(f"retry {study.spec.name}"), stoppable(lambda: kept(study)):
        again = study.retry(jobs=jobs, timeout_s=timeout_s, retries=retries)
    answered = sum(trial.state != "failed" for trial in again)
    say(f"{study.spec.name}: {failed:,} failed trials tried again, {answered:,} answered now")
    for reason in sorted({trial.reason for trial in again if trial.state == "failed"})[:5]:
        hint(f"still failed: {reason}")
