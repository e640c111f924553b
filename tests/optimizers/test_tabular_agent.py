import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.q_learning import QLearning
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def agent(problem=None, **options):
    problem = problem or Sphere(3)
    return QLearning(problem, Goals.read(problem.goals, problem.metrics), **options)


def test_the_state_holds_the_latest_choices_only():
    past = [np.array([one]) for one in (3, 1, 4)]
    assert agent(memory=0)._state(3, 0, past) == (3, 0)
    assert agent(memory=2)._state(3, 0, past) == (3, 0, 1, 4)
    assert agent(memory=9)._state(3, 0, past) == (3, 0, 3, 1, 4)


def test_the_share_of_even_choices_falls_to_one_decision_of_a_design(drive):
    assert agent().epsilon == 1.0
    drive(QLearning, Sphere(3), 80, batch=8)
    assert drive.optimizer.epsilon == pytest.approx(1.0 / 3.0)
    assert agent(epsilon=0.0).least_epsilon == 0.0


def test_a_policy_without_even_choices_repeats_the_best_it_knows(drive):
    problem = Pipeline(3)
    drive(QLearning, problem, 64, batch=8, initial=-5.0)
    drive.optimizer.least_epsilon = 0.0
    drive.optimizer.n_told = 10**12
    one, other = (drive.optimizer.ask(1, np.random.default_rng(seed))[0].design for seed in (1, 2))
    layout = drive.optimizer.layout
    np.testing.assert_array_equal(layout.read([one]).levels, layout.read([other]).levels)


def test_a_reward_reaches_the_first_decision_in_one_lesson(drive):
    drive(QLearning, Sphere(3), 8, batch=8, initial=0.0)
    assert np.any(drive.optimizer.table.of((0, 0)) != 0.0)


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 0.0), ("batch", 0), ("memory", -1), ("levels", 1), ("discount", 2.0), ("epsilon", 1.5)]
)
def test_options_out_of_range_are_refused(name, value):
    with pytest.raises(SpecError, match=f"{name}: {value}"):
        agent(**{name: value})
