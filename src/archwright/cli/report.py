"""`report`: a study as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archwright.cli.address import read_subject
from archwright.cli.options import Out, StoreName
from archwright.cli.output import hint, say, write_text
from archwright.cli.progress import Bar

Metrics = Annotated[
    list[str] | None, typer.Option("--metric", metavar="METRIC", help="For the trade-off figure; give it twice.")
]


def report(store: StoreName, out: Out = None, metric: Metrics = None) -> None:
    """Write a study as one HTML file.

    The best design beside goals and references, convergence, trade-off, parameters, reasons of failure, provenance. The
    file needs no network.
    """
    from archwright.report.study_page import study_page

    with Bar("report"):
        subject = read_subject(store)
        page = study_page(subject, metric or ())
    spec, problem = subject.spec, subject.problem
    if problem.version != spec.problem_version:
        hint(f"{problem.name} has version {problem.version} now; this study ran on version {spec.problem_version}")
    target = out or Path(f"{file_name(spec.name)}.html")
    write_text(target, page)
    say(f"{target}: {subject.counts.trials:,} trials, {len(page) // 1000:,} kB")


def file_name(name: str) -> str:
    """A study's name as the stem of a file.

    Example:
        >>> file_name("tia/first run")
        'tia-first-run'
    """
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".") or "report"
