"""The page of a reproduced system: its claims beside what came out, and the pictures and tables behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archwright.report.curves import budgets, curve, curves_figure
from archwright.report.points import points_figure
from archwright.report.render import adopt, picture, render
from archwright.systems.claim import Claim, Figure
from archwright.systems.evidence import Curves, Evidence, Picture, Points, Sheet

DIGITS = 5


def show_figure(value: Figure) -> str:
    """A figure of a claim as text, a dash where there is none.

    Example:
        >>> show_figure(0.000136941), show_figure("5 of 5 seeds"), show_figure(None), show_figure(123456.0)
        ('0.00013694', '5 of 5 seeds', '-', '123,456')
    """
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.{DIGITS}g}"


def show_met(met: bool | None) -> str:
    """The verdict on one claim.

    Example:
        >>> [show_met(one) for one in (True, False, None)]
        ['met', 'missed', '-']
    """
    return "-" if met is None else "met" if met else "missed"


def show_verdict(claims: Sequence[Claim]) -> str:
    """How many claims are met, in a sentence.

    Example:
        >>> show_verdict([Claim("a", 1.0, 1.0, "1", True), Claim("b", 1.0, 2.0, "1", False)])
        '1 of 2 claims met; missed: b'
    """
    asked = [claim for claim in claims if claim.met is not None]
    missed = [claim.name for claim in asked if not claim.met]
    counts = f"{len(asked) - len(missed)} of {len(asked)} claims met"
    return f"{counts}; missed: {', '.join(missed)}" if missed else counts


def system_page(name: str, summary: str, claims: Sequence[Claim], evidence: Sequence[Evidence], command: str) -> str:
    """The HTML of a reproduction.

    Args:
        name: of the system.
        summary: one line on it.
        claims: in the order of the paper.
        evidence: what to draw, in order.
        command: the command line that makes it again.
    """
    return render(
        "system.html",
        heading=name,
        summary=summary,
        verdict=f"{show_verdict(claims)}.",
        rows=[
            {**one.as_plain(), "published": show_figure(one.published), "ours": show_figure(one.ours),
             "verdict": show_met(one.met)}
            for one in claims
        ],
        parts=list(_parts(evidence)),
        command=command,
    )  # fmt: skip


def _parts(evidence: Sequence[Evidence]) -> Iterator[dict[str, Any]]:
    """What the template needs of each piece: title, note, and a drawing, its key, or a table."""
    for position, one in enumerate(evidence):
        part = {"title": one.title, "note": one.note, "figure": None, "key": (), "heads": (), "rows": ()}
        yield {**part, **_body(one, f"part-{position}")}


def _body(one: Evidence, name: str) -> Mapping[str, Any]:
    if isinstance(one, Sheet):
        return {"heads": one.heads, "rows": one.rows}
    if isinstance(one, Picture):
        return {"figure": adopt(one.svg, name, one.title)}
    if isinstance(one, Points):
        return {"figure": picture(points_figure(one, name)), "key": list(one.series)}
    return {"figure": picture(_curves(one, name)), "key": list(one.tables)}


def _curves(one: Curves, name: str) -> str:
    at = budgets(one.n_trials)
    curves = {method: [curve(table, at) for table in tables] for method, tables in one.tables.items()}
    return curves_figure(at, curves, one.known, name)
