"""What BookSim 2 reports for an 8x8 mesh: the rows that this simulator is held to.

BookSim's `dor` is `xy` here, its `xy_yx` is `o1turn`, and its `min_adapt` is `xy-escape`: of two ports of the same
priority its set of outputs keeps the first, so that it never adapts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class BooksimRow:
    """A run of BookSim.

    Args:
        packet_flits: size of every packet.
        routing: by our name.
        traffic: by our name.
        load: flits per cycle and node offered.
        latency_cycles: mean packet latency; None where the network is saturated.
        throughput: flits per cycle and node accepted.
        cycles: that were run; 0 where the run was given up.
        seconds: of one core's time.
    """

    packet_flits: int
    routing: str
    traffic: str
    load: float
    latency_cycles: float | None
    throughput: float
    cycles: int
    seconds: float


KNEE = 1.5
"""Below the knee, a row's latency is at most so many times that of its curve's lowest load. Above, the mean of a run of
5,000 cycles differs by 10 % and more from seed to seed, and BookSim was run with one."""


@cache
def booksim_rows() -> tuple[BooksimRow, ...]:
    """All rows.

    Example:
        >>> booksim_rows()[0].latency_cycles
        27.1335
    """
    lines = Path(__file__).with_name("booksim.csv").read_text().splitlines()
    found = csv.DictReader(line for line in lines if not line.startswith("#"))
    return tuple(
        BooksimRow(
            int(one["packet_flits"]), one["routing"], one["traffic"], float(one["load"]),
            float(one["latency_cycles"]) if one["latency_cycles"] else None, float(one["throughput"]),
            int(one["cycles"]), float(one["seconds"]),
        )
        for one in found
    )  # fmt: skip


@cache
def rows_below_knee() -> tuple[BooksimRow, ...]:
    """The rows whose queues are short.

    Example:
        >>> len(rows_below_knee())
        84
    """
    lowest: dict[tuple[int, str, str], float] = {}
    found = []
    for row in booksim_rows():  # a curve's lowest load comes first
        least = lowest.setdefault((row.packet_flits, row.routing, row.traffic), row.latency_cycles or 0.0)
        if row.latency_cycles is not None and row.latency_cycles <= KNEE * least:
            found.append(row)
    return tuple(found)
