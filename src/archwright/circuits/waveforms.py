"""Waveforms of sources as plain data: pulses and straight lines between points, in volts or amperes over seconds.

Both are straight between their corners, so a set of them is straight between the *breaks*, the times at which any of
them has a corner. A transient analysis steps exactly onto each break.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Corners = tuple[tuple[float, float], ...]
"""Rising times (s), each with its value."""

MOST_CORNERS = 10_000
SAME_TIME = 1e-12
"""Breaks closer than this part of the whole analysis are one."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """From one value to another and back, once or periodically.

    Args:
        low: value before, in the unit of the source (V or A).
        high: value of the pulse.
        delay_s: when it begins to rise, >= 0.
        rise_s: how long it rises, > 0.
        width_s: how long it stays at `high`, > 0.
        fall_s: how long it falls, > 0.
        period_s: from one rise to the next; a single pulse unless given.

    Raises:
        SpecError: a time that is none, or a period shorter than the pulse.

    Example:
        >>> Pulse(0.0, 1.8, 1.0, 0.5, 4.0, 0.5).corners(1.2)
        ((0.0, 0.0), (1.0, 0.0), (1.5, 1.8))
    """

    low: float
    high: float
    delay_s: float
    rise_s: float
    width_s: float
    fall_s: float
    period_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no pulse."""
        for name in ("low", "high"):
            _check_finite(f"pulse, {name}", getattr(self, name))
        if not 0.0 <= self.delay_s < np.inf:
            raise SpecError("pulse, delay_s", self.delay_s, "a time of 0 or more")
        for name in ("rise_s", "width_s", "fall_s"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise SpecError(f"pulse, {name}", getattr(self, name), "a time above 0")
        length_s = self.rise_s + self.width_s + self.fall_s
        if self.period_s is not None and not length_s <= self.period_s < np.inf:
            raise SpecError("pulse, period_s", self.period_s, f"None, or at least the length of a pulse, {length_s:g}")

    def corners(self, stop_s: float) -> Corners:
        """Corners from time 0 to the first at or after `stop_s`, if there is one.

        Raises:
            SpecError: there are more than ten thousand.
        """
        once = np.cumsum([self.delay_s, self.rise_s, self.width_s, self.fall_s])
        n_pulses = 1
        if self.period_s is not None and stop_s > self.delay_s:
            n_pulses = int((stop_s - self.delay_s) / self.period_s) + 1
        if n_pulses * len(once) > MOST_CORNERS:
            raise SpecError("pulse, period_s", self.period_s, f"at most {MOST_CORNERS} corners within {stop_s:g} s")
        starts = np.arange(n_pulses) * (self.period_s or 0.0)
        times = (starts[:, None] + once).ravel()
        values = np.tile([self.low, self.high, self.high, self.low], n_pulses)
        return _until(list(zip(times.tolist(), values.tolist(), strict=True)), stop_s)


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """Straight lines between points; constant before the first and after the last.

    Args:
        points: (time in s, value) pairs; times rise from 0 or more.

    Raises:
        SpecError: no point, or times that do not rise.

    Example:
        >>> PiecewiseLinear(((1e-9, 0.0), (2e-9, 1.0))).corners(1e-6)
        ((0.0, 0.0), (1e-09, 0.0), (2e-09, 1.0))
    """

    points: Corners

    def __post_init__(self) -> None:
        """Refuse what is no line."""
        if not self.points:
            raise SpecError("piecewise linear, points", self.points, "one or more (time, value) pairs")
        for _, value in self.points:
            _check_finite("piecewise linear, value", value)
        times = [time for time, _ in self.points]
        if times[0] < 0.0 or not np.isfinite(times).all() or not (np.diff(times) > 0.0).all():
            raise SpecError("piecewise linear, times", times, "rising times of 0 or more")

    def corners(self, stop_s: float) -> Corners:
        """Corners from time 0 to the first at or after `stop_s`."""
        return _until(self.points, stop_s)


Waveform = Pulse | PiecewiseLinear


class Segments(NamedTuple):
    """Sources that are straight between breaks.

    Args:
        breaks_s: (n_segments + 1,) rising, from 0 to the end of the analysis.
        values: (n_segments + 1, n_sources) at the breaks.
    """

    breaks_s: Floats
    values: Floats


def segments(waveforms: Sequence[Waveform], stop_s: float) -> Segments:
    """All breaks of some waveforms up to `stop_s`, and their values there.

    Args:
        waveforms: of the sources.
        stop_s: end of the analysis, > 0.

    Example:
        >>> step, ramp = Pulse(0.0, 1.0, 1.0, 0.5, 9.0, 0.5), PiecewiseLinear(((0.0, 0.0), (4.0, 2.0)))
        >>> segments([step, ramp], 5.0)
        Segments(breaks_s=array([0. , 1. , 1.5, 4. , 5. ]), values=array([[0.  , 0.  ],
               [0.  , 0.5 ],
               [1.  , 0.75],
               [1.  , 2.  ],
               [1.  , 2.  ]]))
    """
    lines = [np.array(waveform.corners(stop_s)) for waveform in waveforms]
    times = np.unique([0.0, *(time for line in lines for time in line[:, 0] if time < stop_s), stop_s])
    breaks_s = times[np.diff(times, prepend=-np.inf) > SAME_TIME * stop_s]
    breaks_s[-1] = stop_s
    columns = [np.interp(breaks_s, line[:, 0], line[:, 1]) for line in lines]
    return Segments(breaks_s, np.array(columns).T.reshape(len(breaks_s), len(waveforms)))


def _until(corners: Sequence[tuple[float, float]], stop_s: float) -> Corners:
    """From time 0 to the first corner at or after `stop_s`."""
    n_before = sum(time < stop_s for time, _ in corners)
    found = tuple(corners[: n_before + 1])
    return found if found[0][0] == 0.0 else ((0.0, found[0][1]), *found)


def _check_finite(field: str, value: float) -> None:
    if not np.isfinite(value):
        raise SpecError(field, value, "a finite number")
