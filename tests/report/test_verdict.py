import dataclasses

from archwright.core.problem import Reference
from archwright.report.subject import Subject
from archwright.report.verdict import verdict


def test_the_best_is_set_beside_the_best_known(make_subject):
    subject = make_subject(200)
    text = verdict(subject)
    assert text.startswith("The best of 180 simulated designs meets all 2 constraints and scores ")
    assert f"scores {subject.best.score:#.4g}, above the human design (2.000)." in text


def test_nothing_feasible_names_what_is_missed(make_subject):
    subject = make_subject(60)
    missed = [t for t in subject.trials if t.violation > 0]
    text = verdict(Subject(subject.spec, subject.problem, missed))
    assert text.startswith("No design among") and "the nearest misses" in text
    assert "stiffness" in text or "power" in text


def test_no_answers_and_no_trials(make_subject):
    subject = make_subject(200)
    failed = [t for t in subject.trials if t.state == "failed"]
    assert (
        verdict(Subject(subject.spec, subject.problem, failed)) == f"None of {len(failed)} trials gave an answer yet."
    )
    assert verdict(make_subject(0)) == "This study has no trials yet."


def test_a_proved_optimum_is_named(make_subject, beam):
    subject = make_subject(50)
    beam.references = lambda: [Reference("exact", subject.best.design, subject.best.metrics, "", is_optimal=True)]
    again = Subject(subject.spec, beam, subject.trials)
    assert "equal to the exact design, proved to be the optimum." in verdict(again)


def test_a_worse_result_is_called_worse(make_subject):
    subject = make_subject(200)
    human = subject.known[0]
    poor = [t for t in subject.trials if t.is_feasible and t.score < human.score - 0.05][:1]
    assert "below the human design (2.000)" in verdict(dataclasses.replace(subject, trials=poor))


def test_scores_that_print_the_same_are_level(make_subject):
    subject = make_subject(200)
    nearly = dataclasses.replace(subject.known[0], score=subject.best.score * (1 + 1e-5))
    subject.__dict__["known"] = [nearly]
    assert verdict(subject).endswith(", level with the human design.")
