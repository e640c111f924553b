"""Arguments and options that several verbs share, and how `NAME=VALUE` words are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from archwright.core.errors import SpecError

DEFAULT_STORE = "archwright.db"

StoreName = Annotated[str, typer.Argument(metavar="STORE[:NAME]", help="A store, and a study in it if it has several.")]
ProblemName = Annotated[str, typer.Argument(metavar="PROBLEM", help="A catalogue name, or your own TOML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Trials = Annotated[int | None, typer.Option("--trials", metavar="N", help="Simulations in all, those stored included.")]
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="S", help="Stop this run after S seconds.")]
GoalTexts = Annotated[
    list[str] | None,
    typer.Option("--goal", metavar="TEXT", help="'min METRIC', 'METRIC >= VALUE UNIT' ...; repeat for more."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="I", help="Fixes every random choice.")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", help="Simulations at a time.")]
Batch = Annotated[int | None, typer.Option("--batch", metavar="N", help="Designs asked at a time.")]
Pool = Annotated[
    str | None,
    typer.Option("--pool", metavar="POOL", help="inline, processes, workers or dask://HOST:PORT."),
]
Timeout = Annotated[float | None, typer.Option("--timeout-s", metavar="S", help="Limit of one trial in seconds.")]
Retries = Annotated[int, typer.Option("--retries", metavar="N", help="Further attempts for a failed trial.")]
MethodOptions = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An option of the optimizer; repeat for more."),
]
ProblemOptions = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the problem; repeat for more."),
]
Store = Annotated[str, typer.Option("--store", metavar="STORE", help="A file, or postgresql://... .")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Of the study; made from problem and seed.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it.")]


def read_options(field: str, words: Sequence[str] | None) -> dict[str, Any]:
    """`NAME=VALUE` words as a dict; a value is JSON where it can be, else text.

    Raises:
        SpecError: a word without `=`, or a name given twice.

    Example:
        >>> read_options("--option", ["population=50", "strategy=best1bin"])
        {'population': 50, 'strategy': 'best1bin'}
    """
    from archwright.core.catalog import read_value

    found: dict[str, Any] = {}
    for word in words or ():
        name, is_pair, text = word.partition("=")
        if not is_pair or not name:
            raise SpecError(field, word, "NAME=VALUE")
        if name in found:
            raise SpecError(field, word, f"{name} once")
        found[name] = read_value(text)
    return found
