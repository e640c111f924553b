"""Measures of step responses: when a voltage has settled, and how far it strays.

Samples are enough where they are dense: after each step they stand close at first and wider later, so that a time is
read between two samples to a few parts in a thousand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

QUIET_PART = 0.05
"""A voltage that leaves its band within this last part of the window has not settled."""


class Settling(NamedTuple):
    """How a voltage answers a step, (n,) each.

    Args:
        time_s: from the start of the step until the voltage stays within the band, and at least until its end.
        over_v: how far it stands above its final value at most; 0 or more.
        under_v: how far below; 0 or more.
        is_settled: whether it stays within the band before the last part of the window; where not, `time_s` means
            nothing.
    """

    time_s: Floats
    over_v: Floats
    under_v: Floats
    is_settled: Flags


def sample_times(edge_s: float, window_s: float, n_even: int = 200, n_close: int = 140) -> Floats:
    """Times after a step at which to sample: evenly over the window, and closer the nearer to the step.

    Args:
        edge_s: how long the step takes.
        window_s: how long to look, more than `edge_s`.
        n_even: evenly spaced samples; n_close: samples evenly spaced on a log scale.

    Returns:
        (n,) rising, from above 0 to `window_s`.

    Example:
        >>> sample_times(1e-8, 1e-5)[[0, -1]].tolist()
        [1e-09, 1e-05]
    """
    close = np.geomspace(0.1 * edge_s, window_s, n_close)
    even = np.linspace(0.0, window_s, n_even + 1)[1:]
    times: Floats = np.unique(np.concatenate([close, even, [edge_s]]))
    is_new = np.diff(times, prepend=-np.inf) > 1e-9 * window_s
    kept = times[is_new]
    kept[-1] = window_s
    return kept


def settling(times_s: Floats, voltages_v: Floats, final_v: Floats, band_v: float, edge_s: float) -> Settling:
    """Measure the answer to one step.

    Args:
        times_s: (n_times,) rising, from the start of the step; the last is the window.
        voltages_v: (n, n_times).
        final_v: (n,) where each comes to rest in the end.
        band_v: how far from there counts as settled, > 0.
        edge_s: how long the step takes: nothing settles sooner.

    Example:
        >>> times = np.linspace(0.0, 10.0, 1001)
        >>> found = settling(times, 1.0 - np.exp(-times)[None, :], np.array([1.0]), np.exp(-3.0), 0.1)
        >>> found.time_s.round(3), found.is_settled
        (array([3.]), array([ True]))
    """
    away_v = voltages_v - final_v[:, None]
    excess = np.abs(away_v) - band_v
    is_out = ~(excess <= 0.0)  # no number is out too
    n_times, rows = len(times_s), np.arange(len(excess))
    last = np.where(is_out.any(axis=1), n_times - 1 - is_out[:, ::-1].argmax(axis=1), 0)
    following = np.minimum(last + 1, n_times - 1)
    before, after = excess[rows, last], excess[rows, following]
    drop = before - after
    share = np.where(drop > 0.0, before / np.where(drop > 0.0, drop, 1.0), 0.0)
    time_s = times_s[last] + np.clip(share, 0.0, 1.0) * (times_s[following] - times_s[last])
    is_settled = times_s[last] < (1.0 - QUIET_PART) * times_s[-1]
    over_v, under_v = np.maximum(away_v.max(axis=1), 0.0), np.maximum(-away_v.min(axis=1), 0.0)
    return Settling(np.maximum(time_s, edge_s), over_v, under_v, is_settled)
