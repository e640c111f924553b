"""Task graphs on machines: workloads, list scheduling, the exact optimum, and the problem `two-machine-schedule`."""

from __future__ import annotations

from archwright.compilers.scheduling.branch_and_bound import Optimum, shortest_schedule
from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.problem import TwoMachineSchedule
from archwright.compilers.scheduling.schedule import Measurer, Schedule, schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.compilers.scheduling.workloads import Machines, Program, built_in

__all__ = [
    "Machines",
    "Measurer",
    "Optimum",
    "Program",
    "Schedule",
    "TaskGraph",
    "TwoMachineSchedule",
    "built_in",
    "heft",
    "schedule",
    "shortest_schedule",
]
