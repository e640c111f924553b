import itertools

import numpy as np
import pytest

from archwright.compilers.scheduling.branch_and_bound import shortest_schedule
from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.schedule import Measurer, schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.compilers.scheduling.workloads import built_in
from archwright.core.errors import SpecError
from archwright.core.spaces.order import Order
from archwright.testing.space import all_designs


def random_graph(rng, n):
    tasks = {f"t{i}": np.round(rng.choice([0.0, 1.0, 2.0, 3.5, 7.0], 2) + rng.random(2), 2).tolist() for i in range(n)}
    if rng.random() < 0.3:
        tasks["t0"] = [0.0, 0.0]
    pairs = [pair for pair in itertools.combinations(range(n), 2) if rng.random() < 0.4]
    edges = [[f"t{a}", f"t{b}", float(np.round(rng.choice([0.0, 0.5, 2.0, 6.0]), 2))] for a, b in pairs]
    return TaskGraph.read({"tasks": tasks, "edges": edges})


def brute_force(graph):
    n = len(graph.tasks)
    orders = np.array(list(all_designs(Order(n, before=[tuple(edge) for edge in graph.edges.tolist()]))))
    measurer = Measurer(graph)
    machines = np.array(list(itertools.product((0, 1), repeat=n)))
    return min(measurer.measure(orders, np.tile(row, (len(orders), 1)))[:, 0].min() for row in machines)


@pytest.mark.parametrize("seed", range(40))
def test_it_finds_what_brute_force_finds(seed):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, int(rng.integers(2, 7)))
    found = shortest_schedule(graph)
    assert found.is_proved and found.makespan_us == pytest.approx(brute_force(graph), rel=1e-12)
    assert found.lower_bound_us == found.makespan_us


@pytest.mark.parametrize("name", ["gaussian-3", "cholesky-2", "lu-2"])
def test_it_finds_what_brute_force_finds_on_small_algorithms(name):
    graph = built_in(name)
    assert shortest_schedule(graph).makespan_us == pytest.approx(brute_force(graph), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "makespan_us"),
    [("gaussian-5", 1966.08), ("gaussian-6", 3299.9072), ("cholesky-4", 3977.112533), ("lu-3", 3540.205867)],
)
def test_proved_optima_of_the_algorithms(name, makespan_us):
    graph = built_in(name)
    found = shortest_schedule(graph)
    assert found.is_proved and found.makespan_us == pytest.approx(makespan_us, abs=1e-6)
    assert schedule(graph, found.order, found.machine).makespan_us == found.makespan_us
    assert found.makespan_us <= heft(graph).makespan_us * (1 + 1e-12)


def test_independent_tasks_are_split_evenly():
    graph = TaskGraph.read({"tasks": dict(zip("abcdef", [8.0, 7.0, 6.0, 5.0, 4.0, 4.0], strict=True))})
    assert shortest_schedule(graph).makespan_us == 17.0


def test_dear_transfers_keep_a_chain_on_one_machine():
    tasks = {"a": [1.0, 1.0], "b": [3.0, 1.0], "c": [1.0, 1.0]}
    chain = {"tasks": tasks, "edges": [["a", "b", 5.0], ["b", "c", 5.0]]}
    found = shortest_schedule(TaskGraph.read(chain))
    assert found.makespan_us == 3.0 and found.machine == (1, 1, 1)


def test_it_says_when_it_gave_up_and_what_it_knows():
    graph = built_in("gaussian-7")
    found = shortest_schedule(graph, max_nodes=200)
    assert not found.is_proved and found.n_nodes > 200
    assert found.lower_bound_us < 5172.0523 < found.makespan_us <= heft(graph).makespan_us


def test_three_machines_are_refused():
    graph = TaskGraph.read({"tasks": {"a": 1.0}}, machines=("x", "y", "z"))
    with pytest.raises(SpecError, match=r"graph\.machines: .*two machines"):
        shortest_schedule(graph)
