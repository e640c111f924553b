def test_a_subject_knows_its_best_and_its_rows(make_subject):
    subject = make_subject(100)
    assert subject.best.is_feasible
    assert subject.best.score == max(t.score for t in subject.trials if t.is_feasible)
    assert subject.counts.trials == 100 and len(subject.course.simulations) == 90
    assert {row.metric: row.ours for row in subject.rows} == dict(subject.best.metrics)
    assert [one.name for one in subject.known] == ["human", "rumour"]


def test_an_empty_study_has_rows_without_figures(make_subject):
    subject = make_subject(0)
    assert subject.best is None
    assert {row.ours for row in subject.rows} == {None}
