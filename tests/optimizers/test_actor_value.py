import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.a2c import A2c
from archwright.optimizers.actor_value import ActorValue
from archwright.optimizers.ppo import Ppo
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def test_every_batch_moves_policy_and_value_network_as_often_as_there_are_epochs(drive):
    for make, steps in ((Ppo, 3 * 10), (A2c, 3)):
        drive(make, Pipeline(3), 24, batch=8, hidden=8)
        learner = drive.optimizer.learner
        assert learner.optimizer.n_steps == learner.value_optimizer.n_steps == steps


def test_values_come_to_tell_early_steps_from_late_ones(drive):
    drive(Ppo, Pipeline(5), 400, discount=1.0, hidden=16)
    agent = drive.optimizer
    inputs = agent.layout.inputs(agent.layout.read(drive_designs(agent)))
    values = agent.learner.values(torch.tensor(inputs, dtype=torch.float32)).detach().numpy().mean(axis=0)
    assert values[0] > values[2] > values[4]


def drive_designs(agent):
    return [one.design for one in agent.ask(8, np.random.default_rng(0))]


def test_a_walk_on_its_own_is_compared_with_its_value(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    agent = Ppo(problem, goals, hidden=8)
    agent.tell(answer(problem, goals, agent.ask(8, np.random.default_rng(0)), 0))
    before = agent.learner.optimizer.flat.clone()
    agent.tell(answer(problem, goals, agent.ask(1, np.random.default_rng(1)), 8))
    assert bool((agent.learner.optimizer.flat != before).any())
    assert bool(torch.isfinite(agent.learner.optimizer.flat).all())


@pytest.mark.parametrize(
    ("option", "value"),
    [("hidden", 0), ("epochs", 0.5), ("rate", 0.0), ("trace", 1.1), ("width", -1.0), ("clip", -1.0)],
)
def test_options_out_of_range_are_refused(option, value):
    usual = {"hidden": 8, "rate": 1e-3, "trace": 0.9, "entropy_weight": 0.0, "epochs": 1, "width": 0.2, "clip": 1.0}
    with pytest.raises(SpecError, match=option):
        ActorValue(**usual | {option: value})
