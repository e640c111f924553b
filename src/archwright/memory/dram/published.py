"""Figures of others: times and energies of DRAMSys 4, clocks of Ramulator 2.1, rewards of the published environment.

DRAMSys and Ramulator were run once on the traces that `traces.generators` describes: DDR3-1600 1 Gb x8, eight devices,
10,000 reads at one a clock. The stream is known line by line, the others by their statistics.

The environment of Krishnan et al., arXiv:2211.16385, rewards a design that measures x by T / |x - T| for a target T, at
most by 1,000; power and time together by the product. With a target that no design reaches, less is better throughout;
with one that some reach, whatever comes near it from either side wins, a slow controller too. Its public sources read
times printed in ns and in ps as the same number; here everything is in SI units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DRAMSYS_TRACES = ("stream", "random", "cloud-1", "cloud-2")
_LAST = {
    "scheduler": "fifo", "request_buffer_size": 1, "refresh_policy": "no-refresh", "max_active_transactions": 1,
}  # fmt: skip
DRAMSYS: tuple[tuple[Mapping[str, Any], tuple[tuple[float, int], ...]], ...] = (
    ({}, ((86.38, 50712), (245.26, 81755), (169.62, 66738), (165.77, 65943))),
    ({"page_policy": "open-adaptive"}, ((86.38, 50712), (245.20, 81618), (169.59, 66636), (165.73, 65872))),
    ({"page_policy": "closed"}, ((453.86, 453310), (244.95, 80989), (342.11, 254062), (347.13, 263217))),
    ({"page_policy": "closed-adaptive"}, ((86.41, 50714), (244.90, 80986), (169.27, 66005), (165.36, 65166))),
    ({"scheduler": "fifo"}, ((86.38, 50712), (245.29, 81735), (169.65, 66741), (165.79, 65957))),
    ({"scheduler_buffer": "read-write"}, ((86.38, 50712), (251.36, 92689), (172.81, 72185), (168.74, 71145))),
    ({"scheduler_buffer": "shared"}, ((86.38, 50712), (251.36, 92689), (172.81, 72185), (168.74, 71145))),
    ({"request_buffer_size": 1}, ((86.99, 51845), (362.29, 290102), (230.86, 175864), (224.25, 170192))),
    ({"request_buffer_size": 2}, ((86.78, 51455), (274.30, 133376), (185.54, 94925), (180.82, 92905))),
    ({"request_buffer_size": 4}, ((86.50, 50937), (252.13, 93814), (173.54, 73621), (169.47, 72528))),
    ({"request_buffer_size": 16}, ((86.38, 50712), (242.34, 76897), (167.49, 63284), (163.66, 62750))),
    ({"request_buffer_size": 32}, ((86.38, 50712), (242.22, 76620), (165.85, 60999), (161.10, 58709))),
    ({"request_buffer_size": 128}, ((86.45, 50713), (241.61, 76391), (163.09, 56057), (159.89, 56548))),
    ({"refresh_policy": "no-refresh"}, ((85.11, 50025), (242.87, 80446), (167.79, 65724), (163.89, 64898))),
    ({"refresh_max_postponed": 2}, ((86.13, 50575), (244.96, 81556), (169.46, 66681), (165.53, 65840))),
    ({"refresh_max_postponed": 8}, ((85.11, 50025), (243.39, 80730), (167.79, 65724), (163.89, 64898))),
    (_LAST, ((85.96, 51595), (354.96, 287981), (226.68, 174754), (220.09, 168947))),
)
"""What differs from the default controller, then microjoules and nanoseconds per trace."""

RAMULATOR = (
    ("ddr3-1600-1gb-x8", "stream", 39_879, 40_539),
    ("ddr3-1600-1gb-x8", "random", 60_217, 61_290),
    ("ddr4-2400r-8gb-x8", "stream", 51_472, 53_129),
    ("ddr4-2400r-8gb-x8", "random", 64_771, 68_095),
)
"""Device, trace, clocks of Ramulator 2.1 without and with refresh: a read queue of 32, FR-FCFS, open pages."""

POWER_TARGET_W = 1.0
"""The published environment's default. Controllers that let one request at a time through need less on slow traces."""
CAP = 1000.0


def target_reward(value: float, target: float) -> float:
    """The published reward of one quantity.

    Args:
        value: measured.
        target: above 0, in the same unit.

    Example:
        >>> target_reward(3.0, 1.0), target_reward(1.0, 1.0)
        (0.5, 1000.0)
    """
    missed = abs(value - target)
    return min(CAP, target / missed) if missed > 0.0 else CAP
