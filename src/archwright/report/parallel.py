"""Parallel coordinates: how good designs differ from poor ones, parameter by parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Design, Real, Space, encode_many
from archwright.core.trial import Trial
from archwright.report.judgement import KnownDesign
from archwright.report.svg import INK, KNOWN, LINE, MUTED, RAMP, figure, inline

MOST_AXES = 24
LINES = 120


def spread(trials: Sequence[Trial], n: int = LINES) -> list[Trial]:
    """About `n` trials from best to worst at log-spaced ranks: the feasible ones where there are enough, else all done.

    Example:
        >>> t = [Trial(i, {}, "done", {}, 1.0 * i, (), -1.0 * i, 0.1, 1) for i in range(9)]
        >>> [one.number for one in spread(t, 4)]
        [0, 1, 3, 8]
    """
    done = [t for t in trials if t.state == "done"]
    feasible = [t for t in done if t.is_feasible]
    ranked = sorted(feasible if len(feasible) >= n else done, key=lambda t: (*t.rank_key, t.number))
    if len(ranked) <= n:
        return ranked
    ranks = np.unique(np.geomspace(1, len(ranked), n).astype(int)) - 1
    return [ranked[int(rank)] for rank in ranks]


def parallel_figure(space: Space, trials: Sequence[Trial], known: Sequence[KnownDesign] = ()) -> str | None:
    """The SVG of `spread(trials)` over the axes of `space`; None when it has too many axes or there are no trials."""
    shown = spread(trials)
    if space.horizon > MOST_AXES or space.horizon < 2 or len(shown) < 2:
        return None
    keys = encode_many(space, [t.design for t in shown])
    with figure(max(7.4, 0.92 * space.horizon), 3.4) as drawn:
        axes = drawn.subplots()
        _scales(axes, space)
        positions = np.arange(space.horizon)
        for rank in range(len(shown) - 1, 0, -1):
            step = len(RAMP) - 1 - rank * len(RAMP) // len(shown)
            axes.plot(positions, keys[rank], color=RAMP[step], linewidth=0.8, alpha=0.75, zorder=2)
        for one in known:
            row = _key(space, one.reference.design)
            if row is not None:
                axes.plot(positions, row, color=KNOWN, linewidth=1.4, linestyle=(0, (5, 3)), zorder=4)
        axes.plot(positions, keys[0], color=INK, linewidth=1.8, zorder=5)
        return inline(drawn, "parallel", f"{len(shown)} designs over {space.horizon} parameters")


def _key(space: Space, design: Design | None) -> Any:
    if design is None:
        return None
    try:
        return encode_many(space, [design])[0]
    except SpecError:
        return None  # a published design may stand off the grid


def _scales(axes: Any, space: Space) -> None:
    axes.set_xlim(-0.35, space.horizon - 0.65)
    axes.set_ylim(-0.13, 1.09)
    axes.grid(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_yticks([])
    axes.set_xticks(range(space.horizon), space.axes)
    axes.tick_params(axis="x", length=0, labelsize=9.5, labelcolor=INK)
    for position, name in enumerate(space.axes):
        axes.axvline(position, 0.13 / 1.22, 1.13 / 1.22, color=LINE, linewidth=1.2, zorder=1)
        low, high = _ends(space, name)
        axes.annotate(low, (position, -0.04), ha="center", va="top", color=MUTED, fontsize=8.5)
        axes.annotate(high, (position, 1.03), ha="center", va="bottom", color=MUTED, fontsize=8.5)


def _ends(space: Space, name: str) -> tuple[str, str]:
    if not isinstance(space, Record):
        return "0", "1"
    parameter = space.parameters[name]
    if isinstance(parameter, Real):
        return f"{parameter.low:.4g}", f"{parameter.high:.4g}"
    return str(parameter[0]), str(parameter[-1])
