"""A trace: requests to a memory, in the order of their arrival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Trace:
    """Requests of one or several initiators.

    Args:
        clocks: (n,) int64, arrivals in clocks of the controller, at least 0, never falling.
        addresses: (n,) int64, in bytes, at least 0.
        is_write: (n,) bool.
        initiators: (n,) int64, who asks, counted from 0.
        name: what it is called.

    Raises:
        SpecError: no request, a negative number, falling clocks, or arrays of different lengths.

    Example:
        >>> len(Trace(np.arange(3), np.arange(3) * 64, np.zeros(3, bool), np.zeros(3, np.int64)))
        3
    """

    clocks: Ints
    addresses: Ints
    is_write: Bools
    initiators: Ints
    name: str = "trace"

    def __post_init__(self) -> None:
        """Check what a controller relies on."""
        n = len(self.clocks)
        if n == 0:
            raise SpecError("trace", self.name, "at least one request")
        for field in ("addresses", "is_write", "initiators"):
            if len(getattr(self, field)) != n:
                raise SpecError(f"trace.{field}", len(getattr(self, field)), f"{n} of them, one per request")
        for field in ("clocks", "addresses", "initiators"):
            if int(getattr(self, field).min()) < 0:
                at = int(np.argmin(getattr(self, field)))
                raise SpecError(f"trace.{field}[{at}]", int(getattr(self, field)[at]), "at least 0")
        falls = np.flatnonzero(np.diff(self.clocks) < 0)
        if len(falls):
            at = int(falls[0]) + 1
            before = int(self.clocks[at - 1])
            raise SpecError(f"trace.clocks[{at}]", int(self.clocks[at]), f"at least {before}, the clock before")

    def __len__(self) -> int:
        """How many requests."""
        return len(self.clocks)

    @property
    def n_initiators(self) -> int:
        """How many ask."""
        return int(self.initiators.max()) + 1
