import numpy as np
import pytest

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.learning.step_rewards import StepMeasure, StepWorth, final_rewards, shaped_rewards
from archwright.learning.walks import WalkLayout
from archwright.testing.functions import Bnh, Sphere
from archwright.testing.pipeline import Pipeline


def trial_of(problem, design, goals):
    (answer,) = problem.evaluate([design], rng=np.random.default_rng(0))
    return judge(0, design, answer, goals, seconds=0.0, attempts=1)


def design_of(*stages):
    return {f"{name}_{i}": one for i, pair in enumerate(stages) for name, one in zip(("lanes", "buffers"), pair)}  # noqa: B905


def read(*stages):
    problem = Pipeline(len(stages))
    goals = Goals(problem.goals)
    measure = StepMeasure(problem, goals, WalkLayout(problem))
    return problem, measure.read([trial_of(problem, design_of(*stages), goals)])


def test_a_step_is_worth_what_its_component_adds():
    problem, worth = read((1, 1), (8, 2), (2, 1))
    assert worth.gains.tolist() == [[-2.0, -0.375, -3.0]]
    assert worth.used[0, :, 0] * problem.budget == pytest.approx([1.25, 12.0, 2.5])
    assert worth.merits == pytest.approx([-5.375])


def test_a_problem_that_measures_all_drafts_at_once_is_asked_once():
    class AtOnce(Pipeline):
        def measure_walks(self, designs):
            asked.append(len(designs))
            rows = []
            for design in designs:
                drafts = [self.space.start()]
                for value in self.space.choices(design):
                    drafts.append(drafts[-1].choose(value))
                rows.append([self.measure(draft) for draft in drafts])
            return {name: np.array([[one[name] for one in row] for row in rows]) for name in rows[0][0]}

    asked, stages = [], [[(1, 1), (8, 2), (2, 1)], [(8, 4), (1, 2), (4, 4)]]
    found = []
    for problem in (Pipeline(3), AtOnce(3)):
        goals = Goals(problem.goals)
        trials = [trial_of(problem, design_of(*one), goals) for one in stages]
        found.append(StepMeasure(problem, goals, WalkLayout(problem)).read(trials))
    assert asked == [2]
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_rewards_are_above_the_worst_step_and_follow_the_order():
    _, worth = read((1, 1), (8, 1), (2, 1))
    order = np.array([2, 0, 1])
    rewards, taken = shaped_rewards(worth, -4.0, order)
    np.testing.assert_allclose(rewards, worth.gains[:, order] + 4.0)
    assert taken.all()


def test_the_step_that_breaks_the_budget_takes_everything_back():
    _, worth = read((1, 1), (8, 4), (8, 4))
    assert worth.violations[0] > 0
    rewards, taken = shaped_rewards(worth, -5.0, np.arange(3))
    assert taken.tolist() == [[True, True, False]]  # 16 of 12.96 after the second
    assert rewards[0, 1] == -rewards[0, 0] and rewards[0, 2] == 0.0


def test_a_design_that_is_broken_as_a_whole_is_punished_at_its_end():
    worth = StepWorth(np.array([[1.0, 2.0]]), np.zeros((1, 2, 0)), np.array([np.inf]), np.array([-np.inf]))
    rewards, taken = shaped_rewards(worth, 0.0, np.arange(2))
    assert rewards.tolist() == [[1.0, -1.0]] and taken.all()


def test_only_one_objective_that_is_measured_from_the_start_is_shaped():
    def is_stepwise(problem, *goals):
        return StepMeasure(problem, Goals.read(goals or problem.goals), WalkLayout(problem)).is_stepwise

    assert is_stepwise(Pipeline(2)) and is_stepwise(Pipeline(2), "max latency_s")
    assert not is_stepwise(Pipeline(2), "min latency_s", "min area")
    assert not is_stepwise(Sphere(2)) and not is_stepwise(Bnh())


def test_without_measures_a_walk_is_worth_its_rank_at_the_end():
    problem = Sphere(2)
    goals = Goals(problem.goals)
    trials = [trial_of(problem, {"x1": x, "x2": 0.0}, goals) for x in (3.0, 1.0, 2.0)]
    trials.append(judge(3, {"x1": 0.0, "x2": 0.0}, Failed("crash"), goals, seconds=0.0, attempts=1))
    worth = StepMeasure(problem, goals, WalkLayout(problem)).read(trials)
    assert not worth.gains.any()
    rewards = final_rewards(3, 2, worth.violations, worth.merits)
    assert not rewards[:, 0].any() and np.argsort(rewards[:, 1]).tolist() == [2, 1, 0]
