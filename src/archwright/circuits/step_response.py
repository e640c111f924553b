"""Plots of step responses as standalone SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def step_response_svg(times_s: Floats, curves: Mapping[str, Floats], label: str, steps: Sequence[str]) -> str:
    """A voltage after several steps, side by side; time on a log scale, on which fast and slow settling both show.

    Args:
        times_s: (n_times,) rising from above 0, after the start of each step.
        curves: (n_steps, n_times) per design; the first is drawn in front.
        label: what the voltage is, with its unit.
        steps: (n_steps,) what stepped.

    Returns:
        One `<svg>` document; the same input gives the same text.

    Example:
        >>> times = np.geomspace(1e-9, 1e-6, 11)
        >>> step_response_svg(times, {"output": np.exp(-times / 1e-8)[None, :]}, "output (V)", ["load up"])[:5]
        '<?xml'
    """
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    panels = figure.subplots(1, len(steps), sharey=True, squeeze=False)[0]
    for at, (axes, step) in enumerate(zip(panels, steps, strict=True)):
        for place, (name, rows) in enumerate(curves.items()):
            style = "-" if place == 0 else "--"
            axes.semilogx(times_s * 1e9, rows[at], style, color=f"C{place}", label=name, zorder=3 - place)
        axes.set_title(step, fontsize="small")
        axes.grid(visible=True, alpha=0.3)
    panels[0].set_ylabel(label)
    panels[0].legend(fontsize="small")
    figure.supxlabel("time after the step begins (ns)", fontsize="medium")
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "step response", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
