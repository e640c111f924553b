import pickle

import numpy as np
import pytest

from archwright.accelerators.confuciux.problem import ResourceAssignment
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.space import decode_many
from archwright.learning.components import components_of

RNG = np.random.default_rng(0)
VARIANTS = [
    {},
    {"dataflow": "mix", "objective": "energy", "constraint": "power", "budget": "iotx"},
    {"deployment": "sequential", "budget": 0.3},
    {"objective": "interval", "budget": "cloud"},
    {"deployment": "sequential", "dataflow": "mix"},
]


def of(**options):
    return ResourceAssignment(**{"workload": "resnet-18", **options})


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_no_design_beats_the_optimum(options):
    problem = of(**options)
    goals = Goals.read(problem.goals, problem.metrics)
    uniform, optimum = problem.references()
    designs = decode_many(problem.space, np.random.default_rng(1).random((500, problem.space.horizon)))
    found = [one for one in problem.evaluate(designs, rng=RNG) if goals.violation(one) == 0.0]
    best = optimum.metrics[problem.objective]
    assert optimum.is_optimal and goals.violation(optimum.metrics) == 0.0
    assert uniform.metrics[problem.objective] >= best and goals.score(uniform.metrics) == pytest.approx(1.0)
    assert all(one[problem.objective] >= best for one in found)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_a_draft_is_measured_as_far_as_it_goes(options):
    problem = of(**options)
    draft, before = problem.space.start(), 0.0
    assert set(problem.measure(draft).values()) == {0.0}
    while (decision := draft.next()) is not None:
        draft = draft.choose(decision.at(0.7))
        latency = problem.measure(draft)["latency_cycles"]
        assert latency >= before
        before = latency
    assert problem.measure(draft) == problem.evaluate([draft.design()], rng=RNG)[0]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_all_drafts_on_the_way_are_measured_as_one_after_another(options):
    problem = of(**options)
    designs = decode_many(problem.space, RNG.random((3, problem.space.horizon)))
    found = problem.measure_walks(designs)
    for row, design in enumerate(designs):
        draft, values = problem.space.start(), problem.space.choices(design)
        for n, value in enumerate([None, *values]):
            draft = draft if value is None else draft.choose(value)
            assert {name: column[row, n] for name, column in found.items()} == pytest.approx(
                problem.measure(draft), rel=1e-12
            )


def test_without_stride_and_padding_the_totals_are_those_of_maestro_s_users():
    problem = ResourceAssignment(workload="mobilenet-v2", compatible=True)
    design = {axis: 16 if axis.endswith("n_pes") else 1 for axis in problem.space.axes}
    assert problem.evaluate([design], rng=RNG)[0]["latency_cycles"] == 52_034_080.0


def test_budgets_lie_between_the_smallest_and_the_largest_design():
    least, most = of().deployment.limits("area_mm2")
    bounds = {budget: of(budget=budget).budget for budget in (0, 0.05, "iotx", "cloud", 1.0, "0.1 mm2", "90000 um2")}
    assert bounds[0] == least and bounds[1.0] == pytest.approx(most)
    assert bounds[0.05] == bounds["iotx"] == pytest.approx(least + 0.05 * (most - least))
    assert bounds["cloud"] == pytest.approx((least + most) / 2)
    assert bounds["0.1 mm2"] == 0.1 and bounds["90000 um2"] == pytest.approx(0.09)


def test_a_budget_below_the_smallest_design_says_by_how_much():
    least, _ = of(constraint="power").deployment.limits("power_w")
    with pytest.raises(
        SpecError, match=rf"budget: '1 mW' .* at least {least:.6g} W, the smallest design; it is .* short"
    ):
        of(constraint="power", budget="1 mW")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 1.5}, "budget: 1.5 is not possible; allowed: a share from 0 to 1, cloud, iot, iotx, or a quantity"),
        ({"budget": -0.1}, "budget: -0.1"),
        ({"budget": "3 W"}, "budget: 'W' is not possible; allowed: a unit of the same kind as mm2"),
        ({"dataflow": "nvdla"}, "dataflow: 'nvdla'"),
        ({"objective": "speed"}, "objective: 'speed'"),
        ({"constraint": "volume"}, "constraint: 'volume'"),
        ({"bandwidth": 0}, "bandwidth: 0"),
        ({"workload": []}, "workload: .* at least one layer"),
        ({"workload": "resnet-19"}, "did you mean 'resnet-18'"),
    ],
)
def test_bad_input_is_one_line(options, message):
    with pytest.raises(SpecError, match=message) as refused:
        of(**options)
    assert "\n" not in str(refused.value)


def test_a_design_outside_the_space_is_one_line():
    problem = of(deployment="sequential")
    with pytest.raises(SpecError, match=r"design\.n_pes: 3"):
        problem.evaluate([{"n_pes": 3, "tile": 1}], rng=RNG)


def test_a_copy_in_another_process_is_the_same():
    problem = of(workload=read_layers("alexnet"), dataflow="mix", compatible=True)
    copy = pickle.loads(pickle.dumps(problem))
    assert (copy.version, copy.goals, copy.budget) == (problem.version, problem.goals, problem.budget)


def test_the_version_follows_the_options():
    versions = {of(**options).version for options in (*VARIANTS, {"compatible": True}, {"counts_bus": True})}
    assert len(versions) == 7


def test_layers_are_components_in_a_chain():
    found = components_of(of())
    assert len(found) == 20 and found.width == 2 and len(found.edges) == 19
    assert found.type_names == ("convolution", "depthwise", "matrix product")
    assert len(components_of(of(deployment="sequential"))) == 2


def test_a_layer_of_the_user_s_own():
    problem = ResourceAssignment(workload=[Layer("only", 8, 8, 9, 9, 3, 3)], budget=1.0)
    assert problem.optimum is not None and problem.space.axes == ("only.n_pes", "only.tile")


def test_a_counted_bus_hides_the_buffers():
    """With the bus of MAESTRO's users the buffers are less than a ten-thousandth of the area."""
    problem = of(workload="alexnet", counts_bus=True)
    small, large = ({axis: 16 if axis.endswith("n_pes") else tile for axis in problem.space.axes} for tile in (1, 12))
    areas = [one["area_mm2"] for one in problem.evaluate([small, large], rng=RNG)]
    assert 1.0 <= areas[1] / areas[0] < 1.0 + 1e-4
