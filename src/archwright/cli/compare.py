"""`compare`: several methods on one problem, over seeds."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli.options import (
    Batch,
    GoalTexts,
    Jobs,
    Json,
    Name,
    Out,
    ProblemName,
    ProblemOptions,
    Retries,
    Store,
    Timeout,
    read_options,
)
from archwright.cli.output import hint, say, say_json, say_table, write_text
from archwright.cli.progress import Bar
from archwright.cli.stopping import stoppable

if TYPE_CHECKING:
    from archwright.core.problem import Problem
    from archwright.core.trial import Trial
    from archwright.report.comparison import Comparison

Methods = Annotated[str, typer.Option("--with", metavar="A,B,C", help="The optimizers.")]
Simulations = Annotated[int, typer.Option("--trials", metavar="N", help="Simulations of each study.")]
Seeds = Annotated[int, typer.Option("--seeds", metavar="N", help="Studies of each method, with seeds 0 to N-1.")]


def compare(
    problem: ProblemName,
    with_: Methods,
    trials: Simulations,
    seeds: Seeds = 5,
    goal: GoalTexts = None,
    set_: ProblemOptions = None,
    batch: Batch = None,
    jobs: Jobs = 1,
    timeout_s: Timeout = None,
    retries: Retries = 0,
    store: Store = "compare.db",
    name: Name = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Compare optimizers over seeds.

    Runs, or goes on with, a study per optimizer and seed. Names a winner only where the difference is more than the
    noise of the seeds. Writes a page with learning curves, ranks and tests.
    """
    from archwright.cli.problems import open_problem
    from archwright.core.goal import Goals
    from archwright.report.comparison import Comparison, comparison_json, comparison_page

    methods = read_methods(with_)
    check_counts(trials, seeds)
    made, source = open_problem(problem, read_options("--set", set_))
    goals = Goals.read(goal or made.goals, made.metrics)
    prefix = name or f"compare-{made.name}"
    settings: dict[str, Any] = {"batch": batch, "source": source, "goals": goals.goals, "store": store}
    running: dict[str, Any] = {"trials": trials, "jobs": jobs, "timeout_s": timeout_s, "retries": retries}
    tables = run_all(made, prefix, methods, seeds, settings, running)
    comparison = Comparison(made, goals, trials, tables, range(seeds))
    words = ["archwright", "compare", problem, "--with", with_, "--trials", str(trials), "--seeds", str(seeds)]
    words += [word for text in goals.texts() for word in ("--goal", text)]
    target = out or Path(f"{prefix}.html")
    with Bar("page"):
        write_text(target, comparison_page(comparison, shlex.join(words)))
    if json:
        say_json({**comparison_json(comparison), "page": str(target)})
        return
    say_comparison(comparison)
    hint(f"page: {target}")


def read_methods(text: str) -> list[str]:
    """The optimizers in `A,B,C`.

    Raises:
        SpecError: one is unknown or named twice.
    """
    from archwright.core.catalog import find
    from archwright.core.errors import SpecError

    methods = [find("optimizers", one.strip()).name for one in text.split(",")]
    if len(set(methods)) < len(methods):
        raise SpecError("--with", text, "every optimizer once")
    return methods


def check_counts(trials: int, seeds: int) -> None:
    """Refuse budgets and numbers of seeds that are not above 0."""
    from archwright.core.errors import SpecError
    from archwright.core.run import Budget

    Budget(trials, None)
    if seeds < 1:
        raise SpecError("--seeds", seeds, "a whole number above 0; 5 tell a little, 10 more")


def run_all(
    problem: Problem,
    prefix: str,
    methods: Sequence[str],
    seeds: int,
    settings: Mapping[str, Any],
    running: Mapping[str, Any],
) -> dict[str, list[list[Trial]]]:
    """Run, or go on with, the study of every method and seed; returns their tables."""
    from archwright.core.store import Store as Opened
    from archwright.core.study import Study

    settings = dict(settings)
    tables: dict[str, list[list[Trial]]] = {method: [] for method in methods}
    with Bar(prefix, len(methods) * seeds) as bar, Opened.open(settings.pop("store")) as store:
        for position, (seed, method) in enumerate((s, m) for s in range(seeds) for m in methods):
            study = Study.open(store, f"{prefix}-{method}-{seed}", problem, method, seed=seed, **settings)
            bar.update(position, f"{method}, seed {seed}")
            kept = f"{position} of {len(methods) * seeds} studies are done, and all finished trials stored"
            with stoppable(lambda kept=kept: kept):  # type: ignore[misc]
                tables[method].append(study.run(**running).table())
    return tables


def say_comparison(comparison: Comparison) -> None:
    """Print standings and verdict."""
    from archwright.report.comparison import show_score

    rows = [
        (one.method, show_score(one), f"{one.n_feasible} of {one.n_seeds}", f"{one.rank:.2f}",
         f"{one.rank_low:g} to {one.rank_high:g}")
        for one in comparison.final.standings
    ]  # fmt: skip
    heads = ("method", "score, median (quartiles)", "meets every goal", "rank", "95 % interval")
    say_table(heads, rows, right=(1, 2, 3, 4))
    say()
    say(comparison.final.verdict)
