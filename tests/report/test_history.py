import math

import numpy as np
import pytest

from archwright.core.trial import Trial
from archwright.report.history import draw_together, history, tally


def trial(number, violation, score, *, state="done", attempts=1, reason=""):
    return Trial(number, {}, state, {}, violation, (), score, 0.5, attempts, reason)


TABLE = [
    trial(0, math.inf, -math.inf, state="failed", attempts=3, reason="no answer within 5 s"),
    trial(1, 0.5, -0.5),
    trial(2, 0.7, -0.7),
    trial(3, 0.5, -0.5, attempts=0),
    trial(4, 0.0, -7.0),
    trial(5, 0.2, -0.2),
    trial(6, 0.0, -6.0),
    trial(7, math.inf, -math.inf, state="infeasible", reason="M3 is off"),
]


def test_the_best_so_far_prefers_small_violations_then_large_scores():
    course = history(TABLE)
    assert course.simulations.tolist() == [1, 2, 3, 4, 5, 6, 7], "the cached answer is not counted"
    assert course.violation.tolist() == [math.inf, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]
    assert course.score[3:].tolist() == [-7.0, -7.0, -6.0, -6.0], "a feasible score may be below an infeasible one"
    assert np.isnan(course.score[:3]).all()
    assert course.seconds[-1] == pytest.approx(3.5)
    assert course.first_feasible == 4


def test_an_empty_table_has_an_empty_history():
    course = history([])
    assert len(course.simulations) == len(course.score) == 0 and course.first_feasible is None


def test_outcomes_are_counted_apart():
    counts = tally(TABLE)
    assert (counts.trials, counts.simulations, counts.cached) == (8, 7, 1)
    assert (counts.feasible, counts.missed, counts.infeasible, counts.failed) == (2, 4, 1, 1)
    assert counts.seconds == pytest.approx(4.0)
    assert counts.reasons == (("failed", "no answer within # s", 1), ("infeasible", "M3 is off", 1))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("design 12: no convergence after 200 steps", "design #: no convergence after # steps"),
        ("M3 has -1.5e-3 V", "M3 has # V"),
        ("", "no reason given"),
    ],
)
def test_reasons_of_one_kind_are_drawn_together(reason, kind):
    assert draw_together(reason) == kind
