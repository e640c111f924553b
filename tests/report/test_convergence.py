from dataclasses import replace

from archwright.report.convergence import convergence_figures
from archwright.report.history import history
from archwright.report.judgement import known_designs


def test_score_over_trials_and_seconds_and_violation(make_subject, is_drawn):
    subject = make_subject(150)
    figures = convergence_figures(history(subject.trials[1:]), subject.known)
    names = ["score-simulations", "score-seconds", "violation"]
    assert len(figures) == 3
    for (_, svg), name in zip(figures, names, strict=True):
        is_drawn(svg, name)
    assert "human 2.000" in figures[0][1] and "rumour" not in figures[0][1], "a reference without a score has no line"
    assert f"{subject.best.score:#.4g}" in figures[0][1]
    assert "all goals met" in figures[2][1]


def test_before_anything_is_feasible_there_is_only_violation(make_subject, beam):
    missed = [t for t in make_subject(60).trials if t.violation > 0]
    figures = convergence_figures(history(missed), known_designs(beam, make_subject(0).goals))
    assert [caption.split()[0] for caption, _ in figures] == ["Violation"]


def test_a_study_that_was_feasible_at_once_needs_no_violation_figure(make_subject):
    met = [t for t in make_subject(60).trials if t.is_feasible]
    assert [caption.split()[0] for caption, _ in convergence_figures(history(met), [])] == ["Best", "Best"]


def test_one_trial_and_none_can_be_drawn(make_subject):
    met = [t for t in make_subject(60).trials if t.is_feasible and t.attempts]
    assert len(convergence_figures(history(met[:1]), [])) == 2
    assert convergence_figures(history([]), []) == []


def test_free_simulations_have_no_time_axis(make_subject):
    met = [t for t in make_subject(60).trials if t.is_feasible]
    for one in met:
        one.seconds = 0.0
    assert len(convergence_figures(history(met), [])) == 1


def test_lines_close_to_each_other_share_a_name(make_subject):
    subject = make_subject(150)
    human = subject.known[0]
    twin = replace(human, reference=replace(human.reference, name="twin"), score=human.score + 1e-3)
    svg = convergence_figures(subject.course, [human, twin])[0][1]
    assert "human 2.000" in svg and "twin" not in svg
