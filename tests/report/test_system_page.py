import numpy as np
import pytest

from archwright.report.system_page import show_figure, show_verdict, system_page
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Points, Sheet

CLAIMS = [
    Claim("score of the human design", 2.0, 1.99999, "2", met=True, note="both engines"),
    Claim("sims < 300", "250x", None, "< 300", met=None, note="not measured in the quick form"),
    Claim("gap & spread", 0.5, 0.25, ">= 0.5", met=False),
]


@pytest.fixture
def evidence(make_trials):
    return [
        Curves("First curves", {"random": [make_trials(40, 0)], "clever": [make_trials(40, 1, better=0.4)]}, 30),
        Curves("Second curves", {"random": [make_trials(40, 2)]}, 30, known={"human": 1.0}),
        Points("Front", "power (mW)", "area (um2)", {"ours": np.array([[1.0, 2.0], [3.0, 1.0]])}, {"human": (2.0, 2.0)},
               is_log=(True, False)),
        Sheet("Ordering", ("circuit", "random", "gcn"), [("ldo", "0.27", "0.79")], note="means of 3 seeds"),
        Picture("Bode plot", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>'),
    ]  # fmt: skip


def test_the_page_holds_claims_and_evidence(evidence):
    page = system_page("l2dc", "sizing by a learned agent", CLAIMS, evidence, "archwright reproduce l2dc")
    assert "Sizing by a learned agent. 1 of 2 claims met; missed: gap &amp; spread." in page
    for text in ("Sims &lt; 300", "not measured in the quick form", "archwright reproduce l2dc", "means of 3 seeds"):
        assert text in page
    for title in ("First curves", "Second curves", "Front", "Ordering", "Bode plot"):
        assert f"<h2>{title}</h2>" in page
    assert page.count('<td class="met">') == 1 and page.count('<td class="missed">') == 1


def test_drawings_of_one_page_share_no_id(evidence):
    page = system_page("l2dc", "x", CLAIMS, evidence, "y")
    assert 'id="part-0-' in page and 'id="part-1-' in page and 'id="part-2-' in page


def test_figures_are_short():
    shown = [show_figure(one) for one in (20235.969, 90.9004e6, 1e-9, 0, 5, "3 of 3", None, 2.64649, 1e12)]
    assert shown == ["20,236", "90,900,400", "1e-09", "0", "5", "3 of 3", "-", "2.6465", "1e+12"]


def test_the_verdict_counts_what_was_measured():
    assert show_verdict(CLAIMS) == "1 of 2 claims met; missed: gap & spread"
    assert show_verdict(CLAIMS[:1]) == "1 of 1 claims met"
