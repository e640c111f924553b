import itertools
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from archwright.compression.apply import apply_plan
from archwright.compression.codec.model_file import write_model
from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.weights.code_bits import BITS, CodeBits
from archwright.compression.weights.prune import density_mask
from archwright.core.errors import SpecError
from archwright.models.fashion_mnist import Labelled
from archwright.testing import check_problem

PLAN = CompressionPlan({"0.weight": LayerPlan(0.2, 5, "exact", 3), "2.weight": LayerPlan(0.5, 4, "exact", 2)})


@pytest.fixture(scope="module")
def problem():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 60), nn.ReLU(), nn.Linear(60, 3))
    with torch.no_grad():
        for name, layer in PLAN.layers.items():
            weight = model.get_parameter(name)
            weight *= torch.from_numpy(density_mask(weight.numpy(), layer.density))
        images = torch.randn(400, 20)
        labels = model(images).argmax(1)
    return CodeBits(model, PLAN, Labelled(images.numpy(), labels.numpy()), 0.95)


def evaluate(problem, first, second):
    (metrics,) = problem.evaluate([{"0.weight": first, "2.weight": second}], rng=np.random.default_rng(0))
    return metrics


def test_it_keeps_the_contract(problem):
    check_problem(problem, rng=np.random.default_rng(0))


def test_bytes_are_those_of_the_file(problem, tmp_path):
    plan = problem.plan_of({"0.weight": 3, "2.weight": 2})
    assert plan.layers["0.weight"] == LayerPlan(0.2, 3, "exact", 3)
    packed = apply_plan(problem.weights, plan, rng=np.random.default_rng(0))
    n_bytes = write_model(tmp_path / "m.awz", packed)
    assert evaluate(problem, 3, 2)["file_bytes"] == pytest.approx(n_bytes, abs=8)


def test_more_bits_cost_bytes_and_bring_accuracy(problem):
    few, many = evaluate(problem, 1, 1), evaluate(problem, 6, 6)
    assert few["file_bytes"] < many["file_bytes"] and few["accuracy"] < 0.95 < many["accuracy"]


def test_the_order_of_designs_does_not_matter_and_it_can_be_sent_to_processes(problem):
    pairs = list(itertools.product(BITS[::2], BITS[::2]))
    forth = [evaluate(problem, *pair) for pair in pairs]
    assert [evaluate(pickle.loads(pickle.dumps(problem)), *pair) for pair in pairs[::-1]] == forth[::-1]


def test_other_weights_are_another_version(problem):
    model = nn.Sequential(nn.Linear(20, 60), nn.ReLU(), nn.Linear(60, 3))
    assert CodeBits(model, PLAN, problem.judged, 0.95).version != problem.version


def test_bits_out_of_range_are_refused(problem):
    with pytest.raises(SpecError):
        evaluate(problem, 9, 2)
