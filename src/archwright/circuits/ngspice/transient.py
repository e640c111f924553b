"""Transient analyses by ngspice: tolerances, command, and samples at the times that are wanted.

ngspice chooses its steps by the error of charges, of which it forgives 1e-14 C and a factor of 7 by default: with these
two out of the way its tolerance means what that of the embedded simulator means, an error per step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.circuits.devices import GROUND
from archwright.circuits.mna.transient_state import Limits

Floats = np.ndarray[Any, np.dtype[np.float64]]

LEAST_CHARGE_C = 1e-19
N_STEPS = 50
"""No step is longer than this part of the analysis."""
SAME_TIME = 1e-9


def options(limits: Limits) -> str:
    """The `.options` line of an analysis.

    Example:
        >>> options(Limits(1e-4, 1e-6, 1000))
        '.options reltol=0.0001 vntol=1e-06 abstol=1e-15 chgtol=1e-19 trtol=1'
    """
    accuracy = f"reltol={limits.relative!r} vntol={limits.absolute_v!r}"
    return f".options {accuracy} abstol=1e-15 chgtol={LEAST_CHARGE_C!r} trtol=1"


def command(stop_s: float) -> str:
    """The analysis from 0 to `stop_s`.

    Example:
        >>> command(1e-6)
        'tran 2e-08 1e-06'
    """
    return f"tran {float(stop_s) / N_STEPS!r} {float(stop_s)!r}"


def sampled(
    vectors: Mapping[str, Floats], nets: Sequence[str], times_s: Floats, breaks_s: Floats
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Voltages at wanted times: a parabola through the ends of each step and the point before, a line after a break.

    Args:
        vectors: `time` and each net's voltage at ngspice's own steps.
        nets: which are wanted; ground is 0 V.
        times_s: (n_times,) when.
        breaks_s: (n_breaks,) where waveforms have corners, so that no parabola reaches across one.

    Returns:
        (n_nets, n_times) in V.

    Example:
        >>> time = np.array([0.0, 1.0, 2.0, 3.0])
        >>> sampled({"time": time, "out": time**2}, ["out"], np.array([1.5, 2.5]), np.array([0.0, 3.0]))
        array([[2.25, 6.25]])
    """
    is_new = np.diff(vectors["time"], prepend=-np.inf) > 0.0
    time = vectors["time"][is_new]
    end = np.clip(np.searchsorted(time, times_s), 1, len(time) - 1)
    now, before = end - 1, np.maximum(end - 2, 0)
    gap = np.abs(time[now][:, None] - breaks_s).min(axis=1)
    is_bent = (before < now) & (gap > SAME_TIME * breaks_s[-1])
    step, last = time[end] - time[now], np.where(is_bent, time[now] - time[before], 1.0)
    found = np.zeros((len(nets), len(times_s)))
    for row, net in enumerate(nets):
        if net == GROUND:
            continue
        v = vectors[net][is_new]
        slope = (v[end] - v[now]) / step
        bend = np.where(is_bent, (slope - (v[now] - v[before]) / last) / (step + last), 0.0)
        back = times_s - time[end]
        found[row] = v[end] + back * (slope + bend * (back + step))
    return found
