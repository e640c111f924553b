import re
from html.parser import HTMLParser

import pytest

from archwright.core.errors import SpecError
from archwright.report.study_page import outcome_rows, study_page
from archwright.report.subject import Subject

VOID = {"meta", "link", "img", "br", "input", "hr"}


class Reader(HTMLParser):
    """Checks that elements nest, and gathers text, ids and headings."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.ids, self.headings = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == [] and len(set(reader.ids)) == len(reader.ids)
    return reader


def test_the_page_holds_every_section(make_subject):
    subject = make_subject(200)
    page = study_page(subject)
    reader = read(page)
    assert reader.headings == [
        "beam",
        "The best design beside the goals and what was known",
        "The design",
        "How the study converged",
        "The trade-off",
        "What good designs have in common",
        "What the trials came to",
        "Where these figures come from",
    ]
    text = " ".join(" ".join(reader.text).split())
    assert f"scores {subject.best.score:#.4g}, above the human design" in text
    assert "a handbook, page 3" in text and "archwright run beam --with random --trials 180" in text
    assert "wider than the wall by #" in text and "crashed" in text


def test_the_page_needs_nothing_from_outside(make_subject):
    page = study_page(make_subject(200))
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)
    assert "url(http" not in page and "@import" not in page


def test_the_same_study_gives_the_same_page(make_subject):
    assert study_page(make_subject(100)) == study_page(make_subject(100))


def test_names_of_users_are_escaped(make_subject, beam):
    beam.name = "<script>alert(1)</script>"
    page = study_page(make_subject(30, beam))
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_drawing_is_framed(make_subject, beam):
    beam.draw = lambda design: f'<svg xmlns="http://www.w3.org/2000/svg"><text>{design["width"]}</text></svg>'
    reader = read(study_page(make_subject(30, beam)))
    assert "The best design and the human design, drawn" in reader.headings


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_studies_have_a_page(make_subject, n):
    read(study_page(make_subject(n)))


def test_a_study_without_answers_has_a_page(make_subject):
    subject = make_subject(200)
    failed = [t for t in subject.trials if t.state != "done"]
    reader = read(study_page(Subject(subject.spec, subject.problem, failed)))
    assert "The design" not in reader.headings and "What the trials came to" in reader.headings


def test_a_study_that_meets_nothing_says_what_it_misses(make_subject):
    subject = make_subject(60)
    missed = [t for t in subject.trials if t.violation > 0]
    page = study_page(Subject(subject.spec, subject.problem, missed))
    assert "Least violation" in page and "missed by" in page


def test_other_metrics_for_the_tradeoff(make_subject):
    subject = make_subject(60)
    assert "Stiffness n against mass" in study_page(subject, ["stiffness_n", "mass_g"])
    with pytest.raises(SpecError, match="mass"):
        study_page(subject, ["mas"])


def test_outcomes_are_shares_with_reasons(make_subject):
    rows = {row["outcome"]: row for row in outcome_rows(make_subject(200).counts)}
    shares = [float(row["share"].split()[0]) for row in rows.values()]
    assert sum(shares) == pytest.approx(100.0, abs=0.5)
    assert rows["Cannot exist"]["why"].startswith("wider than the wall by # (")
    assert rows["Failed"]["why"].startswith("crashed (")
