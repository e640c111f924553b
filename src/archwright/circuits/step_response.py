"""Plots of step responses as standalone SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def step_response_svg(times_s: Floats, curves: Mapping[str, Floats], label: str, steps: Mapping[str, Floats]) -> str:
    """Voltages over time above the sources that step.

    Args:
        times_s: (n,) rising.
        curves: (n,) per voltage; the first is drawn in front.
        label: what the voltage is, with its unit.
        steps: (n,) per source, by its label with unit; drawn below, each in an axis of its own.

    Returns:
        One `<svg>` document; the same input gives the same text.

    Example:
        >>> times = np.linspace(0.0, 1e-6, 11)
        >>> step_response_svg(times, {"output": 1.0 - times}, "output (V)", {"load (A)": times})[:5]
        '<?xml'
    """
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 5.0), layout="constrained")
    axes = figure.subplots(1 + len(steps), 1, sharex=True, height_ratios=[4.0, *[1.0] * len(steps)], squeeze=False)[
        :, 0
    ]
    for place, (name, curve) in enumerate(curves.items()):
        axes[0].plot(times_s * 1e6, curve, "-" if place == 0 else "--", color=f"C{place}", label=name, zorder=3 - place)
    axes[0].set_ylabel(label)
    axes[0].legend()
    for axis, (name, step) in zip(axes[1:], steps.items(), strict=True):
        axis.plot(times_s * 1e6, step, color="0.3")
        axis.set_ylabel(name)
    for axis in axes:
        axis.grid(visible=True, alpha=0.3)
    figure.align_ylabels()
    axes[-1].set_xlabel("time (us)")
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "step response", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
