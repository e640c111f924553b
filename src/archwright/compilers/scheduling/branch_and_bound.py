"""The exact optimum of a task graph on two machines, by branch and bound.

A node is a set of scheduled tasks. A branch puts one ready task on one machine, no earlier than the task before it,
so that every schedule is met once, in the order of its starts. Three things keep the tree small:

- the *critical path* bound: the earliest start of every open task on either machine, plus the shortest way from
  there to the end, transfers counted where the way changes machines;
- the *load* bound: the open work split between both machines as if tasks could be cut, which is solved exactly by
  sorting the tasks by the ratio of their durations;
- *dominance*: of two nodes with the same scheduled tasks, one is dropped when in the other both machines are free no
  later and every open task may start no later. This is exact: whatever completes the first completes the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.schedule import schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.core.errors import SpecError

PRECISION = 1e-12
"""A schedule must beat the best by this share of it; less is rounding."""


class Optimum(NamedTuple):
    """What the search found.

    Args:
        makespan_us: of the best schedule.
        order: its tasks by start.
        machine: machine index per task.
        is_proved: False when the search ran out of nodes.
        n_nodes: nodes opened.
        lower_bound_us: no schedule is shorter.
    """

    makespan_us: float
    order: tuple[int, ...]
    machine: tuple[int, ...]
    is_proved: bool
    n_nodes: int
    lower_bound_us: float


Pair = tuple[float, float]


class _Node(NamedTuple):
    scheduled: int  # bit i: task i is scheduled
    free_us: Pair  # per machine
    earliest_us: tuple[Pair, ...]  # per task and machine, as far as its scheduled predecessors say
    end_us: float
    steps: tuple[tuple[int, int], ...]  # (task, machine)


def shortest_schedule(graph: TaskGraph, *, max_nodes: int = 1_000_000) -> Optimum:
    """The shortest schedule of `graph` on its two machines.

    Args:
        graph: with exactly two machines.
        max_nodes: the search gives up after so many; about 40,000 take a second.

    Raises:
        SpecError: the graph has not two machines.

    Example:
        >>> graph = TaskGraph.read({"tasks": {"a": 2.0, "b": 2.0, "c": 1.0}, "edges": [["a", "c", 3.0]]})
        >>> shortest_schedule(graph).makespan_us
        3.0
    """
    if len(graph.machines) != 2:
        raise SpecError("graph.machines", list(graph.machines), "two machines")
    search = _Search(graph, max_nodes)
    root = search.root()
    bound_us = search.bound_us(root)
    search.visit(root)
    is_proved = search.n_nodes <= max_nodes
    best = schedule(graph, search.order, search.machine)
    lower_us = best.makespan_us if is_proved else bound_us
    return Optimum(best.makespan_us, best.order, best.machine, is_proved, search.n_nodes, lower_us)


class _Search:
    def __init__(self, graph: TaskGraph, max_nodes: int) -> None:
        self.graph, self.max_nodes, self.n_nodes = graph, max_nodes, 0
        self.duration_us: list[Pair] = [(row[0], row[1]) for row in graph.duration_us.tolist()]
        self.needs = [sum(1 << before for before, _ in listed) for listed in graph.predecessors]
        self.tail_us = self._tails_us()
        takes_time = [task for task, times_us in enumerate(self.duration_us) if sum(times_us) > 0.0]
        self.by_ratio = sorted(takes_time, key=lambda task: self.duration_us[task][0] / sum(self.duration_us[task]))
        self.seen: dict[int, list[tuple[float, ...]]] = {}
        first = heft(graph)
        again = schedule(graph, first.order, first.machine)
        self.best_us, self.order, self.machine = again.makespan_us, again.order, again.machine

    def _tails_us(self) -> list[Pair]:
        tails: list[Pair] = [(0.0, 0.0)] * len(self.duration_us)
        for task in reversed(self.graph.sorted_tasks):
            ways = [(0.0, 0.0)]
            for after, travel_us in self.graph.successors[task]:
                on_first, on_second = tails[after]
                ways.append((min(on_first, on_second + travel_us), min(on_first + travel_us, on_second)))
            here = self.duration_us[task]
            tails[task] = (here[0] + max(way[0] for way in ways), here[1] + max(way[1] for way in ways))
        return tails

    def root(self) -> _Node:
        return _Node(0, (0.0, 0.0), ((0.0, 0.0),) * len(self.duration_us), 0.0, ())

    def visit(self, node: _Node) -> None:
        self.n_nodes += 1
        if self.n_nodes > self.max_nodes:
            return
        if len(node.steps) == len(self.duration_us):
            self._take(node)
            return
        if self.bound_us(node) >= self._goal_us():
            return
        for child in self._children(node):
            if not self._is_dominated(child):
                self.visit(child)

    def _goal_us(self) -> float:
        return self.best_us * (1.0 - PRECISION)

    def _take(self, node: _Node) -> None:
        self.best_us, self.order = node.end_us, tuple(task for task, _ in node.steps)
        self.machine = tuple(machine for _, machine in sorted(node.steps))

    def bound_us(self, node: _Node) -> float:
        free_first, free_second = node.free_us
        bound = max(node.end_us, self._load_us(node))
        for task, (first_us, second_us) in enumerate(node.earliest_us):
            if not node.scheduled >> task & 1:
                tail_first, tail_second = self.tail_us[task]
                through = min(max(first_us, free_first) + tail_first, max(second_us, free_second) + tail_second)
                bound = max(bound, through)
        return bound

    def _load_us(self, node: _Node) -> float:
        open_tasks = [task for task in self.by_ratio if not node.scheduled >> task & 1]
        first_us, second_us = node.free_us
        second_us += sum(self.duration_us[task][1] for task in open_tasks)
        for task in open_tasks:  # all work starts on the second machine; the first takes what suits it best
            here_us, there_us = self.duration_us[task]
            if first_us + here_us > second_us - there_us:
                share = max(second_us - first_us, 0.0) / (here_us + there_us)
                return max(first_us + share * here_us, second_us - share * there_us)
            first_us, second_us = first_us + here_us, second_us - there_us
        return max(first_us, second_us)

    def _children(self, node: _Node) -> Iterator[_Node]:
        found = []
        for task, needs in enumerate(self.needs):
            if not node.scheduled >> task & 1 and needs & node.scheduled == needs:
                starts = map(max, node.free_us, node.earliest_us[task])
                found += [(start, -self.tail_us[task][m], task, m) for m, start in enumerate(starts)]
        for start, minus_tail, task, machine in sorted(found):
            if start - minus_tail < self._goal_us():
                yield self._child(node, task, machine, start)

    def _child(self, node: _Node, task: int, machine: int, start: float) -> _Node:
        finish = start + self.duration_us[task][machine]
        first_us, second_us = node.free_us
        free_us = (finish, max(second_us, start)) if machine == 0 else (max(first_us, start), finish)
        earliest = list(node.earliest_us)
        for after, travel_us in self.graph.successors[task]:
            arrival = (finish, finish + travel_us) if machine == 0 else (finish + travel_us, finish)
            known = earliest[after]
            earliest[after] = (max(known[0], arrival[0]), max(known[1], arrival[1]))
        steps = (*node.steps, (task, machine))
        return _Node(node.scheduled | 1 << task, free_us, tuple(earliest), max(node.end_us, finish), steps)

    def _is_dominated(self, node: _Node) -> bool:
        times = [node.end_us, *node.free_us]
        for task, needs in enumerate(self.needs):
            if needs & node.scheduled and not node.scheduled >> task & 1:
                times += map(max, node.earliest_us[task], node.free_us)
        rivals = self.seen.setdefault(node.scheduled, [])
        if any(all(map(float.__le__, rival, times)) for rival in rivals):
            return True
        rivals[:] = [rival for rival in rivals if not all(map(float.__le__, times, rival))]
        rivals.append(tuple(times))
        return False
