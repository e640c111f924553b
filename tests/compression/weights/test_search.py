import numpy as np
import pytest

from archwright.accelerators.eie import EieSimulator
from archwright.compression.budget import parse_budget
from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.layer_table import Choices, LayerTable
from archwright.compression.subjects import TorchSubject
from archwright.compression.weights.search import WeightSearch, layers_of
from archwright.core.errors import SpecError
from archwright.core.study import Study
from archwright.learning.seeding import seeded
from archwright.models.fashion_mnist import Labelled
from archwright.models.lenet import LeNet300
from archwright.testing import check_problem

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def problem():
    data = Labelled(RNG(0).standard_normal((20, 1, 28, 28)).astype(np.float32), RNG(1).integers(0, 10, 20))
    subject = TorchSubject(seeded(LeNet300, RNG(1)), data.images)
    table = LayerTable(layers_of(subject), Choices((5, 20, 100), (2, 4)), simulator=EieSimulator())
    return WeightSearch(subject, data, [parse_budget("bytes <= 3%"), parse_budget("cycles <= 60%")], table)


def test_it_is_a_problem(problem):
    check_problem(problem, rng=RNG(2))


def test_no_design_is_above_the_budget_in_the_file(problem, tmp_path):
    limit = 0.03 * problem.dense
    for seed in range(20):
        design, draft = None, problem.space.start()
        for share in RNG(seed).random(problem.space.horizon):
            draft = draft.choose(float(share))
        design = draft.design()
        packed = problem.packed(design)
        assert write_model(tmp_path / "m.awz", packed) <= limit
        assert load_model(tmp_path / "m.awz").keys() == problem.subject.weights.keys()
    (outcome,) = problem.evaluate([design], rng=RNG(0))
    assert outcome["bytes"] == (tmp_path / "m.awz").stat().st_size


def test_guesses_treat_layers_alike_with_the_most_bits_that_fit(problem):
    guesses = problem.guesses()
    assert [one["ip1.weight.percent"] for one in guesses] == [5]
    for one in guesses:
        assert len({value for name, value in one.items() if name.endswith("bits")}) == 1
        more = {**one, **{name: 4 for name in one if name.endswith("bits")}}
        assert more == one or not problem.space.fits(problem.space.counts(more))


@pytest.mark.parametrize("method", ["random", "sobol", "nsga2"])
def test_optimizers_run_on_it(problem, method):
    study = Study.open(":memory:", method, problem, method, seed=0).run(trials=8, pool="inline")
    assert study.best().is_feasible


def test_what_cannot_be_reached_is_refused(problem):
    with pytest.raises(SpecError, match=r"budget bytes: 1000 is not possible; allowed: \d+ or more"):
        WeightSearch(problem.subject, problem.judged, [parse_budget("bytes <= 1000")], problem.table)
    with pytest.raises(SpecError, match="budget: 'macs' is not possible"):
        WeightSearch(problem.subject, problem.judged, [parse_budget("macs <= 50%")], problem.table)


def test_small_tensors_are_left_alone(problem):
    assert list(layers_of(problem.subject)) == ["ip1.weight", "ip2.weight", "ip3.weight"]
    with pytest.raises(SpecError, match="a float32 layer of 1000000 weights or more"):
        layers_of(problem.subject, least=1_000_000)
