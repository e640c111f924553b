"""The controller clock by clock in plain Python: slow, and the judge of `kernel`.

Everything is kept as what it is (lists of waiting requests, clocks of the last commands), nothing is skipped, and what
may happen when is looked up anew in every clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from archwright.memory.dram import layout as of
from archwright.memory.dram.checker import COLUMNS, READS, WRITES, Rule, rules_of
from archwright.memory.dram.controller import Controller
from archwright.memory.dram.device import Device
from archwright.memory.traces.trace import Ints

LogLine = tuple[int, int, int, int]


@dataclass(eq=False)
class Waiting:
    """A request and what became of it."""

    number: int
    arrival: int
    bank: int
    row: int
    line: int
    is_write: bool
    initiator: int
    accepted: int = -1
    issued: int = -1
    through: int = -1
    responded: int = -1


@dataclass
class Referee:
    """A channel that serves requests.

    Args:
        controller, device: what is judged.
        requests: (n, 6) int64, see `layout`.
    """

    controller: Controller
    device: Device
    requests: Ints
    now: int = 0
    log: list[LogLine] = field(default_factory=list)
    open_rows: dict[int, int] = field(default_factory=dict)
    queue: list[Waiting] = field(default_factory=list)
    taken: list[Waiting] = field(default_factory=list)
    is_writing: bool = False
    postponed: int = 0
    is_blocked: bool = False
    is_pulling: bool = False
    look_again: int = -1

    def __post_init__(self) -> None:
        """Read the requests; all wait outside."""
        self.all = [
            Waiting(k, r[of.ARRIVAL], r[of.BANK], r[of.ROW], r[of.LINE], bool(r[of.IS_WRITE]), r[of.INITIATOR])
            for k, r in enumerate(self.requests.tolist())
        ]
        self.outside = {i: [one for one in self.all if one.initiator == i] for i in {one.initiator for one in self.all}}
        self.rules = rules_of(self.device)
        self.due = self.device.refi_clk

    def run(self) -> list[LogLine]:
        """Serve all requests; returns the log of commands."""
        while any(one.issued < 0 for one in self.all):
            self._accept()
            self._decide_refresh()
            command = self._next_refresh_command() if self.is_blocked else self._next_command()
            if command is not None:
                self._issue(*command)
            self.now += 1
        return self.log

    def _accept(self) -> None:
        if self._is_full():
            return
        heads = [line[0] for line in self.outside.values() if line and line[0].arrival <= self.now]
        heads = [one for one in heads if not self._is_at_limit(one.initiator)]
        if heads:
            one = min(heads, key=lambda head: head.number)
            self.outside[one.initiator].remove(one)
            one.accepted = self.now
            self.queue.append(one)
            self.taken.append(one)

    def _is_full(self) -> bool:
        if not self.taken:
            return False
        last = self.taken[-1]
        shares: Callable[[Waiting], bool] = {
            "bankwise": lambda one: one.bank == last.bank,
            "read-write": lambda one: one.is_write == last.is_write,
            "shared": lambda one: True,
        }[self.controller.scheduler_buffer]
        return sum(map(shares, self.queue)) >= int(self.controller.request_buffer_size)

    def _is_at_limit(self, initiator: int) -> bool:
        if self.controller.arbiter == "simple":
            return False
        out = [one for one in self.taken if one.initiator == initiator and not 0 <= one.responded <= self.now]
        return len(out) >= self.controller.max_active_transactions

    def _decide_refresh(self) -> None:
        if self.controller.refresh_policy == "no-refresh" or self.is_blocked:
            return
        if self.is_pulling and self.now >= self.look_again:
            self.is_blocked = not self.queue and self.postponed > -self.controller.refresh_max_pulled_in
            self.is_pulling = self.is_blocked
        if self.is_blocked or self.now < self.due:
            return
        self.is_pulling = False
        self.due += self.device.refi_clk
        self.is_blocked = not self.queue or self.postponed == self.controller.refresh_max_postponed
        self.postponed += not self.is_blocked

    def _next_refresh_command(self) -> LogLine | None:
        kind = of.PRECHARGE_ALL if self.open_rows else of.REFRESH
        return (self.now, kind, -1, -1) if self._may(kind, -1) else None

    def _next_command(self) -> LogLine | None:
        ready = []
        for bank in {one.bank for one in self.queue}:
            one = self._choose(bank)
            kind = self._wanted(one)
            if self._may(kind, bank):
                ready.append((one.accepted, (self.now, kind, bank, one.row)))
        return min(ready)[1] if ready else None

    def _choose(self, bank: int) -> Waiting:
        mine = [one for one in self.queue if one.bank == bank]
        hits = [one for one in mine if one.row == self.open_rows.get(bank)]
        if self.controller.scheduler == "fifo" or not hits:
            return mine[0]
        if self.controller.scheduler == "fr-fcfs":
            return hits[0]
        grouped = [one for one in hits if one.is_write == self.is_writing]
        best = (grouped or hits)[0]
        return next(one for one in hits if one.line == best.line)

    def _wanted(self, one: Waiting) -> int:
        if one.bank not in self.open_rows:
            return of.ACTIVATE
        if self.open_rows[one.bank] != one.row:
            return of.PRECHARGE
        return of.WRITE if one.is_write else of.READ

    def _may(self, kind: int, bank: int) -> bool:
        """Whether the timing table allows a command now; rules reach back 64 commands at most."""
        recent, rules = self.log[-64:], [rule for rule in self.rules if kind in rule.later]
        if any(self._is_too_soon(rule, bank, command) for rule in rules for command in recent):
            return False
        window = [c[0] for c in self.log if c[1] == of.ACTIVATE][-4:]
        return kind != of.ACTIVATE or len(window) < 4 or self.now - window[0] >= self.device.faw_clk

    def _is_too_soon(self, rule: Rule, bank: int, command: LogLine) -> bool:
        at, kind, other, _ = command
        n = self.device.bank_groups
        is_near = rule.where == "rank" or bank == other or (rule.where == "group" and bank % n == other % n)
        return kind in rule.earlier and is_near and self.now - at < rule.clocks

    def _issue(self, at: int, kind: int, bank: int, row: int) -> None:
        if kind in COLUMNS:
            kind = self._serve(self._choose(bank))
        elif kind == of.ACTIVATE:
            self.open_rows[bank] = row
        elif kind == of.PRECHARGE:
            del self.open_rows[bank]
        elif kind == of.PRECHARGE_ALL:
            self.open_rows.clear()
        else:
            self.postponed -= self.is_pulling
            self.is_blocked, self.is_pulling, self.look_again = False, True, at + self.device.rfc_clk
        self.log.append((at, kind, bank, row))

    def _serve(self, one: Waiting) -> int:
        self.queue.remove(one)
        self.is_writing = one.is_write
        one.issued = self.now
        latency = self.device.write_latency_clk if one.is_write else self.device.read_latency_clk
        one.through = self.now + latency + self.device.burst_clk
        self._respond(one)
        closes = self._closes(one)
        if closes:
            del self.open_rows[one.bank]
        return (WRITES if one.is_write else READS)[closes]

    def _closes(self, one: Waiting) -> bool:
        mine = [other for other in self.queue if other.bank == one.bank]
        seen = mine[:1] if self.controller.scheduler == "fifo" else mine
        is_hit = any(other.row == one.row for other in seen)
        return {
            "open": False,
            "open-adaptive": bool(mine) and not is_hit,
            "closed": True,
            "closed-adaptive": not is_hit,
        }[self.controller.page_policy]

    def _respond(self, one: Waiting) -> None:
        if self.controller.response_queue == "reorder":
            line = self.taken
        elif self.controller.arbiter == "reorder":
            line = [other for other in self.taken if other.initiator == one.initiator]
        else:
            line = [one]
        latest = 0
        for other in line:
            if other.through < 0:
                return
            latest = max(latest, other.through)
            other.responded = latest
