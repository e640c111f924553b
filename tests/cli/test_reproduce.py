import json

import pytest

from archwright.core.catalog import catalogue

CLAIMED = """
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves
from archwright.systems.scope import Plan, best_score


def claims(scope):
    plans = [Plan("toy", "hill", "random", scope.choose(quick=20, full=40), seed) for seed in range(2)]
    tables = scope.run(plans)
    best = max(best_score(table) for table in tables)
    yield Claim("height", 1.0, best, ">= 100" if scope.is_full else ">= 1", met=best >= (100 if scope.is_full else 1))
    yield Claim("unmeasured", None, None, "", met=None, note="no tool")
    yield Curves("Hill climbing", {"random": tables}, 20)
"""


@pytest.fixture
def system(archwright, here, monkeypatch):
    """A third party's system called `toy`."""
    from archwright.core.catalog import Entry

    (here / "toy_system.py").write_text(CLAIMED)
    monkeypatch.syspath_prepend(str(here))
    monkeypatch.setitem(catalogue("systems"), "toy", Entry("toy", "toy_system:claims", "a toy"))


def test_claims_are_printed_and_the_page_written(system, archwright, here):
    done = archwright("reproduce", "toy", "--jobs", "1")
    assert done.code == 0
    head, height, unmeasured, _, verdict = done.out.splitlines()
    assert head.split() == ["claim", "published", "ours", "target", "verdict", "note"]
    assert height.split()[0] == "height" and " met" in height and "no tool" in unmeasured
    assert verdict == "1 of 1 claims met."
    assert done.err == "page: toy.html\n" and "Hill climbing" in (here / "toy.html").read_text()
    assert (here / "reproduce.db").exists()


def test_a_missed_claim_has_its_exit_code_and_json(system, archwright, here):
    done = archwright("reproduce", "toy", "--full", "--jobs", "1", "--json", "--out", "p.html", "--store", "s.db")
    assert done.code == 1
    found = json.loads(done.out)
    assert found["system"] == "toy" and found["page"] == "p.html" and (here / "s.db").exists()
    assert [set(one) for one in found["claims"]] == 2 * [{"name", "published", "ours", "target", "met", "note"}]
    assert [one["met"] for one in found["claims"]] == [False, None]
    assert "archwright reproduce toy --full" in (here / "p.html").read_text()


def test_bad_words_get_one_line(archwright):
    unknown = archwright("reproduce", "no-such-system")
    assert unknown.code == 2 and "no-such-system" in unknown.err and len(unknown.err.splitlines()) == 1


def test_jobs_must_be_positive(system, archwright):
    done = archwright("reproduce", "toy", "--jobs", "0")
    assert (done.code, done.err) == (2, "archwright: --jobs: 0 is not possible; allowed: a whole number above 0\n")
