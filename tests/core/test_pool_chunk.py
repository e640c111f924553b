import pickle

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorFailed, SimulatorMissing, SpecError
from archwright.core.pool_carry import Direct
from archwright.core.pool_chunk import Answer, Crashed, Job, checked, evaluate_chunk
from archwright.testing.misbehaving import Misbehaving, Unsteady


def outcomes(problem, *designs):
    jobs = [Job(n, design, (0, n, 1)) for n, design in enumerate(designs)]
    return [answer.outcome for answer in evaluate_chunk(Direct(problem), jobs)]


def act(name):
    return {"x": 0.5, "act": name}


GOOD = {"x": 0.5}
ANSWER = {"y": 0.25, "z": 1.0}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("infeasible", Infeasible("too narrow")),
        ("raise_infeasible", Infeasible("too wide")),
        ("failed", Failed("no convergence")),
        ("raise", Failed("ZeroDivisionError: a division by zero")),
        ("exit", Failed("SystemExit: 3")),
        ("nan", Failed("y is nan")),
        ("inf", Failed("z is inf")),
        ("no_z", Failed("z is missing")),
        ("word", Failed("y is 'large', not a number")),
        ("none", Failed("the problem gave NoneType in place of metrics")),
        ("huge", {"y": 1.7e308, "z": 1.7e308}),
    ],
)
def test_whatever_a_design_does_its_neighbours_are_answered(name, outcome):
    assert outcomes(Misbehaving(), GOOD, act(name), GOOD) == [ANSWER, outcome, ANSWER]
    assert outcomes(Misbehaving(), act(name)) == [outcome]


@pytest.mark.parametrize(("name", "error"), [("missing", SimulatorMissing), ("spec", SpecError)])
def test_what_no_design_is_to_blame_for_is_raised(name, error):
    with pytest.raises(error):
        outcomes(Misbehaving(), GOOD, act(name))


def test_a_stop_by_the_user_is_not_an_outcome():
    class Stopped(Misbehaving):
        def evaluate(self, designs, *, rng):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcomes(Stopped(), GOOD)


class Counting(Misbehaving):
    def __init__(self):
        super().__init__()
        self.calls = []

    def evaluate(self, designs, *, rng):
        self.calls.append(len(designs))
        return super().evaluate(designs, rng=rng)


def test_a_chunk_is_one_call_and_is_taken_apart_only_when_it_raises():
    problem = Counting()
    outcomes(problem, GOOD, GOOD, GOOD)
    assert problem.calls == [3]
    outcomes(problem, GOOD, act("raise"))
    assert problem.calls == [3, 2, 1, 1]


def test_a_problem_that_varies_gets_each_trial_s_own_generator():
    problem = Unsteady()
    wanted = [float(np.random.default_rng((0, n, 1)).random()) for n in range(3)]
    assert [outcome["y"] for outcome in outcomes(problem, GOOD, GOOD, GOOD)] == wanted


def test_a_wrong_number_of_outcomes_is_a_failure_of_all():
    class Short(Misbehaving):
        def evaluate(self, designs, *, rng):
            return super().evaluate(designs, rng=rng)[1:]

    assert outcomes(Short(), GOOD, GOOD) == [Failed("the problem gave 1 outcomes for 2 designs")] * 2


def test_seconds_are_shared_out(monkeypatch):
    jobs = [Job(n, GOOD, (0, n, 1)) for n in range(4)]
    answers = evaluate_chunk(Direct(Misbehaving(seconds=0.01)), jobs)
    assert len({answer.seconds for answer in answers}) == 1
    assert 0.01 <= answers[0].seconds < 0.1


def test_metrics_become_plain_floats_and_strangers_are_dropped():
    found = checked({"z": np.float32(0.5), "y": np.int64(3), "more": "text"}, ("y", "z"))
    assert found == {"y": 3.0, "z": 0.5}
    assert {type(value) for value in found.values()} == {float}


@pytest.mark.parametrize("outcome", [[1.0, 2.0], 3.0, "done", ANSWER.items()])
def test_what_is_no_outcome_is_a_failure(outcome):
    assert isinstance(checked(outcome, ("y", "z")), Failed)


@pytest.mark.parametrize(
    "thing",
    [
        Job(3, {"x": [1, "a"]}, (0, 3, 1)),
        Answer({"y": 1.0}, 0.5),
        Crashed("timed out after 2 s", 2.0),
        SimulatorFailed("ngspice -b", "no convergence"),
    ],
)
def test_what_travels_can_be_pickled(thing):
    back = pickle.loads(pickle.dumps(thing))
    assert repr(back) == repr(thing) and vars(Failed("x")).keys() == {"reason"}
