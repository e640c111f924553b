"""Exploration: how far and how often a policy strays from what it thinks best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float64]]


def truncated_normal(
    mean: Floats, sigma: float | Floats, rng: np.random.Generator, *, low: float = -1.0, high: float = 1.0
) -> Floats:
    """Normal numbers around `mean`, conditioned to lie in `[low, high]`.

    Unlike clipped noise this puts no heap of proposals exactly on the bounds.

    Args:
        mean: any shape; values outside `[low, high]` are moved to the nearer bound first.
        sigma: standard deviation before truncation, > 0; a number, or an array that fits `mean`.
        rng: one uniform number is drawn per entry.
        low: lower bound.
        high: upper bound.

    Returns:
        An array of the shape of `mean`.

    Example:
        >>> draws = truncated_normal(np.full(1000, 0.9), 0.5, np.random.default_rng(0))
        >>> bool(draws.max() < 1.0), bool(draws.mean() < 0.9)
        (True, True)

    Source: inverse distribution function; Wang et al., "GCN-RL Circuit Designer", DAC 2020 (exploration).
    """
    from scipy.special import ndtr, ndtri

    mean = np.clip(mean, low, high)
    below, above = ndtr((low - mean) / sigma), ndtr((high - mean) / sigma)
    draws = mean + sigma * ndtri(below + rng.random(mean.shape) * (above - below))
    clipped: Floats = np.clip(draws, low, high)
    return clipped


@dataclass(frozen=True)
class NoiseSchedule:
    """Random designs at first, then noise that halves every so many trials, down to a floor.

    Args:
        warm_up: trials that are drawn at random, >= 1.
        start: standard deviation right after them, in units of half the range.
        end: the floor of the standard deviation.
        half_life: trials in which it halves, > 0.

    Raises:
        SpecError: a value out of its range.

    Example:
        >>> schedule = NoiseSchedule(warm_up=100, start=0.4, end=0.05, half_life=50)
        >>> schedule.is_random(99), schedule.sigma(100), schedule.sigma(150), schedule.sigma(10_000)
        (True, 0.4, 0.2, 0.05)
    """

    warm_up: int
    start: float
    end: float
    half_life: float

    def __post_init__(self) -> None:
        """Refuse a schedule that cannot be drawn from."""
        if self.warm_up < 1 or self.warm_up != int(self.warm_up):
            raise SpecError("warm_up", self.warm_up, "a whole number above 0")
        for name in ("start", "end", "half_life"):
            if not 0 < getattr(self, name) < float("inf"):
                raise SpecError(f"noise_{name}", getattr(self, name), "a number above 0")

    def is_random(self, position: int) -> bool:
        """True while trial number `position` (from 0) belongs to the warm-up."""
        return position < self.warm_up

    def sigma(self, position: int) -> float:
        """The standard deviation at trial number `position`."""
        age = max(0, position - self.warm_up)
        return max(self.end, self.start * float(0.5 ** (age / self.half_life)))
