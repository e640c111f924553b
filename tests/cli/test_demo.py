import shutil

import pytest

from archwright.cli.demo import PROBLEM, confirmation
from archwright.core.catalog import make_problem
from archwright.core.trial import Trial


@pytest.fixture(scope="module")
def human():
    """The human design as a trial of the embedded simulator."""
    import numpy as np

    problem = make_problem(PROBLEM)
    design = problem.references()[0].design
    (metrics,) = problem.evaluate([design], rng=np.random.default_rng(0))
    return Trial(0, design, "done", metrics, 0.0, (), 2.0, 0.0, 1)


def test_the_demo_beats_the_human_and_goes_on_where_it_was(archwright, here):
    done = archwright("demo", "--trials", "1600")
    assert done.code == 0 and done.err == ""
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    start = lines.index("metric ours human goal verdict")
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == ["gain", "f3db", "power", "area"]
    assert "≥ 20.236 kohm met" in lines[start + 1] and "better" in lines[start + 4]
    assert any("above the human design (2.000)" in line for line in lines)
    assert "Report: demo-report.html" in lines and (here / "demo-report.html").stat().st_size > 50_000
    assert archwright("demo", "--trials", "1600").out == done.out


@pytest.mark.external
def test_a_design_is_confirmed_in_ngspice(human):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    text = confirmation(human, ["gain_ohm", "f3db_hz", "power_w", "area_um2"])
    assert text.startswith("Confirmed in ngspice: all 4 metrics within")
    assert float(text.split("within ")[1].split(" %")[0]) < 0.01


def test_without_ngspice_one_line_says_so(human, monkeypatch):
    monkeypatch.setenv("PATH", "")
    text = confirmation(human, ["gain_ohm"])
    assert "not installed" in text and "apt-get install ngspice" in text and "\n" not in text
