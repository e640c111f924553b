"""How a controller is set up: ten parameters with the names and values of the published space."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.memory.dram.device import Device
from archwright.memory.traces.trace import Ints

POWERS = (1, 2, 4, 8, 16, 32, 64, 128)
CHOICES: dict[str, tuple[Any, ...]] = {
    "page_policy": ("open", "open-adaptive", "closed", "closed-adaptive"),
    "scheduler": ("fifo", "fr-fcfs", "fr-fcfs-grouped"),
    "scheduler_buffer": ("bankwise", "read-write", "shared"),
    "request_buffer_size": POWERS,
    "response_queue": ("fifo", "reorder"),
    "refresh_policy": ("no-refresh", "all-bank"),
    "refresh_max_postponed": (1, 2, 4, 8),
    "refresh_max_pulled_in": (1, 2, 4, 8),
    "arbiter": ("simple", "fifo", "reorder"),
    "max_active_transactions": POWERS,
}
"""The published space: 442,368 controllers."""


@dataclass(frozen=True)
class Controller:
    """A controller; the defaults are the published study's.

    Args:
        page_policy: `open` leaves a row open, `closed` precharges after every access; `open-adaptive` precharges if
            only other rows of the bank are waited for, `closed-adaptive` unless the open row is waited for.
        scheduler: within a bank: `fifo` in order, `fr-fcfs` row hits first, `fr-fcfs-grouped` row hits in the bus's
            direction first.
        scheduler_buffer: what the buffer's size counts: requests per bank, per direction, or all.
        request_buffer_size: when that many wait, the next request is not taken: 1 or more.
        response_queue: responses go back as data comes (`fifo`) or in the order of the requests (`reorder`).
        refresh_policy: `no-refresh`, which forgets, or `all-bank`.
        refresh_max_postponed: refreshes that may be late while requests wait, 1 to 8.
        refresh_max_pulled_in: refreshes that may be early while none waits, 1 to 8.
        arbiter: `simple` takes requests as they arrive; `fifo` and `reorder` keep each initiator to
            `max_active_transactions`, and `reorder` answers each in order.
        max_active_transactions: of an initiator, 1 or more; `simple` has no limit.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> Controller(scheduler="lifo")
        Traceback (most recent call last):
        archwright.core.errors.SpecError: scheduler: 'lifo' is not possible; allowed: one of fifo, fr-fcfs, ...
    """

    page_policy: str = "open"
    scheduler: str = "fr-fcfs"
    scheduler_buffer: str = "bankwise"
    request_buffer_size: int = 8
    response_queue: str = "fifo"
    refresh_policy: str = "all-bank"
    refresh_max_postponed: int = 1
    refresh_max_pulled_in: int = 1
    arbiter: str = "simple"
    max_active_transactions: int = 128

    def __post_init__(self) -> None:
        """Check every value."""
        for field in fields(self):
            value, choices = getattr(self, field.name), CHOICES[field.name]
            if isinstance(choices[0], str):
                if value not in choices:
                    raise SpecError(field.name, value, f"one of {', '.join(choices)}")
                continue
            most = 8 if field.name.startswith("refresh") else 1 << 20
            if type(value) is not int or not 1 <= value <= most:
                raise SpecError(field.name, value, f"a whole number from 1 to {most:,}")

    def control(self, device: Device) -> Ints:
        """The kernel's `control`, in the order of `layout`."""
        values = [getattr(self, name) for name in CHOICES]
        numbers = [
            choices.index(value) if isinstance(value, str) else value
            for value, choices in zip(values, CHOICES.values(), strict=True)
        ]
        return np.array([device.n_banks, device.bank_groups, *numbers], dtype=np.int64)
