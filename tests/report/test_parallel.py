import numpy as np
import pytest

from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import Trial
from archwright.report.parallel import MOST_AXES, parallel_figure, spread


def trial(number, violation=0.0, state="done", design=None):
    return Trial(number, design, state, {}, violation, (), -float(number), 0.1, 1)


def test_ranks_are_spread_by_logarithm():
    shown = spread([trial(i) for i in range(1000)], 30)
    numbers = [one.number for one in shown]
    assert numbers[0] == 0 and numbers[-1] == 999 and numbers == sorted(set(numbers))
    assert sum(number < 100 for number in numbers) > len(numbers) / 2


def test_only_feasible_trials_where_there_are_enough():
    table = [trial(i, violation=float(i % 2)) for i in range(200)]
    assert {one.number % 2 for one in spread(table, 50)} == {0}
    assert {one.number % 2 for one in spread(table, 150)} == {0, 1}


def test_trials_without_an_answer_are_not_drawn():
    assert spread([trial(0, state="failed"), trial(1)]) == [trial(1)]


def test_the_figure_has_an_axis_per_parameter(make_subject, is_drawn):
    subject = make_subject(100)
    svg = is_drawn(parallel_figure(subject.problem.space, subject.trials, subject.known), "parallel")
    assert all(f">{name}<" in svg for name in ("width", "height", "steel", "soft", "hard"))
    assert "var(--known)" in svg and "var(--ramp-7)" in svg and "var(--ramp-1)" in svg


def test_a_reference_off_the_grid_is_left_out(make_subject, beam):
    subject = make_subject(50)
    one = subject.known[0]
    off = type(one)(
        type(one.reference)("off", {"width": 9.0, "height": 2.0, "steel": "soft"}, {}, ""), {}, False, None, None
    )
    assert "var(--known)" not in parallel_figure(beam.space, subject.trials, [off])


@pytest.mark.parametrize("n_axes", [1, MOST_AXES + 1])
def test_spaces_too_small_or_too_large_have_no_figure(n_axes):
    space = Record({f"x{i}": Real(0.0, 1.0) for i in range(n_axes)})
    designs = space.decode_many(np.random.default_rng(0).random((5, n_axes)))
    assert parallel_figure(space, [trial(i, design=d) for i, d in enumerate(designs)]) is None


def test_one_trial_has_no_figure(make_subject):
    assert parallel_figure(make_subject(0).problem.space, make_subject(1).trials) is None
