"""Bode plots as standalone SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.circuits.mna.points import Below

Floats = np.ndarray[Any, np.dtype[np.float64]]


def bode_svg(frequencies_hz: Floats, amplitudes: Mapping[str, Floats], label: str, below: Below = "largest") -> str:
    """Amplitudes over frequency, both on log scales, with the 3 dB corner of each marked.

    Args:
        frequencies_hz: (n,) rising.
        amplitudes: (n,) per curve, above 0; the first curve is drawn in front.
        label: what the amplitude is, with its unit.
        below: what the corner is relative to: the `largest` amplitude, or the `first`.

    Returns:
        One `<svg>` document; the same input gives the same text.

    Example:
        >>> frequencies = np.geomspace(1.0, 100.0, 21)
        >>> bode_svg(frequencies, {"low-pass": 1.0 / np.hypot(1.0, frequencies / 10.0)}, "gain")[:5]
        '<?xml'
    """
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.0), layout="constrained")
    axes = figure.subplots()
    for place, (name, curve) in enumerate(amplitudes.items()):
        color, style = f"C{place}", "-" if place == 0 else "--"
        axes.loglog(frequencies_hz, curve, style, color=color, label=name, zorder=3 - place)
        corner = _corner(frequencies_hz, curve, below)
        if corner is not None:
            axes.plot(*corner, "o", color=color, zorder=4)
    axes.set_xlabel("frequency (Hz)")
    axes.set_ylabel(label)
    axes.set_ylim(bottom=max(1e-4 * max(curve.max() for curve in amplitudes.values()), 1e-12))
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "bode", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _corner(frequencies_hz: Floats, curve: Floats, below: Below) -> tuple[float, float] | None:
    from archwright.circuits.measures import curve_bandwidth

    found = curve_bandwidth(frequencies_hz, curve[None, :], below=below)
    if not found.is_reached[0]:
        return None
    height = found.largest[0] if below == "largest" else found.first[0]
    return float(found.corner_hz[0]), float(height * 10.0 ** (-3.0 / 20.0))
