"""Task graphs: tasks with a duration per machine, and edges with the time their data takes between machines."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.spaces.order import find_cycle

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
_FORM = "an object with tasks {name: microseconds, or a list, one per machine} and edges [[from, to, transfer_us]]"


@dataclass(frozen=True, eq=False)
class TaskGraph:
    """Tasks, machines, durations, and what must be sent from task to task.

    Args:
        name: of the graph.
        tasks: their names, >= 1.
        machines: their names, >= 1.
        duration_us: (n_tasks, n_machines) floats >= 0.
        edges: (n_edges, 2) task indices: the first must end, and its data arrive, before the second starts.
        transfer_us: (n_edges,) floats >= 0: how long the data travel when the two tasks run on different machines.

    Raises:
        SpecError: no task, a time that is negative or no number, or a cycle, which is named.

    Example:
        >>> graph = TaskGraph.read({"tasks": {"load": 2.0, "add": [1.0, 3.0]}, "edges": [["load", "add", 0.5]]})
        >>> graph.upward_rank_us.tolist()
        [4.5, 2.0]
    """

    name: str
    tasks: tuple[str, ...]
    machines: tuple[str, ...]
    duration_us: Floats = field(repr=False)
    edges: Ints = field(repr=False)
    transfer_us: Floats = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a graph that makes no sense."""
        if not self.tasks:
            raise SpecError("graph.tasks", [], "at least one task")
        for task, row in zip(self.tasks, self.duration_us.tolist(), strict=True):
            for time_us in row:
                _check_time(f"graph.tasks.{task}", time_us)
        if not self.duration_us.all(axis=1).any():
            raise SpecError("graph.tasks", "no work at all", "at least one task that takes time on every machine")
        for (a, b), time_us in zip(self.edges.tolist(), self.transfer_us.tolist(), strict=True):
            _check_time(f"graph.edges.{self.tasks[a]}.{self.tasks[b]}", time_us)
        cycle = find_cycle(len(self.tasks), map(tuple, self.edges.tolist()))
        if cycle:
            raise SpecError("graph.edges", " -> ".join(self.tasks[i] for i in cycle), "edges without a cycle")

    @classmethod
    def read(
        cls, source: str | Path | Mapping[str, Any], machines: Sequence[str] = ("first", "second"), name: str = "own"
    ) -> TaskGraph:
        """A graph from a JSON file, or from what such a file holds.

        Args:
            source: a path, or `{"tasks": {name: us or [us, us]}, "edges": [[from, to, transfer_us], ...]}`.
            machines: their names; `source["machines"]` goes first.
            name: of the graph.

        Raises:
            SpecError: the file cannot be read, or its content is no task graph.
        """
        data = source if isinstance(source, Mapping) else _read_json(Path(source))
        if not isinstance(data.get("tasks"), Mapping) or not isinstance(data.get("edges", []), list):
            raise SpecError("graph", sorted(map(str, data)), _FORM)
        for key in data:
            check_name("graph", key, ("tasks", "edges", "machines", "name"))
        machines = tuple(data.get("machines", machines))
        rows = [_durations(task, times, len(machines)) for task, times in data["tasks"].items()]
        edges = [_edge(edge, data["tasks"]) for edge in data.get("edges", [])]
        return cls.build(str(data.get("name", name)), dict(zip(data["tasks"], rows, strict=True)), machines, edges)

    @classmethod
    def build(
        cls,
        name: str,
        tasks: Mapping[str, Sequence[float]],
        machines: Sequence[str],
        edges: Iterable[tuple[str, str, float]],
    ) -> TaskGraph:
        """A graph from durations per task and machine, and named edges; of repeated edges the slowest counts."""
        index = {task: i for i, task in enumerate(tasks)}
        times: dict[tuple[int, int], float] = {}
        for a, b, transfer_us in edges:
            pair = (index[a], index[b])
            times[pair] = max(transfer_us, times.get(pair, transfer_us))
        return cls(
            name,
            tuple(tasks),
            tuple(machines),
            np.array(list(tasks.values()), dtype=np.float64).reshape(len(tasks), len(machines)),
            np.array(list(times), dtype=np.int64).reshape(-1, 2),
            np.array(list(times.values()), dtype=np.float64),
        )

    @cached_property
    def predecessors(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """Per task its predecessors, each with the transfer time in us."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.tasks]
        for (a, b), transfer_us in zip(self.edges.tolist(), self.transfer_us.tolist(), strict=True):
            found[b].append((a, transfer_us))
        return tuple(map(tuple, found))

    @cached_property
    def successors(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """Per task its successors, each with the transfer time in us."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.tasks]
        for (a, b), transfer_us in zip(self.edges.tolist(), self.transfer_us.tolist(), strict=True):
            found[a].append((b, transfer_us))
        return tuple(map(tuple, found))

    @cached_property
    def sorted_tasks(self) -> tuple[int, ...]:
        """The tasks, predecessors first."""
        waiting = [len(before) for before in self.predecessors]
        ready = [i for i, n in enumerate(waiting) if n == 0]
        for i in ready:
            for after, _ in self.successors[i]:
                waiting[after] -= 1
                ready += [after] * (waiting[after] == 0)
        return tuple(ready)

    @cached_property
    def upward_rank_us(self) -> Floats:
        """Length in us of the longest way from each task to the end, durations averaged over machines, transfers paid.

        Topcuoglu, Hariri and Wu (2002), equation 5.
        """
        mean_us, rank = self.duration_us.mean(axis=1).tolist(), [0.0] * len(self.tasks)
        for i in reversed(self.sorted_tasks):
            rank[i] = mean_us[i] + max((time_us + rank[j] for j, time_us in self.successors[i]), default=0.0)
        return np.array(rank)

    @cached_property
    def digest(self) -> str:
        """Eight characters that change with any name or time in the graph."""
        whole = [self.tasks, self.machines, self.duration_us.tolist(), self.edges.tolist(), self.transfer_us.tolist()]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:8]


def _check_time(where: str, time_us: float) -> None:
    if not (math.isfinite(time_us) and time_us >= 0.0):
        raise SpecError(where, time_us, "a time in microseconds, at least 0")


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text())
    except OSError as error:
        raise SpecError("graph", str(path), f"a readable JSON file; {error.strerror}") from None
    except ValueError as error:
        raise SpecError("graph", str(path), f"a JSON file; {error}") from None
    if not isinstance(data, Mapping):
        raise SpecError("graph", str(path), _FORM)
    return data


def _durations(task: str, times: Any, n_machines: int) -> list[float]:
    listed = times if isinstance(times, (list, tuple)) else [times] * n_machines
    is_number = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in listed)
    if len(listed) != n_machines or not is_number:
        raise SpecError(f"graph.tasks.{task}", times, f"microseconds: one number, or {n_machines}, one per machine")
    return [float(one) for one in listed]


def _edge(edge: Any, tasks: Mapping[str, Any]) -> tuple[str, str, float]:
    is_list = isinstance(edge, (list, tuple)) and len(edge) in (2, 3)
    if not is_list or not isinstance(edge[-1] if len(edge) == 3 else 0.0, (int, float)):
        raise SpecError("graph.edges", edge, "[from, to] or [from, to, transfer_us]")
    for task in edge[:2]:
        check_name("graph.edges", task, tasks)
    return edge[0], edge[1], float(edge[2]) if len(edge) == 3 else 0.0
