import time
import types

import numpy as np
import pytest

from archwright.core.errors import Infeasible
from archwright.core.problem import Gradients, Observation
from archwright.testing.functions import Sphere
from archwright.testing.powers import check_powers, check_svg

DESIGNS = [{"x1": 0.0, "x2": 1.0}]
GRAPH = Observation(np.zeros((3, 2)), np.array([[0, 1], [1, 2]]))


def powerful(**powers):
    """A sphere with more powers."""
    return type("Powerful", (Sphere,), powers)(2)


def slopes_of(*numbers, metric="f"):
    """What `gradients` of a sphere at `DESIGNS` might answer."""
    return lambda self, designs: [Gradients({"f": 1.0}, {metric: np.array(numbers, dtype=float)})]


def check(problem):
    check_powers(problem, DESIGNS, [{"f": 1.0}], rng=np.random.default_rng(0))


def test_kept_promises_pass():
    check(Sphere(2))
    check(
        powerful(
            draw=lambda self, design: (
                '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"><a href="#b"/></svg>'
            ),
            observe=lambda self, draft: GRAPH,
            measure=lambda self, draft: {"f": 1.0} if draft.next() is None else {},
        )
    )


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        (Observation(np.zeros(3), GRAPH.edges), r"not \(n, features\) floats"),
        (Observation(np.zeros((3, 2), int), GRAPH.edges), r"not \(n, features\) floats"),
        (Observation(np.full((3, 2), np.nan), GRAPH.edges), "not finite"),
        (Observation(GRAPH.nodes, np.zeros((2, 3), int)), r"not \(n_edges, 2\) integers"),
        (Observation(GRAPH.nodes, np.zeros((2, 2))), r"not \(n_edges, 2\) integers"),
        (Observation(GRAPH.nodes, np.array([[0, 3]])), "outside 0 to 2"),
    ],
)
def test_observations_of_another_shape_are_told(observation, said):
    with pytest.raises(AssertionError, match=said):
        check(powerful(observe=lambda self, draft: observation))


def test_the_number_of_features_must_not_change():
    with pytest.raises(AssertionError, match=r"\[0, 1, 2\] features"):
        check(powerful(observe=lambda self, draft: Observation(np.zeros((3, len(draft.values))), GRAPH.edges)))


def test_measures_of_drafts_must_be_finite():
    with pytest.raises(AssertionError, match="finite metrics"):
        check(powerful(measure=lambda self, draft: {"f": float("nan")}))


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("a < b", "no valid XML"),
        ("<html/>", "the root must be"),
        ("<svg/>", "the root must be"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "needs a viewBox"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><image href="http://x.org/a.png"/></svg>', "alone"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script/></svg>', "must not run code"),
    ],
)
def test_pictures_that_are_no_svg_are_told(picture, said):
    with pytest.raises(AssertionError, match=said):
        check_svg(picture)
    with pytest.raises(AssertionError, match=said):
        check(powerful(draw=lambda self, design: picture))


def test_the_stated_time_must_be_about_right():
    def slow(self, designs, *, rng):
        time.sleep(0.02)
        return [{"f": 0.0} for _ in designs]

    with pytest.raises(AssertionError, match="state what it takes"):
        check(powerful(evaluate=slow))
    with pytest.raises(AssertionError, match="must be above 0"):
        check(powerful(typical_seconds=0.0))


def test_a_control_problem_must_give_an_environment():
    env = types.SimpleNamespace(reset=None, step=None, action_space=None, observation_space=None)
    check(powerful(env=lambda self, rng: env))
    with pytest.raises(AssertionError, match=r"no gymnasium\.Env: it has no reset"):
        check(powerful(env=lambda self, rng: object()))


@pytest.mark.parametrize(
    ("gradients", "said"),
    [
        (lambda self, designs: [], "0 answers to 1"),
        (lambda self, designs: [Infeasible("never")], "gradients Infeasible"),
        (slopes_of(0.0, 2.0, metric="g"), "leaves out f"),
        (slopes_of(0.0), "not 2 finite"),
        (slopes_of(0.0, np.nan), "not 2 finite"),
        (slopes_of(0.0, 0.0), "differ from central differences"),
        (slopes_of(0.0, 2.1), "differ from central differences by 0.0"),
    ],
)
def test_broken_gradients_are_told(gradients, said):
    with pytest.raises(AssertionError, match=said):
        check(powerful(gradients=gradients))


def test_slopes_may_vanish_at_an_optimum():
    check_powers(Sphere(2), [{"x1": 0.0, "x2": 0.0}], [{"f": 0.0}], rng=np.random.default_rng(0))
