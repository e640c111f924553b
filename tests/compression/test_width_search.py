import numpy as np
import pytest
from torch import nn

from archwright.compression.amc.trained_networks import trained
from archwright.compression.budget import parse_budget
from archwright.compression.subjects import TorchSubject
from archwright.compression.width_search import WidthSearch
from archwright.core.errors import SpecError
from archwright.models.fashion_mnist import Labelled
from archwright.testing import check_problem

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def problem():
    found = trained("drawn")
    judged = Labelled(*(part[:200] for part in found.data.validation))
    subject = TorchSubject(found.model, found.data.train.images)
    budgets = [parse_budget("macs <= 50%"), parse_budget("parameters <= 60%")]
    return WidthSearch(subject, found.data, judged, budgets, multiple=4)


def test_it_is_a_problem(problem):
    check_problem(problem, rng=RNG(0), n=4)


def test_designs_are_within_every_budget_and_the_network_is_as_narrow(problem):
    draft = problem.space.start()
    while draft.next() is not None:
        draft = draft.choose(1.0)
    design = draft.design()
    (found,) = problem.evaluate([design], rng=RNG(0))
    dense = problem.graph.cost()
    assert found["macs"] <= 0.5 * dense.macs and found["parameters"] <= 0.6 * dense.parameters
    network = problem.network(design)
    assert sum(one.numel() for one in network.parameters()) == found["parameters"]


def test_latency_is_added_up(problem):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
    data = trained("drawn").data
    subject = TorchSubject(trained("drawn").model, data.train.images)
    found = WidthSearch(subject, data, problem.judged, [parse_budget("latency_ms <= 80%")], multiple=4)
    whole = found.costs(found.space.whole[None])[0, 0]
    assert found.costs(np.array([found.space.wall.follow(found.space.whole)]))[0, 0] <= 0.8 * whole


def test_what_has_no_channels_is_refused():
    data = Labelled(np.zeros((10, 1, 2, 2), np.float32), np.zeros(10, np.int64))
    subject = TorchSubject(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), data.images)
    split = trained("drawn").data._replace(train=data)
    with pytest.raises(SpecError, match="without channels that can be removed"):
        WidthSearch(subject, split, data, [parse_budget("macs <= 50%")])
