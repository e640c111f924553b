from dataclasses import replace

import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Gradients
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import Proposal, judge
from archwright.optimizers.gradient import Gradient
from archwright.testing.functions import Bnh, Branin, Hartmann6, Osy, Rosenbrock, Sphere


class Grid(Sphere):
    """A skewed bowl on a grid: rounding its minimum gives another design than its best."""

    def __init__(self):
        super().__init__(2)
        self.space = Record(x1=Real(-5.0, 5.0, step=1.0), x2=Real(-5.0, 5.0))

    def values(self, x):
        a, b = x[:, :1], x[:, 1:]
        return (a - 0.45) ** 2 + 25.0 * (b - a) ** 2


@pytest.mark.parametrize("problem", [Sphere(4), Bnh(), Osy(), Grid()], ids=lambda one: type(one).__name__)
def test_laws(check_laws, problem):
    check_laws(Gradient, problem)


@pytest.mark.parametrize(("problem", "trials"), [(Sphere(6), 40), (Rosenbrock(2), 80), (Branin(), 30)])
def test_smooth_functions_take_tens_of_trials(best_loss, problem, trials):
    losses = [best_loss(Gradient, problem, trials, seed=seed) for seed in range(3)]
    assert np.median(losses) < problem.optimal_value + 1e-4


def test_new_starts_find_the_global_minimum_among_local_ones(drive):
    table = drive(Gradient, Hartmann6(), 200)
    assert -max(trial.score for trial in table) < Hartmann6.optimal_value + 1e-3
    starts = [trial.hint["start"] for trial in table]
    assert starts == sorted(starts) and starts[-1] >= 3


def test_constraints_hold_at_the_end(drive):
    class Tight(Osy):
        def __init__(self):
            super().__init__()
            self.goals = Goals.read(["min f1", *(str(one) for one in self.goals if one.is_constraint)]).goals

    best = max(drive(Gradient, Tight(), 80), key=lambda trial: (-trial.violation, trial.score))
    assert best.violation == 0.0 and best.metrics["f1"] < -273.9  # the end of the published front is at -274


def test_several_objectives_are_weighted_otherwise_at_every_start(drive):
    table = [trial for trial in drive(Gradient, Bnh(), 120) if trial.violation == 0.0]
    front = Bnh().front(2000)
    near = [np.abs(front - trial.objectives).max(axis=1).min() < 0.2 for trial in table]
    firsts = {round(trial.objectives[0] / 20) for trial, is_near in zip(table, near, strict=True) if is_near}
    assert len(firsts) >= 4


def test_a_grid_is_searched_beyond_rounding(drive):
    table = drive(Gradient, Grid(), 12)
    best = max(table, key=lambda trial: trial.score)
    assert best.design["x1"] == 0.0 and best.design["x2"] == pytest.approx(0.0, abs=1e-4)
    assert len({tuple(trial.design.values()) for trial in table}) == len(table)


@pytest.mark.parametrize("step_um", [0.0, 0.2])
def test_the_amplifier_takes_tens_of_trials(drive, step_um):
    problem = ThreeStageTIA(step_um=step_um)
    for seed in range(3 if step_um == 0 else 1):
        table = drive(Gradient, problem, 30, seed=seed)
        assert max(trial.score for trial in table) > 2.64


def test_the_step_after_a_better_design_of_another_study_starts_there(answer):
    problem = ThreeStageTIA(step_um=0.0)
    goals = Goals(problem.goals)
    method = Gradient(problem, goals)
    method.tell(answer(problem, goals, method.ask(1, np.random.default_rng(0)), 0))
    method.tell([replace(one, hint=None) for one in answer(problem, goals, [Proposal(HUMAN)], 1)])
    proposal = method.ask(1, np.random.default_rng(1))[0]
    moved = np.log(problem.space.to_array([proposal.design]) / problem.space.to_array([HUMAN]))
    assert 0.1 < np.abs(moved).max() <= 0.5 + 1e-9
    for number in range(2, 8):
        trials = answer(problem, goals, method.ask(1, np.random.default_rng(number)), number)
        method.tell(trials)
    assert trials[0].hint["start"] == 0 and trials[0].score > 2.4


def test_a_step_without_an_answer_halves_the_radius(answer):
    problem = Rosenbrock(2)
    goals = Goals(problem.goals)
    method = Gradient(problem, goals)
    method.tell(answer(problem, goals, method.ask(1, np.random.default_rng(0)), 0))
    proposal = method.ask(1, np.random.default_rng(1))[0]
    failed = judge(1, proposal.design, Failed("crash"), goals, seconds=0.0, attempts=1, hint=proposal.hint)
    method.tell([failed])
    assert method.region.radius == pytest.approx(0.25)


def test_a_batch_asks_steps_of_several_lengths_that_differ():
    problem = ThreeStageTIA(step_um=0.0)
    goals = Goals(problem.goals)
    method = Gradient(problem, goals)
    proposal = method.ask(1, np.random.default_rng(0))[0]
    metrics = problem.evaluate([proposal.design], rng=np.random.default_rng(0))[0]
    method.tell([judge(0, proposal.design, metrics, goals, seconds=0.0, attempts=1, hint=proposal.hint)])
    asked = method.ask(4, np.random.default_rng(1))
    first = problem.space.to_array([proposal.design])
    lengths = [np.abs(np.log(problem.space.to_array([one.design]) / first)).max() for one in asked]
    assert len(set(lengths)) == 4 and min(lengths) < 0.21 and max(lengths) > 0.45


def test_every_told_design_with_metrics_costs_one_gradient(answer):
    class Counting(Sphere):
        asked = 0

        def gradients(self, designs):
            Counting.asked += len(designs)
            return super().gradients(designs)

    problem = Counting(2)
    goals = Goals(problem.goals)
    method = Gradient(problem, goals)
    for first in range(6):
        before = Counting.asked
        proposals = method.ask(1, np.random.default_rng(first))
        assert Counting.asked == before
        method.tell(answer(problem, goals, proposals, first))
    assert Counting.asked == 6


def test_gradients_of_the_amplifier_are_gradients():
    assert isinstance(ThreeStageTIA(engine="ngspice").gradients([HUMAN])[0], Gradients)


def test_a_problem_without_derivatives_is_refused_in_one_line():
    class Plain:
        name, space, goals = "plain", Record(x=Real(0.0, 1.0)), Goals.read(["min f"]).goals

    with pytest.raises(SpecError, match="gradient on plain: 'no derivatives'") as refused:
        Gradient(Plain(), Goals(Plain.goals))
    assert "\n" not in str(refused.value)


def test_choices_and_radii_out_of_range_are_refused():
    problem = Sphere(2)
    with pytest.raises(SpecError, match="radius"):
        Gradient(problem, Goals(problem.goals), radius=0.0)
    problem.space = Record(x1=Real(-5.0, 5.0), x2=[1, 2])
    with pytest.raises(SpecError, match="choices"):
        Gradient(problem, Goals(problem.goals))
