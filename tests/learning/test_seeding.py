import numpy as np
import pytest
import torch
from torch import nn

from archwright.core.trial import Trial
from archwright.learning.networks import Mlp
from archwright.learning.seeding import one_thread, seeded, told_rng, torch_generator


def trial(number, hint=None):
    return Trial(number, {}, "done", {}, 0.0, (), 0.0, 0.0, 1, "", hint)


BUILDS = {
    "mlp": lambda: Mlp((3, 8, 2)), "lstm": lambda: nn.LSTM(3, 4), "gru cell": lambda: nn.GRUCell(3, 4),
}  # fmt: skip


@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_weights_come_from_the_generator_and_nothing_else(build):
    torch.manual_seed(1)
    first = seeded(build, np.random.default_rng(0)).state_dict()
    torch.manual_seed(2)
    again = seeded(build, np.random.default_rng(0)).state_dict()
    other = seeded(build, np.random.default_rng(1)).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    for weight in first.values():
        assert torch.isfinite(weight).all() and weight.std() > 0


def test_the_global_generator_is_not_touched():
    before = torch.random.get_rng_state()
    seeded(BUILDS["mlp"], np.random.default_rng(0))
    torch_generator(np.random.default_rng(0))
    assert torch.equal(before, torch.random.get_rng_state())


def test_weights_lie_within_one_over_the_root_of_the_fan_in():
    layer = seeded(lambda: nn.Linear(400, 50), np.random.default_rng(0))
    assert layer.weight.abs().max() <= 1 / 20 and layer.weight.abs().max() > 0.99 / 20
    assert layer.bias.abs().max() <= 1 / 20


def test_one_thread_is_given_back():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_learning_depends_on_the_number_and_on_the_study_s_seed():
    def draw(*trials):
        return told_rng(trials).random()

    seed = {"seed": 5}
    assert draw(trial(8, seed), trial(9, seed)) == draw(trial(8, seed))
    values = {draw(trial(8, seed)), draw(trial(9, seed)), draw(trial(8, {"seed": 6})), draw(trial(8))}
    assert len(values) == 4
    assert draw(trial(8, {"imported": "x"}), trial(9, seed)) == draw(trial(8, seed))
