"""Stability of feedback loops from sampled loop gains: where the gain falls to one, and the phase margin there.

Curves are interpolated by cubics through four neighbouring frequencies: with 24 per decade the crossing is exact to
about 1e-6 and the phase to about 1e-4 degrees. A crossing that a loop does not have is a False flag, never a number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.interpolation import cubic, inverse_cubic

Floats = np.ndarray[Any, np.dtype[np.float64]]
Complexes = np.ndarray[Any, np.dtype[np.complex128]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

PER_DECADE = 24
"""Frequencies per decade for which the accuracy above is stated."""


class Crossing(NamedTuple):
    """Where the gain of a loop falls through one for the last time, (n,) each.

    Args:
        unity_hz: the frequency.
        margin_deg: phase left there before the loop's lag reaches 180 degrees.
        is_crossed: whether the gain falls through one at all.
    """

    unity_hz: Floats
    margin_deg: Floats
    is_crossed: Flags


def loop_crossing(frequencies_hz: Floats, gains: Complexes) -> Crossing:
    """Unity-gain frequency and phase margin of loops whose feedback is negative at the lowest frequency.

    Args:
        frequencies_hz: (n_frequencies,) rising, at least 4, close enough that the phase turns by less than 180 degrees
            from one to the next.
        gains: (n, n_frequencies) complex loop gains, not 0; their sign at the lowest frequency is taken out.

    Example:
        >>> frequencies = np.geomspace(1.0, 1e6, 145)
        >>> integrator = 1e4 / (1.0 + 1j * frequencies)
        >>> found = loop_crossing(frequencies, integrator[None, :])
        >>> found.unity_hz.round(1), found.margin_deg.round(3)
        (array([10000.]), array([90.006]))

    Source: J. Millman, "Microelectronics", 1979, section 15-5 (phase margin).
    """
    log_f, log_gain = np.log(frequencies_hz), np.log(np.abs(gains))
    falls = (log_gain[:, :-1] >= 0.0) & (log_gain[:, 1:] < 0.0)
    last = falls.shape[1] - 1 - falls[:, ::-1].argmax(axis=1)
    columns = np.clip(last - 1, 0, len(log_f) - 4)[:, None] + np.arange(4)
    rows = np.arange(len(gains))[:, None]
    phase = np.unwrap(np.angle(gains * np.sign(gains[:, :1].real)), axis=1)
    log_unity = inverse_cubic(log_f[columns], log_gain[rows, columns])
    lag = cubic(log_f[columns], phase[rows, columns], log_unity)
    is_crossed: Flags = np.asarray(falls.any(axis=1))
    return Crossing(np.exp(log_unity), 180.0 + np.degrees(lag), is_crossed)
