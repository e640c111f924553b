"""The problem: in which order, and on which of two machines, do the tasks of a graph run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from archwright.compilers.scheduling.branch_and_bound import Optimum, shortest_schedule
from archwright.compilers.scheduling.gantt import draw_gantt
from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.schedule import Measurer, Schedule, schedule
from archwright.compilers.scheduling.task_graph import Floats, Ints, TaskGraph
from archwright.compilers.scheduling.workloads import built_in
from archwright.core.errors import SpecError
from archwright.core.goal import Goal
from archwright.core.problem import Metrics, Observation, Outcome, Reference
from archwright.core.space import Design, Draft, check_design
from archwright.core.spaces import Assign, Order, Product
from archwright.core.spaces.assign import AssignDraft
from archwright.core.spaces.order import OrderDraft
from archwright.core.spaces.product import ProductDraft

PROOF_NODES = 50_000
"""`references` searches so many nodes for a proved optimum: about a second, enough for most graphs of 20 tasks."""

FEATURES = (
    "duration on the first machine, in mean durations",
    "duration on the second machine, in mean durations",
    "upward rank, as a share of the longest",
    "predecessors, as a share of the tasks",
    "successors, as a share of the tasks",
    "is placed",
    "position in the order, as a share of the tasks; 0 while open",
    "is ready",
    "runs on the first machine",
    "runs on the second machine",
)
"""What `observe` says of every task, in this order."""


class TwoMachineSchedule:
    """Order the tasks of a graph and assign them to two machines, so that the last one ends early.

    A design is `{"order": [task, ...], "machine": [machine of the first task of the graph, of the second, ...]}`.

    Args:
        graph: a built-in graph, `gaussian-N`, `cholesky-N`, `lu-N` or `fft-N`; or the path of a JSON file; or what
            such a file holds: `{"tasks": {name: us or [us, us]}, "edges": [[from, to, transfer_us], ...]}`.

    Raises:
        SpecError: no such graph; an empty graph, a negative time, or a cycle, which is named.

    Example:
        >>> problem = TwoMachineSchedule(graph={"tasks": {"load": 2.0, "add": 1.0}, "edges": [["load", "add", 0.5]]})
        >>> design = {"order": ["load", "add"], "machine": ["first", "second"]}
        >>> problem.evaluate([design], rng=np.random.default_rng(0))[0]["makespan_us"]
        3.5
    """

    name = "two-machine-schedule"
    typical_seconds = 1e-5

    def __init__(self, *, graph: str | Path | Mapping[str, Any] = "cholesky-4") -> None:
        self.graph = _find_graph(graph)
        if len(self.graph.machines) != 2:
            raise SpecError("graph.machines", list(self.graph.machines), "the names of two machines")
        tasks, pairs = self.graph.tasks, self.graph.edges.tolist()
        self.space = Product(
            order=Order(tasks, before=[(tasks[a], tasks[b]) for a, b in pairs]),
            machine=Assign(tasks, self.graph.machines),
        )
        self.metrics: Mapping[str, str] = {"makespan_us": "us", "transfer_us": "us", "utilisation": ""}
        self.version = f"1.{self.graph.digest}"
        self.goals = (Goal("makespan_us", "min", self._of(heft(self.graph))["makespan_us"]),)
        self._task_index = {task: i for i, task in enumerate(tasks)}
        self._machine_index = {machine: i for i, machine in enumerate(self.graph.machines)}
        self._measurer = Measurer(self.graph)

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Makespan, transfers and utilisation of every design; `rng` is not used.

        Raises:
            SpecError: a design is no legal schedule; the task is named.
        """
        found = self._measurer.measure(*self.to_arrays(designs))
        if (found[:, 0] < 0.0).any():
            self._name_culprit(designs)
        return [dict(zip(self.metrics, row, strict=True)) for row in found.tolist()]

    def to_arrays(self, designs: Sequence[Design]) -> tuple[Ints, Ints]:
        """Task indices in order and machine indices per task, both `(n, n_tasks)`."""
        tasks, machines, shape = self._task_index, self._machine_index, (len(designs), len(self.graph.tasks))
        try:
            order = np.array([[tasks[task] for task in design["order"]] for design in designs], np.int64)
            machine = np.array([[machines[name] for name in design["machine"]] for design in designs], np.int64)
            return order.reshape(shape), machine.reshape(shape)
        except (KeyError, TypeError, ValueError):
            self._name_culprit(designs)
            raise

    def _name_culprit(self, designs: Sequence[Design]) -> None:
        for design in designs:
            check_design(self.space, design)

    def plan(self, design: Design) -> Schedule:
        """When and where every task of `design` runs.

        Raises:
            SpecError: the design is no legal schedule.
        """
        order, machine = self.to_arrays([check_design(self.space, design)])
        return schedule(self.graph, order[0].tolist(), machine[0].tolist())

    def to_design(self, order: Sequence[int], machine: Sequence[int]) -> Design:
        """The design that runs tasks in `order`, each on its `machine` (indices)."""
        return {
            "order": [self.graph.tasks[i] for i in order],
            "machine": [self.graph.machines[i] for i in machine],
        }

    def references(self) -> list[Reference]:
        """HEFT, and the proved optimum where branch and bound finds it within `PROOF_NODES` nodes."""
        by_heft = heft(self.graph)
        design = self.to_design(by_heft.order, by_heft.machine)
        source = "list scheduling after Topcuoglu, Hariri and Wu (2002)"
        found = [Reference("HEFT", design, self._of(by_heft), source)]
        best = self.optimum
        if best.is_proved:
            source = f"branch and bound, {best.n_nodes} nodes"
            design = self.to_design(best.order, best.machine)
            found.append(Reference("proved optimum", design, self._of(best), source, is_optimal=True))
        return found

    @cached_property
    def optimum(self) -> Optimum:
        """What branch and bound finds within `PROOF_NODES` nodes."""
        return shortest_schedule(self.graph, max_nodes=PROOF_NODES)

    def _of(self, found: Schedule | Optimum) -> Metrics:
        plan = schedule(self.graph, found.order, found.machine)
        return {
            "makespan_us": plan.makespan_us,
            "transfer_us": plan.transfer_us,
            "utilisation": plan.utilisation(len(self.graph.machines)),
        }

    def draw(self, design: Design) -> str:
        """A Gantt chart.

        Raises:
            SpecError: the design is no legal schedule.
        """
        plan = self.plan(design)
        return draw_gantt(self.graph, plan, f"{self.graph.name}: {plan.makespan_us:.4g} us")

    def observe(self, draft: Draft) -> Observation:
        """The task graph with the `FEATURES` of every task; edges point from a task to what needs it.

        Raises:
            SpecError: the draft is of another space.
        """
        if not isinstance(draft, ProductDraft) or draft.space.axes != self.space.axes:
            raise SpecError("draft", draft, f"a draft of {self.name}")
        order, machine = draft.parts
        assert isinstance(order, OrderDraft) and isinstance(machine, AssignDraft)
        nodes = np.zeros((len(self.graph.tasks), len(FEATURES)))
        nodes[:, :5] = self._fixed_features
        placed = np.array(order.placed, dtype=np.int64)
        nodes[placed, 5] = 1.0
        nodes[placed, 6] = (np.arange(len(placed)) + 1.0) / len(nodes)
        nodes[:, 7] = order.waiting == 0
        assigned = np.array(machine.assigned, dtype=np.int64)
        nodes[np.arange(len(assigned)), 8 + assigned] = 1.0
        return Observation(nodes, self.graph.edges)

    @cached_property
    def _fixed_features(self) -> Floats:
        graph, n_tasks = self.graph, len(self.graph.tasks)
        fixed = np.empty((n_tasks, 5))
        fixed[:, :2] = graph.duration_us / graph.duration_us.mean()
        fixed[:, 2] = graph.upward_rank_us / graph.upward_rank_us.max()
        fixed[:, 3] = np.bincount(graph.edges[:, 1], minlength=n_tasks) / n_tasks
        fixed[:, 4] = np.bincount(graph.edges[:, 0], minlength=n_tasks) / n_tasks
        return fixed


def _find_graph(graph: str | Path | Mapping[str, Any]) -> TaskGraph:
    is_file = isinstance(graph, Path) or (isinstance(graph, str) and graph.endswith(".json"))
    if is_file or isinstance(graph, Mapping):
        return TaskGraph.read(graph)
    return built_in(str(graph))
