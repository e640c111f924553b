"""What an order and an assignment of tasks to machines cost.

A task starts as soon as its machine is free and all its inputs have arrived; an input from the other machine arrives
one transfer after its task has ended (transfers do not wait for each other, as in Topcuoglu, Hariri and Wu, 2002).
Tasks of one machine run in the given order. Every schedule that could be best is reached this way: sort the tasks of
any schedule by their start, and none starts later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.compilers.scheduling.task_graph import Floats, Ints, TaskGraph

ILLEGAL = -1.0


class Schedule(NamedTuple):
    """When and where every task runs.

    Args:
        order: (n_tasks,) task indices.
        machine: (n_tasks,) machine index per task.
        start_us: (n_tasks,) per task.
        finish_us: (n_tasks,) per task.
        transfer_us: all transfers between machines added up.
    """

    order: tuple[int, ...]
    machine: tuple[int, ...]
    start_us: tuple[float, ...]
    finish_us: tuple[float, ...]
    transfer_us: float

    @property
    def makespan_us(self) -> float:
        """When the last task ends."""
        return max(self.finish_us)

    def utilisation(self, n_machines: int) -> float:
        """The share of all machine time until the end that is spent in tasks, 0 to 1."""
        busy_us = sum(self.finish_us) - sum(self.start_us)
        return busy_us / (n_machines * self.makespan_us)


def schedule(graph: TaskGraph, order: Sequence[int], machine: Sequence[int]) -> Schedule:
    """The schedule of one order and assignment, in plain Python: the twin of `measure`.

    Args:
        graph: what is scheduled.
        order: (n_tasks,) task indices, predecessors first.
        machine: (n_tasks,) machine index of each task.

    Example:
        >>> graph = TaskGraph.read({"tasks": {"load": 2.0, "add": 1.0}, "edges": [["load", "add", 0.5]]})
        >>> schedule(graph, [0, 1], [0, 1]).finish_us
        (2.0, 3.5)
    """
    n_tasks = len(graph.tasks)
    start_us, finish_us, transfer_us = [0.0] * n_tasks, [0.0] * n_tasks, 0.0
    free_us = [0.0] * len(graph.machines)
    for task in order:
        where = machine[task]
        start = free_us[where]
        for before, travel_us in graph.predecessors[task]:
            lag_us = travel_us if machine[before] != where else 0.0
            start = max(start, finish_us[before] + lag_us)
            transfer_us += lag_us
        start_us[task] = start
        finish_us[task] = free_us[where] = start + float(graph.duration_us[task, where])
    return Schedule(tuple(order), tuple(machine), tuple(start_us), tuple(finish_us), transfer_us)


@njit(cache=True)
def _kernel_measure(
    order: Ints, machine: Ints, duration: Floats, offset: Ints, before: Ints, travel: Floats, found: Floats
) -> None:
    n_tasks, n_machines = duration.shape
    finish = np.empty(n_tasks)
    free = np.empty(n_machines)
    for row in range(order.shape[0]):
        finish[:] = -1.0
        free[:] = 0.0
        transfers = 0.0
        busy = 0.0
        end = 0.0
        is_legal = True
        for position in range(n_tasks):
            task = order[row, position]
            where = machine[row, task]
            start = free[where]
            is_legal &= finish[task] < 0.0
            for edge in range(offset[task], offset[task + 1]):
                first = before[edge]
                arrival = finish[first]
                is_legal &= arrival >= 0.0
                if machine[row, first] != where:
                    arrival += travel[edge]
                    transfers += travel[edge]
                start = max(start, arrival)
            finish[task] = start + duration[task, where]
            free[where] = finish[task]
            busy += duration[task, where]
            end = max(end, finish[task])
        found[row, 0] = end if is_legal else ILLEGAL
        found[row, 1] = transfers
        found[row, 2] = busy / (n_machines * end) if end > 0.0 else 0.0


class Measurer:
    """Measures many schedules of one graph at once.

    Args:
        graph: what is scheduled.

    Example:
        >>> graph = TaskGraph.read({"tasks": {"load": 2.0, "add": 1.0}, "edges": [["load", "add", 0.5]]})
        >>> Measurer(graph).measure(np.array([[0, 1], [1, 0]]), np.array([[0, 1], [0, 1]]))[:, 0].tolist()
        [3.5, -1.0]
    """

    def __init__(self, graph: TaskGraph) -> None:
        self._duration_us = np.ascontiguousarray(graph.duration_us)
        self._offset = np.cumsum([0, *map(len, graph.predecessors)], dtype=np.int64)
        edges: list[Any] = [edge for listed in graph.predecessors for edge in listed]
        self._before = np.array([first for first, _ in edges], dtype=np.int64)
        self._travel_us = np.array([travel_us for _, travel_us in edges], dtype=np.float64)

    def measure(self, order: Ints, machine: Ints) -> Floats:
        """Makespan in us, transfers in us and utilisation of each schedule.

        Args:
            order: (n, n_tasks) task indices.
            machine: (n, n_tasks) machine index of each task.

        Returns:
            (n, 3) floats; a makespan of -1 marks an order that breaks a precedence or repeats a task.
        """
        found = np.empty((len(order), 3))
        _kernel_measure(order, machine, self._duration_us, self._offset, self._before, self._travel_us, found)
        return found
