"""The page of a compressed network: stages, what was counted beside what was measured, and bars per layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archwright.report.quantities import label, show
from archwright.report.render import picture, render
from archwright.report.svg import FAINT, OURS, figure, inline

if TYPE_CHECKING:
    from archwright.compression.compress import Compressed, LayerChange

COUNTED = ("", "B", "cycles")
"""Units of whole numbers."""
MOST_BARS = 60
"""Layers beyond these are left out of the picture, the smallest first; the table has them all."""


def compression_page(found: Compressed, name: str, files: Mapping[str, int], command: str) -> str:
    """The HTML of a compression.

    Args:
        found: by `compress`.
        name: of the model.
        files: bytes by name of what was written.
        command: the command line that makes it again.
    """
    before, after = found.before, found.after
    lead = (
        f"{before['bytes']:,.0f} bytes became {after['bytes']:,.0f} ({before['bytes'] / after['bytes']:.1f}x), "
        f"accuracy on test data {100 * before['quality']:.2f} % became {100 * after['quality']:.2f} %"
    )
    return render(
        "compression.html",
        heading=name,
        lead=lead,
        stages=stage_rows(found),
        measures=measure_rows(found),
        bars=picture(bars(found.layers)),
        left_out=max(len(found.layers) - MOST_BARS, 0),
        layers=[layer_row(one) for one in found.layers],
        files=[(path, f"{n_bytes:,}") for path, n_bytes in files.items()],
        command=command,
    )


def stage_rows(found: Compressed) -> list[tuple[str, str, str, str, str]]:
    """Stage, bytes, rate, accuracy on validation and test data."""
    dense = found.stages[0].n_bytes
    return [
        (one.name, f"{one.n_bytes:,}", f"{dense / one.n_bytes:.1f}x", f"{100 * one.validation:.2f} %",
         f"{100 * one.test:.2f} %")
        for one in found.stages
    ]  # fmt: skip


def measure_rows(found: Compressed) -> list[tuple[str, str, str, str, str]]:
    """Measure, before, after, share, budget."""
    from archwright.compression.budget import MEASURES

    limits = {one.measure: f"{one.resolved(found.before[one.measure]):,.9g}" for one in found.budgets}
    rows = []
    for name, unit in MEASURES.items():
        if name in found.after:
            before, after = found.before[name], found.after[name]
            share = f"{100 * after / before:.1f} %" if before else "-"
            then, now = (f"{one:,.0f}" if unit in COUNTED else show(one, unit) for one in (before, after))
            rows.append((label(name, "" if unit in COUNTED else unit), then, now, share, limits.get(name, "-")))
    return rows


def layer_row(one: LayerChange) -> tuple[str, ...]:
    """A layer of the table."""
    pairs = [f"{before:,} to {after:,}" for before, after in (one.macs, one.parameters, one.n_bytes)]
    return one.name, *pairs, f"{one.percent:.1f} %", str(one.bits)


def bars(layers: Sequence[LayerChange]) -> str:
    """The SVG of bytes and operations per layer, before and after."""
    largest = sorted(range(len(layers)), key=lambda k: -layers[k].n_bytes[0])[:MOST_BARS]
    shown = [layers[k] for k in sorted(largest)]
    with figure(7.6, 1.0 + 0.22 * len(shown)) as drawn:
        panels = drawn.subplots(1, 2, sharey=True)
        places = range(len(shown))
        pairs = ([one.n_bytes for one in shown], [one.macs for one in shown])
        for axes, heading, values in zip(panels, ("bytes stored", "multiply-accumulates"), pairs, strict=True):
            axes.barh(places, [before for before, _ in values], height=0.8, color=FAINT)
            axes.barh(places, [after for _, after in values], height=0.5, color=OURS)
            axes.set_xlabel(heading)
        panels[0].set_yticks(list(places), [one.name for one in shown])
        panels[0].invert_yaxis()
        return inline(drawn, "layers", "Bytes and multiply-accumulates of every layer before and after")
