"""`evaluate`: one design, judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli import DONE, GOALS_NOT_MET
from archwright.cli.options import GoalTexts, Json, ProblemName, ProblemOptions, Seed, read_options
from archwright.cli.output import read_text, say_json

if TYPE_CHECKING:
    from archwright.core.problem import Problem

DesignFile = Annotated[
    str, typer.Argument(metavar="DESIGN", help="A JSON file, `-` for stdin, or the name of a reference such as human.")
]


def evaluate(
    problem: ProblemName,
    design: DesignFile,
    goal: GoalTexts = None,
    set_: ProblemOptions = None,
    seed: Seed = 0,
    json: Json = False,
) -> int:
    """Evaluate one design and judge it by the goals."""
    import numpy as np

    from archwright.cli.problems import open_problem
    from archwright.cli.verdicts import say_verdict, verdict_json
    from archwright.core.goal import Goals
    from archwright.core.space import check_design
    from archwright.core.trial import judge
    from archwright.report.judgement import known_designs

    made, _ = open_problem(problem, read_options("--set", set_))
    goals = Goals.read(goal or made.goals, made.metrics)
    ready = check_design(made.space, read_design(made, design))
    outcome = made.evaluate([ready], rng=np.random.default_rng([seed, 0, 1]))[0]
    trial = judge(0, ready, outcome, goals, seconds=0.0, attempts=1)
    if json:
        say_json(verdict_json(trial, goals))
    else:
        say_verdict(trial, made.metrics, goals, known_designs(made, goals), ours="this design")
    return DONE if trial.is_feasible else GOALS_NOT_MET


def read_design(problem: Problem, text: str) -> Any:
    """The design in a JSON file, on stdin for `-`, or of the reference called `text`.

    Raises:
        SpecError: no such file or reference, or no JSON in it.
    """
    import json
    import sys

    from archwright.core.errors import SpecError
    from archwright.core.problem import Referenced

    references = {r.name: r.design for r in problem.references()} if isinstance(problem, Referenced) else {}
    if references.get(text) is not None and not Path(text).exists():
        return references[text]
    content = sys.stdin.read() if text == "-" else read_text(Path(text), field="design")
    try:
        found = json.loads(content)
    except ValueError as error:
        raise SpecError("design", text, f"a file with JSON; {error}") from error
    return found["design"] if isinstance(found, dict) and set(found) >= {"design", "metrics"} else found
