"""`reproduce`: a published system's claims beside what comes out here."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archwright.cli import DONE, GOALS_NOT_MET
from archwright.cli.options import Json, Out, Store
from archwright.cli.output import hint, say, say_json, say_table, write_text
from archwright.cli.progress import Bar
from archwright.cli.stopping import stoppable

if TYPE_CHECKING:
    from archwright.systems.claim import Claim
    from archwright.systems.evidence import Evidence
    from archwright.systems.scope import Scope

System = Annotated[str, typer.Argument(metavar="SLUG", help="A system: see archwright list systems.")]
Full = Annotated[bool, typer.Option("--full", help="The whole protocol of the paper, all seeds: minutes to hours.")]
StudiesAtATime = Annotated[
    int | None, typer.Option("--jobs", metavar="N", help="Studies at a time; one per core by default.")
]


def reproduce(
    system: System,
    full: Full = False,
    jobs: StudiesAtATime = None,
    store: Store = "reproduce.db",
    out: Out = None,
    json: Json = False,
) -> int:
    """Reproduce a published system.

    Prints every claim: the published figure, ours, the target, the verdict. All studies are stored: the same command
    again goes on. Writes a page with the plots. The exit code is 1 when a claim is missed.
    """
    from archwright.core.catalog import find
    from archwright.core.errors import SpecError
    from archwright.report.system_page import show_verdict, system_page
    from archwright.systems.scope import Scope

    entry = find("systems", system)
    if jobs is not None and jobs < 1:
        raise SpecError("--jobs", jobs, "a whole number above 0")
    n_jobs = jobs or len(os.sched_getaffinity(0))
    with Bar(entry.name, 1.0) as bar, stoppable(lambda: f"the studies run so far are stored in {store}"):
        scope = Scope(store, full, n_jobs, lambda what, done, of: bar.update(done / of, what))
        claims, evidence = collect(entry.load(), scope)
    words = ["archwright", "reproduce", entry.name, *(["--full"] if full else [])]
    target = out or Path(f"{entry.name}.html")
    write_text(target, system_page(entry.name, entry.summary, claims, evidence, shlex.join(words)))
    if json:
        say_json({"system": entry.name, "claims": [claim.as_plain() for claim in claims], "page": str(target)})
    else:
        say_claims(claims)
        say()
        say(f"{show_verdict(claims)}.")
        hint(f"page: {target}")
    return GOALS_NOT_MET if any(claim.met is False for claim in claims) else DONE


def collect(run: Callable[[Scope], Iterator[Claim | Evidence]], scope: Scope) -> tuple[list[Claim], list[Evidence]]:
    """Run a system to its end; its claims, and the evidence for its page."""
    from archwright.systems.claim import Claim

    claims: list[Claim] = []
    evidence: list[Evidence] = []
    for one in run(scope):
        if isinstance(one, Claim):
            claims.append(one)
        else:
            evidence.append(one)
    return claims, evidence


def say_claims(claims: list[Claim]) -> None:
    """Print a row per claim."""
    from archwright.report.system_page import show_figure, show_met

    rows = [
        (one.name, show_figure(one.published), show_figure(one.ours), one.target, show_met(one.met), one.note)
        for one in claims
    ]
    say_table(("claim", "published", "ours", "target", "verdict", "note"), rows, right=(1, 2))
