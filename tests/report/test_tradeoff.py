from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.report.tradeoff import (
    front_mask,
    front_over,
    is_larger_better,
    tradeoff_figure,
    tradeoff_metrics,
)

UNITS = {"a": "", "b": "", "c": ""}


@pytest.mark.parametrize(
    ("goals", "chosen", "pair"),
    [
        (["min a", "min b", "c >= 1"], [], ("a", "b")),
        (["c >= 1", "min b"], [], ("b", "c")),
        (["min b"], [], ("b", "a")),
        (["min a", "min b"], ["c"], ("c", "a")),
        (["min a", "min b"], ["c", "b"], ("c", "b")),
        (["min a", "a <= 3"], ["a"], ("a", "b")),
    ],
)
def test_metrics_are_those_chosen_then_objectives_then_constraints(goals, chosen, pair):
    assert tradeoff_metrics(UNITS, Goals.read(goals), chosen) == pair


def test_one_metric_has_no_tradeoff():
    assert tradeoff_metrics({"a": ""}, Goals.read(["min a"])) is None


def test_an_unknown_metric_is_refused():
    with pytest.raises(SpecError, match="did you mean 'mass_g'"):
        tradeoff_metrics({"mass_g": "g"}, Goals.read(["min mass_g"]), ["mas_g"])


def test_direction_follows_the_goals():
    goals = Goals.read(["max a", "b >= 1", "min c"])
    assert [is_larger_better(name, goals) for name in "abc"] == [True, True, False]


def test_the_front_is_what_no_point_beats():
    rng = np.random.default_rng(0)
    points = rng.integers(0, 12, (80, 2)).astype(float)
    mask = front_mask(*points.T)
    distinct = {tuple(point) for point in points[mask]}
    beaten = {tuple(p) for p in points if any((q <= p).all() and (q < p).any() for q in points)}
    assert distinct == {tuple(p) for p in points} - beaten
    assert mask.sum() == len(distinct), "one of equals"


def test_the_front_of_trials_runs_from_end_to_end(make_subject):
    subject = make_subject(300)
    pair = ("mass_g", "stiffness_n")
    front = front_over(subject.trials, pair, subject.goals)
    assert all(t.is_feasible for t in front) and len(front) > 1
    values = [(t.metrics["mass_g"], t.metrics["stiffness_n"]) for t in front]
    assert values == sorted(values), "more mass buys more stiffness along the front"
    assert front_over([], pair, subject.goals) == []


@pytest.mark.parametrize("pair", [("mass_g", "power_w"), ("stiffness_n", "mass_g"), ("power_w", "stiffness_n")])
def test_the_figure_shows_all_references_it_can(make_subject, is_drawn, pair):
    subject = make_subject(200)
    svg = is_drawn(
        tradeoff_figure(subject.trials, subject.best, pair, subject.problem.metrics, subject.goals, subject.known),
        "tradeoff",
    )
    assert ">human<" in svg and ">best<" in svg and "rumour" not in svg
    assert "var(--faint)" in svg and "var(--known)" in svg


def test_the_figure_survives_one_trial_and_none_feasible(make_subject):
    subject = make_subject(200)
    pair, units = ("mass_g", "power_w"), subject.problem.metrics
    missed = [t for t in subject.trials if 0 < t.violation < 9]
    assert "best" in tradeoff_figure(missed, missed[0], pair, units, subject.goals)
    assert "best" in tradeoff_figure([subject.best], subject.best, pair, units, subject.goals)


def test_a_wide_range_is_drawn_on_a_log_axis(make_subject):
    subject = make_subject(200)
    for position, one in enumerate(t for t in subject.trials if t.state == "done"):
        one.metrics = {**one.metrics, "mass_g": 10.0 ** (position % 7)}
    svg = tradeoff_figure(subject.trials, subject.best, ("mass_g", "power_w"), subject.problem.metrics, subject.goals)
    assert "10" in svg and "$" not in svg


def test_a_reference_at_the_best_design_is_marked_but_not_named(make_subject):
    subject = make_subject(200)
    twin = replace(subject.known[0], metrics=subject.best.metrics)
    pair, units = ("mass_g", "power_w"), subject.problem.metrics
    svg = tradeoff_figure(subject.trials, subject.best, pair, units, subject.goals, [twin])
    assert ">human<" not in svg and ">best<" in svg and "var(--known)" in svg
