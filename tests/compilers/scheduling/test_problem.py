import json
import time
from pathlib import Path

import numpy as np
import pytest

from archwright.compilers.scheduling.problem import FEATURES, TwoMachineSchedule
from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Drawable, Observable, Problem, Referenced, Timed
from archwright.core.record import Record
from archwright.core.space import Real, decode_many
from archwright.testing.space import draw_designs

SMALL = {"tasks": {"load": 2.0, "add": [1.0, 3.0]}, "edges": [["load", "add", 0.5]]}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_is_a_problem_with_all_powers_it_claims():
    problem = TwoMachineSchedule()
    for power in (Problem, Referenced, Drawable, Observable, Timed):
        assert isinstance(problem, power)


def test_metrics_of_every_schedule_of_two_tasks(rng):
    problem = TwoMachineSchedule(graph=SMALL)
    designs = [{"order": ["load", "add"], "machine": list(pair)} for pair in
               (("first", "first"), ("first", "second"), ("second", "first"), ("second", "second"))]  # fmt: skip
    outcomes = problem.evaluate(designs, rng=rng)
    assert [one["makespan_us"] for one in outcomes] == [3.0, 5.5, 3.5, 5.0]
    assert [one["transfer_us"] for one in outcomes] == [0.0, 0.5, 0.5, 0.0]
    assert outcomes[0]["utilisation"] == 0.5


def test_the_plan_of_a_design_is_what_evaluate_measures(rng):
    problem = TwoMachineSchedule(graph="fft-4")
    for design in draw_designs(problem.space, rng, 20):
        plan, outcome = problem.plan(design), problem.evaluate([design], rng=rng)[0]
        assert outcome["makespan_us"] == pytest.approx(plan.makespan_us, rel=1e-12)


@pytest.mark.parametrize("graph", ["gaussian-5", "cholesky-4", "lu-3", "fft-4"])
def test_references_are_heft_and_the_proved_optimum(graph, rng):
    problem = TwoMachineSchedule(graph=graph)
    heft, best = problem.references()
    assert (heft.name, best.name, best.is_optimal) == ("HEFT", "proved optimum", True)
    for reference in (heft, best):
        assert problem.evaluate([reference.design], rng=rng)[0] == pytest.approx(reference.metrics)
    assert best.metrics["makespan_us"] <= heft.metrics["makespan_us"] * (1 + 1e-12)
    goals = Goals.read(problem.goals)
    assert goals.score(heft.metrics) == 1.0, "the score says how many times better than HEFT"
    random = problem.evaluate(draw_designs(problem.space, rng, 500), rng=rng)
    assert min(one["makespan_us"] for one in random) >= best.metrics["makespan_us"] * (1 - 1e-12)


def test_without_a_proof_there_is_only_heft():
    problem = TwoMachineSchedule(graph="cholesky-3")
    problem.__dict__["optimum"] = problem.optimum._replace(is_proved=False)
    assert [one.name for one in problem.references()] == ["HEFT"]


def test_other_graphs_have_other_versions(tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(SMALL))
    versions = [TwoMachineSchedule(graph=graph).version for graph in ("lu-3", "lu-4", SMALL, str(path), path)]
    assert len(set(versions)) == 3 and versions[2] == versions[3] == versions[4]


def test_drafts_are_observed_as_they_grow():
    problem = TwoMachineSchedule(graph=SMALL)
    column = {name.partition(",")[0]: i for i, name in enumerate(FEATURES)}
    start = problem.space.start()
    seen = [problem.observe(draft).nodes for draft in (start, start.choose(0), start.choose(0).choose(1).choose(1))]
    assert [nodes.shape for nodes in seen] == [(2, len(FEATURES))] * 3
    assert [nodes[:, column["is ready"]].tolist() for nodes in seen] == [[1, 0], [0, 1], [0, 0]]
    assert [nodes[:, column["is placed"]].tolist() for nodes in seen] == [[0, 0], [1, 0], [1, 1]]
    assert seen[2][:, column["position in the order"]].tolist() == [0.5, 1.0]
    assert seen[2][:, column["runs on the second machine"]].tolist() == [1, 0]
    assert problem.observe(start).edges.tolist() == [[0, 1]]


def test_drafts_of_other_spaces_are_not_observed():
    with pytest.raises(SpecError, match="a draft of two-machine-schedule"):
        TwoMachineSchedule(graph=SMALL).observe(Record(a=Real(0, 1)).start())
    with pytest.raises(SpecError, match="a draft of two-machine-schedule"):
        TwoMachineSchedule(graph=SMALL).observe(TwoMachineSchedule().space.start())


def test_the_gantt_chart_names_graph_and_makespan():
    problem = TwoMachineSchedule(graph="gaussian-3")
    picture = problem.draw(problem.references()[0].design)
    assert picture.startswith("<svg") and "gaussian-3" in picture


def test_the_picture_in_the_documentation_is_the_proved_optimum():
    problem = TwoMachineSchedule()
    shown = Path(__file__).parents[3] / "docs" / "images" / "two-machine-schedule.svg"
    assert shown.read_text() == problem.draw(problem.references()[1].design) + "\n"


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"order": ["add", "load"], "machine": ["first"] * 2}, r"design\.order\[0\]: 'add' .*'load' must stand before"),
        ({"order": ["load", "load"], "machine": ["first"] * 2}, r"design\.order\[1\]: 'load'"),
        ({"order": ["load", "ad"], "machine": ["first"] * 2}, r"design\.order\[1\]: 'ad'"),
        ({"order": ["load"], "machine": ["first"] * 2}, "'add' is missing"),
        ({"order": ["load", "add"], "machine": ["first", "third"]}, r"design\.machine\[add\]: 'third'"),
        ({"order": ["load", "add"]}, "machine is missing"),
        (None, "an object with order, machine"),
    ],
)
def test_illegal_schedules_are_refused_by_task(design, said, rng):
    problem = TwoMachineSchedule(graph=SMALL)
    for act in (lambda: problem.evaluate([design], rng=rng), lambda: problem.draw(design)):
        with pytest.raises(SpecError, match=said):
            act()


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ("quicksort-4", "graph: 'quicksort'"),
        ("none.json", "a readable JSON file"),
        ({"tasks": {}}, "at least one task"),
        ({"tasks": {"a": 1.0, "b": -1.0}}, r"graph\.tasks\.b: -1.0"),
        ({"tasks": {"a": 1, "b": 1}, "edges": [["a", "b"], ["b", "a"]]}, r"graph\.edges: '(a -> b -> a|b -> a -> b)'"),
        ({"tasks": {"a": 1.0}, "machines": ["only"]}, r"graph\.machines: \['only'\] .*two machines"),
    ],
)
def test_graphs_that_make_no_sense_are_refused(graph, said):
    with pytest.raises(SpecError, match=said):
        TwoMachineSchedule(graph=graph)


def test_whole_batches_are_fast(rng):
    # benchmarks/scheduling_speed.py measures millions/s alone; a loaded machine may be ten times slower.
    problem = TwoMachineSchedule()
    order, machine = problem.to_arrays(decode_many(problem.space, rng.random((2_000, problem.space.horizon))))
    problem._measurer.measure(order, machine)
    start = time.perf_counter()
    for _ in range(10):
        problem._measurer.measure(order, machine)
    assert 20_000 / (time.perf_counter() - start) > 30_000
