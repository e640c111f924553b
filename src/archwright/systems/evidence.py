"""What a reproduction shows beside its claims; `report.system_page` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.core.trial import Trial

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Curves:
    """Best score against simulations, a band per method.

    Args:
        title: heading.
        tables: method to its tables, one per seed.
        n_trials: simulations to show.
        known: scores of known designs, by name.
        note: a sentence below.
    """

    title: str
    tables: Mapping[str, Sequence[Sequence[Trial]]]
    n_trials: int
    known: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Points:
    """Designs in the plane of two quantities, a colour per series.

    Args:
        title: heading.
        x, y: what the axes show, with units.
        series: (n, 2) points by name.
        marks: single points by name: known designs.
        is_log: whether each axis is logarithmic.
        note: a sentence below.
    """

    title: str
    x: str
    y: str
    series: Mapping[str, Floats]
    marks: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    is_log: tuple[bool, bool] = (False, False)
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table.

    Args:
        title: heading.
        heads: of the columns.
        rows: cells as text; the first names its row.
        note: a sentence below.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A problem's own drawing of a design.

    Args:
        title: heading.
        svg: a whole SVG document.
        note: a sentence below.
    """

    title: str
    svg: str
    note: str = ""


Evidence = Curves | Points | Sheet | Picture
