"""Problems that misbehave on demand, to test what runs trials: an executor, a store, a farm.

A design is `{"x": number, "act": name}`; without `act` the answer is `y = x^2`. The acts are what simulators really do:
they hang, in Python, in compiled code or in a tool that they started; they die, loudly or without a word; they eat
memory; they answer nonsense.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from archwright.core.errors import Failed, Infeasible, SimulatorMissing, SpecError
from archwright.core.goal import Goal
from archwright.core.problem import Outcome
from archwright.core.record import Record
from archwright.core.space import Design, Real

SLEEP_S = "43210"
"""What the tool of the act `hang_tool` is asked to sleep: a number to find it by."""


def _raise(error: Exception) -> Any:
    raise error


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    while True:
        time.sleep(60)


def _hang_in_compiled_code() -> None:
    sum(range(10**15))  # one call that neither sees a signal nor lets another thread run


def _hang_in_a_tool() -> None:
    subprocess.run(["sleep", SLEEP_S], check=True)


def _eat_memory() -> None:
    np.ones(2**31)


ACTS: dict[str, Callable[[], Any]] = {
    "infeasible": lambda: Infeasible("too narrow"),
    "failed": lambda: Failed("no convergence"),
    "raise": lambda: _raise(ZeroDivisionError("a division\nby zero")),
    "raise_infeasible": lambda: _raise(Infeasible("too wide")),
    "missing": lambda: _raise(SimulatorMissing("spectre", "ask your vendor")),
    "spec": lambda: _raise(SpecError("design.w", 3, "something else")),
    "nan": lambda: {"y": float("nan"), "z": 1.0},
    "inf": lambda: {"y": 1.0, "z": float("inf")},
    "no_z": lambda: {"y": 1.0},
    "word": lambda: {"y": "large", "z": 1.0},
    "none": lambda: None,
    "huge": lambda: {"y": 1.7e308, "z": 1.7e308},
    "exit": lambda: sys.exit(3),
    "hard_exit": lambda: os._exit(3),
    "silent_exit": lambda: os._exit(0),
    "abort": os.abort,
    "kill": _kill,
    "hang": _hang,
    "hang_compiled": _hang_in_compiled_code,
    "hang_tool": _hang_in_a_tool,
    "eat": _eat_memory,
}
"""What a design can make happen, by name."""


class Misbehaving:
    """A problem that does what the design's `act` says.

    Args:
        log: a file that gets one line per evaluation, with the design's `x`, or None.
        seconds: every evaluation sleeps so long, >= 0.
        ballast: bytes that make the problem heavy to carry, >= 0.

    Example:
        >>> Misbehaving().evaluate([{"x": 0.5}, {"x": 0.5, "act": "failed"}], rng=np.random.default_rng(0))
        [{'y': 0.25, 'z': 1.0}, Failed('no convergence')]
    """

    name, version = "misbehaving", "1"
    metrics: Mapping[str, str] = {"y": "", "z": ""}
    goals = (Goal("y", "min"),)
    space = Record(x=Real(-1.0, 1.0))

    def __init__(self, *, log: str | None = None, seconds: float = 0.0, ballast: int = 0) -> None:
        self.log, self.seconds, self.ballast = log, seconds, b"x" * ballast

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Do what each design says; `rng` is not used."""
        return [self._one(design) for design in designs]

    def _one(self, design: Design) -> Any:
        if self.log is not None:
            with open(self.log, "a") as log:
                log.write(f"{design['x']!r}\n")
        if self.seconds:
            time.sleep(self.seconds)
        act = design.get("act")
        if act == "die_once":
            return _die_once(Path(design["mark"]))
        return {"y": design["x"] ** 2, "z": 1.0} if act is None else ACTS[act]()


def _die_once(mark: Path) -> dict[str, float]:
    if mark.exists():
        return {"y": 7.0, "z": 1.0}
    mark.touch()
    os.abort()


class Cheap(Misbehaving):
    """Says that an evaluation takes 0.1 ms: its trials may travel together."""

    typical_seconds = 1e-4


class Unsteady(Misbehaving):
    """Its `y` comes from the generator alone."""

    noise = "dice"

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Throw the dice for each design."""
        return [{"y": float(rng.random()), "z": 1.0} for _ in designs]


def load(path: str) -> Misbehaving:
    """A problem for workers, from a path: `unsteady-1.toml` or any other name; its log lies beside the path."""
    kind = Unsteady if Path(path).name.startswith("unsteady") else Misbehaving
    return kind(log=str(Path(path).with_suffix(".log")))
