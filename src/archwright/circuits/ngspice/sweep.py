"""Frequency lists as the sweeps ngspice knows: it takes `dec N start stop` or `lin N start stop`, never a list."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from archwright.core.errors import SpecError

Frequencies = np.ndarray[Any, np.dtype[np.float64]]

_SAME = 1e-9  # relative: two grids closer than this are the same grid


def sweeps(frequencies_hz: Frequencies, analysis: Literal["ac", "noise"] = "ac") -> list[str]:
    """The fewest sweeps, in order, that together visit exactly `frequencies_hz`.

    Every sweep costs ngspice another operating point, so evenly spaced lists (logarithmic or linear) matter: they
    are one sweep where ngspice can express them, and a handful of short ones otherwise.

    Args:
        frequencies_hz: (n,) rising frequencies, > 0.
        analysis: `ac` stretches the steps of `dec N` to end on the stop frequency; `noise` takes them as they are,
            so that only a whole number of frequencies per decade is one sweep.

    Raises:
        SpecError: the list is empty, not rising, or holds a number that is no frequency.

    Example:
        >>> sweeps(np.logspace(3, 6, 31))
        ['dec 10 1000.0 1000000.0']
        >>> sweeps(np.array([1.0, 10.0, 11.0, 12.0]))
        ['lin 1 1.0 1.0', 'lin 3 10.0 12.0']
    """
    frequencies = np.asarray(frequencies_hz, dtype=float)
    if frequencies.ndim != 1 or not frequencies.size or not np.isfinite(frequencies).all():
        raise SpecError("frequencies_hz", frequencies_hz, "a list of one or more finite numbers")
    if frequencies[0] <= 0 or (np.diff(frequencies) <= 0).any():
        raise SpecError("frequencies_hz", frequencies.tolist()[:4], "rising numbers above 0")
    found: list[str] = []
    while frequencies.size:
        sweep, n_visited = _longest_sweep(frequencies, analysis == "ac")
        found.append(sweep)
        frequencies = frequencies[n_visited:]
    return found


def _longest_sweep(frequencies: Frequencies, is_stretched: bool) -> tuple[str, int]:
    n_lin, n_log = _even(frequencies), _even(np.log(frequencies))
    for n in (n_log, *_within_a_decade(frequencies[:n_log])):
        per_decade = _points_per_decade(frequencies[:n], is_stretched) if n > n_lin else None
        if per_decade is not None:
            return f"dec {per_decade} {float(frequencies[0])!r} {float(frequencies[n - 1])!r}", n
    return f"lin {n_lin} {float(frequencies[0])!r} {float(frequencies[n_lin - 1])!r}", n_lin


def _even(positions: Frequencies) -> int:
    """How many leading positions are evenly spaced; a pair alone counts as one: ngspice stops `lin 2` at its start."""
    if positions.size < 3:
        return 1
    spacing = np.diff(positions)
    slack = _SAME * max(abs(positions[0]), spacing[0])
    uneven = np.flatnonzero(np.abs(positions - positions[0] - spacing[0] * np.arange(positions.size)) > slack)
    n = int(uneven[0]) if uneven.size else positions.size
    return n if n > 2 else 1


def _within_a_decade(frequencies: Frequencies) -> tuple[int, ...]:
    n = int(np.searchsorted(frequencies, 10.0 * frequencies[0]))
    return (n,) if n > 2 else ()


def _points_per_decade(frequencies: Frequencies, is_stretched: bool) -> int | None:
    """The N of `dec N`: `ac` makes floor(decades * N) equal steps that end exactly on the stop frequency."""
    steps = frequencies.size - 1
    decades = math.log10(frequencies[-1] / frequencies[0])
    if not is_stretched:
        n = round(steps / decades)
        return n if n and abs(steps / decades - n) < _SAME * n else None
    n = math.ceil(steps / decades * (1 - 1e-12))
    return n if math.floor(decades * n) == steps else None
