import json

import numpy as np
import pytest

from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.core.errors import SpecError

TWO = {"tasks": {"load": 2.0, "add": [1.0, 3.0]}, "edges": [["load", "add", 0.5]]}

# Topcuoglu, Hariri and Wu (2002): the ten tasks of figure 2, on three machines.
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


def test_reads_durations_for_all_machines_or_for_each():
    graph = TaskGraph.read(TWO)
    assert graph.tasks == ("load", "add") and graph.machines == ("first", "second")
    assert graph.duration_us.tolist() == [[2.0, 2.0], [1.0, 3.0]]
    assert graph.predecessors == ((), ((0, 0.5),)) and graph.successors == (((1, 0.5),), ())


def test_reads_a_file(tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(PAPER))
    assert TaskGraph.read(path).machines == ("P1", "P2", "P3")
    assert TaskGraph.read(str(path)).digest == TaskGraph.read(PAPER).digest


def test_upward_ranks_are_the_published_ones():
    # Table 2 of the paper: 108.000 77.000 80.000 80.000 69.000 63.333 42.667 35.667 44.333 14.667
    published = [108.0, 77.0, 80.0, 80.0, 69.0, 63.333, 42.667, 35.667, 44.333, 14.667]
    assert TaskGraph.read(PAPER).upward_rank_us.tolist() == pytest.approx(published, abs=1e-3)


def test_sorted_tasks_put_predecessors_first():
    graph = TaskGraph.read(PAPER)
    position = {task: i for i, task in enumerate(graph.sorted_tasks)}
    assert sorted(position) == list(range(10))
    assert all(position[a] < position[b] for a, b in graph.edges.tolist())


def test_of_repeated_edges_the_slowest_counts():
    graph = TaskGraph.read({"tasks": {"a": 1.0, "b": 1.0}, "edges": [["a", "b", 2.0], ["a", "b", 3.0], ["a", "b"]]})
    assert graph.edges.tolist() == [[0, 1]] and graph.transfer_us.tolist() == [3.0]


def test_tasks_without_edges_are_a_graph():
    graph = TaskGraph.read({"tasks": {"a": 1.0, "b": 2.0}})
    assert graph.edges.shape == (0, 2) and graph.upward_rank_us.tolist() == [1.0, 2.0]


def test_the_digest_changes_with_every_number():
    slower = {**TWO, "tasks": {"load": 2.0, "add": [1.0, 3.1]}}
    farther = {**TWO, "edges": [["load", "add", 0.6]]}
    assert len({TaskGraph.read(one).digest for one in (TWO, slower, farther)}) == 3
    assert TaskGraph.read(TWO).digest == TaskGraph.read(dict(TWO)).digest


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ({"tasks": {}}, r"graph\.tasks: \[\] .*at least one task"),
        ({}, "graph: .*an object with tasks"),
        ({"tasks": ["a"]}, "graph: .*an object with tasks"),
        ({"tasks": {"a": 1.0}, "edgs": []}, "graph: 'edgs' .*did you mean 'edges'"),
        ({"tasks": {"a": -1.0, "b": 1.0}}, r"graph\.tasks\.a: -1.0 .*at least 0"),
        ({"tasks": {"a": float("nan")}}, r"graph\.tasks\.a: nan"),
        ({"tasks": {"a": [1.0]}}, r"graph\.tasks\.a: \[1.0\] .*one number, or 2"),
        ({"tasks": {"a": "1 us"}}, r"graph\.tasks\.a: '1 us'"),
        ({"tasks": {"a": 0.0}}, r"graph\.tasks: 'no work at all'"),
        ({"tasks": {"a": 1.0, "b": 1.0}, "edges": [["a", "b", -2.0]]}, r"graph\.edges\.a\.b: -2.0"),
        ({"tasks": {"a": 1.0, "b": 1.0}, "edges": [["a", "bb"]]}, r"graph\.edges: 'bb' .*did you mean 'b'"),
        ({"tasks": {"a": 1.0, "b": 1.0}, "edges": [["a"]]}, r"graph\.edges: \['a'\]"),
        ({"tasks": {"a": 1.0, "b": 1.0}, "edges": [["a", "b", "soon"]]}, r"graph\.edges: \['a', 'b', 'soon'\]"),
        ({"tasks": {"a": 1.0}, "edges": [["a", "a"]]}, r"graph\.edges: 'a -> a' .*without a cycle"),
    ],
)
def test_graphs_that_make_no_sense_are_refused(graph, said):
    with pytest.raises(SpecError, match=said):
        TaskGraph.read(graph)


def test_a_cycle_is_named():
    tasks = dict.fromkeys("abcd", 1.0)
    with pytest.raises(SpecError) as raised:
        TaskGraph.read({"tasks": tasks, "edges": [["a", "b"], ["b", "c"], ["c", "d"], ["d", "b"]]})
    assert raised.value.value in {"b -> c -> d -> b", "c -> d -> b -> c", "d -> b -> c -> d"}


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(SpecError, match=r"a readable JSON file; No such file"):
        TaskGraph.read(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(SpecError, match="a JSON file; Expecting"):
        TaskGraph.read(tmp_path / "bad.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(SpecError, match="an object with tasks"):
        TaskGraph.read(tmp_path / "list.json")


def test_arrays_keep_the_order_of_names():
    graph = TaskGraph.build("own", {"b": [1.0, 2.0], "a": [3.0, 4.0]}, ("x", "y"), [("b", "a", 0.0)])
    assert graph.tasks == ("b", "a") and np.array_equal(graph.duration_us, [[1.0, 2.0], [3.0, 4.0]])
