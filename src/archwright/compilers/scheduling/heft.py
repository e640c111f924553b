"""HEFT, the list schedule that everybody compares with.

H. Topcuoglu, S. Hariri, M.-Y. Wu, "Performance-effective and low-complexity task scheduling for heterogeneous
computing", IEEE TPDS 13(3), 2002. Tasks are taken by decreasing upward rank (equation 5); each goes to the machine
on which it ends first (equations 9 and 10), into the earliest gap that holds it (section 4.1, insertion policy).

What differs: nothing but ties, which go to the first task and machine, where the paper draws them.
"""

from __future__ import annotations

from archwright.compilers.scheduling.schedule import Schedule
from archwright.compilers.scheduling.task_graph import TaskGraph

Slots = list[tuple[float, float]]


def heft(graph: TaskGraph) -> Schedule:
    """The HEFT schedule of `graph`, on any number of machines; tasks are ordered by their start.

    Example:
        >>> graph = TaskGraph.read({"tasks": {"a": [1.0, 9.0], "b": [9.0, 1.0]}, "edges": []})
        >>> heft(graph).machine
        (0, 1)
    """
    n_tasks = len(graph.tasks)
    place = {task: position for position, task in enumerate(graph.sorted_tasks)}
    start_us, finish_us, machine, transfer_us = [0.0] * n_tasks, [0.0] * n_tasks, [0] * n_tasks, 0.0
    busy: list[Slots] = [[] for _ in graph.machines]
    for task in sorted(range(n_tasks), key=lambda i: (-graph.upward_rank_us[i], place[i])):
        offers = []
        for where, slots in enumerate(busy):
            lags_us = [(i, us if machine[i] != where else 0.0) for i, us in graph.predecessors[task]]
            ready_us = max((finish_us[i] + us for i, us in lags_us), default=0.0)
            duration_us = float(graph.duration_us[task, where])
            start = _earliest_gap(slots, ready_us, duration_us)
            offers.append((start + duration_us, where, start, sum(us for _, us in lags_us)))
        finish_us[task], machine[task], start_us[task], paid_us = min(offers)
        transfer_us += paid_us
        busy[machine[task]].append((start_us[task], finish_us[task]))
        busy[machine[task]].sort()
    order = sorted(range(n_tasks), key=lambda i: (start_us[i], place[i]))
    return Schedule(tuple(order), tuple(machine), tuple(start_us), tuple(finish_us), transfer_us)


def _earliest_gap(slots: Slots, ready_us: float, duration_us: float) -> float:
    start = ready_us
    for begin, end in slots:
        if start + duration_us <= begin:
            break
        start = max(start, end)
    return start
