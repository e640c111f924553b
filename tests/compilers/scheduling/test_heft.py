import pytest

from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.schedule import schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.compilers.scheduling.workloads import built_in

PAPER = {
    "machines": ["P1", "P2", "P3"],
    "tasks": {
        "1": [14, 16, 9], "2": [13, 19, 18], "3": [11, 13, 19], "4": [13, 8, 17], "5": [12, 13, 10],
        "6": [13, 16, 9], "7": [7, 15, 11], "8": [5, 11, 14], "9": [18, 12, 20], "10": [21, 7, 16],
    },
    "edges": [
        ["1", "2", 18], ["1", "3", 12], ["1", "4", 9], ["1", "5", 11], ["1", "6", 14], ["2", "8", 19], ["2", "9", 16],
        ["3", "7", 23], ["4", "8", 27], ["4", "9", 23], ["5", "9", 13], ["6", "8", 15], ["7", "10", 17],
        ["8", "10", 11], ["9", "10", 13],
    ],
}  # fmt: skip


def test_the_published_example():
    # Topcuoglu, Hariri and Wu (2002), figure 4a: makespan 80; the placement as drawn there.
    plan = heft(TaskGraph.read(PAPER))
    assert plan.makespan_us == 80.0
    where = {str(task + 1): (f"P{m + 1}", s, e) for task, (m, s, e) in
             enumerate(zip(plan.machine, plan.start_us, plan.finish_us, strict=True))}  # fmt: skip
    assert where["1"] == ("P3", 0, 9) and where["3"] == ("P3", 9, 28) and where["4"] == ("P2", 18, 26)
    assert where["2"] == ("P1", 27, 40) and where["5"] == ("P3", 28, 38) and where["9"] == ("P2", 56, 68)
    assert where["10"] == ("P2", 73, 80)


@pytest.mark.parametrize(
    "graph", [TaskGraph.read(PAPER), *map(built_in, ["gaussian-6", "cholesky-4", "lu-4", "fft-8"])]
)
def test_its_order_and_machines_give_its_schedule_again(graph):
    plan = heft(graph)
    again = schedule(graph, plan.order, plan.machine)
    assert again.start_us == pytest.approx(plan.start_us) and again.transfer_us == pytest.approx(plan.transfer_us)


def test_a_short_task_fills_a_gap():
    # `wait` needs `slow` from the other machine: the second machine idles 1 us before it, where `short` fits.
    tasks = {"slow": [4.0, 9.0], "wait": [9.0, 4.0], "short": [9.0, 1.0]}
    plan = heft(TaskGraph.read({"tasks": tasks, "edges": [["slow", "wait", 1.0]]}))
    assert plan.machine == (0, 1, 1) and plan.start_us == (0.0, 5.0, 0.0) and plan.order == (0, 2, 1)


def test_it_is_near_the_best_that_random_schedules_reach():
    graph = built_in("cholesky-4")
    assert heft(graph).makespan_us < graph.duration_us[:, 0].sum(), "two machines beat the fast one alone"
