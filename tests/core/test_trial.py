import math
import pickle

import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorFailed
from archwright.core.goal import Goals
from archwright.core.trial import Proposal, Trial, judge

GOALS = Goals.read(["loss <= 1", "min cost ref 4", "max gain ref 2"])


def judged(outcome, **more):
    return judge(7, {"w": 1.0}, outcome, GOALS, seconds=0.25, attempts=2, **more)


def test_done_and_feasible():
    trial = judged({"loss": 0.5, "cost": 2.0, "gain": 6.0}, hint={"parent": 3})
    assert (trial.number, trial.design, trial.state) == (7, {"w": 1.0}, "done")
    assert trial.metrics == {"loss": 0.5, "cost": 2.0, "gain": 6.0}
    assert (trial.violation, trial.objectives, trial.score) == (0.0, (2.0, -6.0), 5.0)
    assert (trial.seconds, trial.attempts, trial.reason, trial.hint) == (0.25, 2, "", {"parent": 3})
    assert trial.is_feasible


def test_done_but_short_of_a_bound():
    trial = judged({"loss": 2.0, "cost": 2.0, "gain": 6.0})
    assert (trial.state, trial.violation, trial.score) == ("done", 0.5, -0.5)
    assert trial.objectives == (2.0, -6.0)
    assert not trial.is_feasible


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Infeasible("no unity-gain crossing"), "infeasible", "no unity-gain crossing"),
        (Failed("worker died"), "failed", "worker died"),
        (SimulatorFailed("ngspice -b", "singular\nmatrix"), "failed", "ngspice -b: singular | matrix"),
    ],
)
def test_without_metrics(outcome, state, reason):
    trial = judged(outcome)
    assert (trial.state, trial.reason, trial.metrics, trial.objectives) == (state, reason, {}, ())
    assert (trial.violation, trial.score) == (math.inf, -math.inf)
    assert not trial.is_feasible


def test_rank_puts_feasible_first_then_smaller_violation_then_larger_score():
    best = judged({"loss": 0.5, "cost": 1.0, "gain": 2.0})
    good = judged({"loss": 0.5, "cost": 2.0, "gain": 2.0})
    near = judged({"loss": 1.5, "cost": 0.1, "gain": 99.0})
    far = judged({"loss": 3.0, "cost": 0.1, "gain": 99.0})
    gone = judged(Failed("crash"))
    assert sorted([gone, far, good, near, best], key=lambda trial: trial.rank_key) == [best, good, near, far, gone]


def test_proposal_carries_no_hint_by_default():
    assert Proposal({"w": 1.0}) == ({"w": 1.0}, None)


def test_trials_survive_pickle_and_compare():
    trial = judged({"loss": 0.5, "cost": 1.0, "gain": 2.0})
    assert pickle.loads(pickle.dumps(trial)) == trial
    assert trial != judged({"loss": 0.5, "cost": 1.5, "gain": 2.0})


def test_a_trial_takes_no_other_attributes():
    trial = Trial(0, {}, "done", {}, 0.0, (), 0.0, 0.0, 1)
    with pytest.raises(AttributeError):
        trial.colour = "red"
