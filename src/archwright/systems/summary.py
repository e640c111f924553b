"""Figures over seeds in a few words."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], digits: int = 4) -> str:
    """Median, least and most of `values`; `none` stands for what is infinite: the best of no feasible design.

    Example:
        >>> spread([2.5, 1.0, 2.0]), spread([float("-inf"), 1.0, 2.0])
        ('2 (1 to 2.5)', '1 (none to 2)')
    """
    shown = (statistics.median(values), min(values), max(values))
    middle, low, high = (f"{one:.{digits}g}" if math.isfinite(one) else "none" for one in shown)
    return middle if low == high else f"{middle} ({low} to {high})"


def reached(counts: Sequence[int | None]) -> str:
    """Simulations to a mark over seeds, and in how many seeds it was reached.

    Example:
        >>> reached([300, None, 150]), reached([None, None]), reached([40, 20])
        ('225 (150 to 300), 2 of 3 seeds', 'never', '30 (20 to 40)')
    """
    found = [count for count in counts if count is not None]
    if not found:
        return "never"
    share = "" if len(found) == len(counts) else f", {len(found)} of {len(counts)} seeds"
    return f"{spread(found)}{share}"


def median_count(counts: Sequence[int | None]) -> float:
    """Median over seeds, where a mark that was never reached counts as infinite.

    Example:
        >>> median_count([300, None, 150]), median_count([None, None, 5])
        (300, inf)
    """
    return statistics.median([float("inf") if count is None else count for count in counts])


def mean_and_deviation(values: Sequence[float], digits: int = 3) -> str:
    """Mean and standard deviation over seeds, as the papers print them.

    Example:
        >>> mean_and_deviation([1.0, 2.0, 3.0])
        '2 ± 1'
    """
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.fmean(values):.{digits}g} ± {deviation:.{digits - 1}g}"
