import numpy as np
import pytest

from archwright.compilers.scheduling.schedule import ILLEGAL, Measurer, schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.compilers.scheduling.workloads import built_in
from archwright.core.spaces.order import Order

TWO = TaskGraph.read({"tasks": {"load": 2.0, "add": [1.0, 3.0]}, "edges": [["load", "add", 0.5]]})


def random_schedules(graph, n, seed=0):
    rng = np.random.default_rng(seed)
    space = Order(len(graph.tasks), before=[tuple(edge) for edge in graph.edges.tolist()])
    order = space.order_many(rng.random((n, len(graph.tasks))))
    return order, rng.integers(0, len(graph.machines), order.shape)


@pytest.mark.parametrize(
    ("machine", "finish_us", "transfer_us"),
    [([0, 0], (2.0, 3.0), 0.0), ([0, 1], (2.0, 5.5), 0.5), ([1, 0], (2.0, 3.5), 0.5), ([1, 1], (2.0, 5.0), 0.0)],
)
def test_two_tasks_by_hand(machine, finish_us, transfer_us):
    plan = schedule(TWO, [0, 1], machine)
    assert plan.finish_us == finish_us and plan.transfer_us == transfer_us
    assert plan.makespan_us == max(finish_us)
    assert plan.utilisation(2) == pytest.approx((2.0 + TWO.duration_us[1, machine[1]]) / (2 * plan.makespan_us))


@pytest.mark.parametrize("name", ["gaussian-5", "cholesky-4", "lu-3", "fft-4"])
def test_the_kernel_agrees_with_its_plain_twin(name):
    graph = built_in(name)
    order, machine = random_schedules(graph, 300)
    found = Measurer(graph).measure(order, machine)
    for row, tasks, where in zip(found, order.tolist(), machine.tolist(), strict=True):
        plan = schedule(graph, tasks, where)
        assert row.tolist() == pytest.approx([plan.makespan_us, plan.transfer_us, plan.utilisation(2)], rel=1e-12)


@pytest.mark.parametrize("name", ["gaussian-4", "fft-4"])
def test_schedules_are_feasible_and_have_no_needless_wait(name):
    graph = built_in(name)
    for order, machine in zip(*(a.tolist() for a in random_schedules(graph, 50)), strict=True):
        plan = schedule(graph, order, machine)
        for task in order:
            arrivals = [
                plan.finish_us[a] + (us if machine[a] != machine[task] else 0.0) for a, us in graph.predecessors[task]
            ]
            earlier = order[: order.index(task)]
            free = [plan.finish_us[other] for other in earlier if machine[other] == machine[task]]
            assert plan.start_us[task] == max([0.0, *arrivals, *free])


def test_a_batch_of_one_and_of_none():
    measurer = Measurer(TWO)
    assert measurer.measure(np.array([[0, 1]]), np.array([[0, 1]])).shape == (1, 3)
    assert measurer.measure(np.empty((0, 2), np.int64), np.empty((0, 2), np.int64)).shape == (0, 3)


@pytest.mark.parametrize("order", [[1, 0], [0, 0], [1, 1]])
def test_illegal_orders_are_flagged(order):
    assert Measurer(TWO).measure(np.array([order]), np.array([[0, 0]]))[0, 0] == ILLEGAL


def test_tasks_that_take_no_time_keep_their_precedence():
    graph = TaskGraph.read({"tasks": {"a": 0.0, "b": 1.0, "c": 0.0}, "edges": [["a", "b", 1.0], ["b", "c", 1.0]]})
    measurer = Measurer(graph)
    assert measurer.measure(np.array([[0, 1, 2]]), np.array([[0, 1, 0]])).tolist() == [[3.0, 2.0, 1 / 6]]
    assert measurer.measure(np.array([[1, 0, 2]]), np.array([[0, 1, 0]]))[0, 0] == ILLEGAL
