"""An independent judge of a command log: replays it command by command against the device's timing table.

It shares nothing with the kernel but the layout of the log. Rules are pairs of commands with the clocks between them,
as the standards state them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from archwright.memory.dram import layout as of
from archwright.memory.dram.device import Device
from archwright.memory.dram.simulation import Run

READS, WRITES = (of.READ, of.READ_CLOSE), (of.WRITE, of.WRITE_CLOSE)
COLUMNS = (*READS, *WRITES)


class Rule(NamedTuple):
    """`later` comes at least `clocks` after `earlier`; `where` is bank, group or rank."""

    name: str
    earlier: tuple[int, ...]
    later: tuple[int, ...]
    clocks: int
    where: str


def rules_of(device: Device) -> list[Rule]:
    """The timing table of a device."""
    act, pre = (of.ACTIVATE,), (of.PRECHARGE,)
    write_end = device.write_latency_clk + device.burst_clk
    turn = device.read_latency_clk + device.burst_clk + 2 - device.write_latency_clk
    return [
        Rule("tRC", act, act, device.ras_clk + device.rp_clk, "bank"),
        Rule("tRCD", act, COLUMNS, device.rcd_clk, "bank"),
        Rule("tRAS", act, pre, device.ras_clk, "bank"),
        Rule("tRP", pre, act, device.rp_clk, "bank"),
        Rule("tRTP", READS, pre, device.rtp_clk, "bank"),
        Rule("tWR", WRITES, pre, write_end + device.wr_clk, "bank"),
        Rule("tRTP+tRP", (of.READ_CLOSE,), act, device.rtp_clk + device.rp_clk, "bank"),
        Rule("tWR+tRP", (of.WRITE_CLOSE,), act, write_end + device.wr_clk + device.rp_clk, "bank"),
        Rule("tRRD_L", act, act, device.rrd_long_clk, "group"),
        Rule("tRRD_S", act, act, device.rrd_short_clk, "rank"),
        Rule("tCCD_L", READS, READS, device.ccd_long_clk, "group"),
        Rule("tCCD_S", READS, READS, device.ccd_short_clk, "rank"),
        Rule("tCCD_L", WRITES, WRITES, device.ccd_long_clk, "group"),
        Rule("tCCD_S", WRITES, WRITES, device.ccd_short_clk, "rank"),
        Rule("tWTR_L", WRITES, READS, write_end + device.wtr_long_clk, "group"),
        Rule("tWTR_S", WRITES, READS, write_end + device.wtr_short_clk, "rank"),
        Rule("read to write", READS, WRITES, turn, "rank"),
        Rule("tRAS", act, (of.PRECHARGE_ALL,), device.ras_clk, "rank"),
        Rule("tRTP", READS, (of.PRECHARGE_ALL,), device.rtp_clk, "rank"),
        Rule("tWR", WRITES, (of.PRECHARGE_ALL,), write_end + device.wr_clk, "rank"),
        Rule("tRP", (*pre, of.PRECHARGE_ALL), (of.REFRESH,), device.rp_clk, "rank"),
        Rule("tRP", (of.PRECHARGE_ALL,), act, device.rp_clk, "rank"),
        Rule("tRC", act, (of.REFRESH,), device.ras_clk + device.rp_clk, "rank"),
        Rule("tRTP+tRP", (of.READ_CLOSE,), (of.REFRESH,), device.rtp_clk + device.rp_clk, "rank"),
        Rule("tWR+tRP", (of.WRITE_CLOSE,), (of.REFRESH,), write_end + device.wr_clk + device.rp_clk, "rank"),
        Rule("tRFC", (of.REFRESH,), (of.ACTIVATE, of.REFRESH), device.rfc_clk, "rank"),
    ]


@dataclass
class Replay:
    """The state of a device that follows a log.

    Args:
        device: whose rules hold.
    """

    device: Device
    last: dict[tuple[int, str, int], int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    window: deque[int] = field(default_factory=lambda: deque(maxlen=4))
    bus: int = -1
    found: list[str] = field(default_factory=list)

    def follow(self, at: int, kind: int, bank: int, row: int, rules: list[Rule]) -> None:
        """Judge one command, then do it."""
        name = f"{of.COMMANDS[kind]} of bank {bank} at {at}"
        if at <= self.bus:
            self.found.append(f"{name}: the command bus is taken until {self.bus}")
        self._judge_times(name, at, kind, bank, rules)
        self._judge_state(name, kind, bank, row)
        if kind == of.ACTIVATE:
            if len(self.window) == 4 and at - self.window[0] < self.device.faw_clk:
                self.found.append(f"{name}: tFAW, {at - self.window[0]} of {self.device.faw_clk} clocks")
            self.window.append(at)
        self.bus = at
        for where, place in self._places(bank).items():
            self.last[kind, where, place] = at

    def _places(self, bank: int) -> dict[str, int]:
        return {"bank": bank, "group": bank % self.device.bank_groups, "rank": 0}

    def _judge_times(self, name: str, at: int, kind: int, bank: int, rules: list[Rule]) -> None:
        places = self._places(bank)
        for rule in rules:
            if kind not in rule.later:
                continue
            before = [self.last.get((one, rule.where, places[rule.where])) for one in rule.earlier]
            passed = at - max((one for one in before if one is not None), default=at - rule.clocks)
            if passed < rule.clocks:
                self.found.append(f"{name}: {rule.name}, {passed} of {rule.clocks} clocks")

    def _judge_state(self, name: str, kind: int, bank: int, row: int) -> None:
        if kind == of.ACTIVATE and bank in self.rows:
            self.found.append(f"{name}: row {self.rows[bank]} is open")
        if kind in COLUMNS and self.rows.get(bank) != row:
            self.found.append(f"{name}: row {row} is not open")
        if kind == of.REFRESH and self.rows:
            self.found.append(f"{name}: banks {sorted(self.rows)} are open")
        if kind == of.ACTIVATE:
            self.rows[bank] = row
        elif kind in (of.PRECHARGE, of.READ_CLOSE, of.WRITE_CLOSE):
            self.rows.pop(bank, None)
        elif kind == of.PRECHARGE_ALL:
            self.rows.clear()


def violations(run: Run) -> list[str]:
    """Every breach of the timing table in a run's log, and of what a controller owes its requests; empty if none.

    Args:
        run: logged.

    Example:
        >>> from archwright.memory.dram.simulation import simulate
        >>> from archwright.memory.traces import generate
        >>> violations(simulate(generate("random", 200), is_logged=True))
        []
    """
    rules, replay = rules_of(run.device), Replay(run.device)
    for at, kind, bank, row in run.log.tolist():
        replay.follow(at, kind, bank, row, rules)
    return replay.found + _unserved(run)


def _unserved(run: Run) -> list[str]:
    """Requests without exactly one column command of their own, or answered before their data."""
    found = []
    columns = run.log[np.isin(run.log[:, of.KIND], COLUMNS)]
    by_clock = {int(one[of.AT]): one for one in columns}
    if len(columns) != len(run.requests):
        found.append(f"{len(columns)} reads and writes for {len(run.requests)} requests")
    ends = (run.device.read_latency_clk + run.device.burst_clk, run.device.write_latency_clk + run.device.burst_clk)
    for k, (request, times) in enumerate(zip(run.requests.tolist(), run.times.tolist(), strict=True)):
        command = by_clock.get(times[of.ISSUED])
        wanted = WRITES if request[of.IS_WRITE] else READS
        if command is None or command[of.TO_BANK] != request[of.BANK] or command[of.OF_ROW] != request[of.ROW]:
            found.append(f"request {k}: no command of its own at {times[of.ISSUED]}")
        elif command[of.KIND] not in wanted:
            found.append(f"request {k}: {of.COMMANDS[command[of.KIND]]} is of the other direction")
        if not request[of.ARRIVAL] <= times[of.ACCEPTED] <= times[of.ISSUED]:
            found.append(f"request {k}: accepted before it arrived, or issued before it was accepted")
        if times[of.RESPONDED] < times[of.ISSUED] + ends[request[of.IS_WRITE]]:
            found.append(f"request {k}: answered before its data")
    return found
