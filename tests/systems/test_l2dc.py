import math

import pytest

from archwright.circuits.amplifiers import BEST_KNOWN, HUMAN
from archwright.core.trial import Trial
from archwright.systems import l2dc
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Sheet
from archwright.systems.scope import Scope


def table(*scores, infeasible_first=0, design=BEST_KNOWN):
    """A study with the given scores after some designs that miss a constraint."""
    metrics = {"power_w": 1.8e-3, "area_um2": 112.0}
    missed = [Trial(k, {}, "done", metrics, 1.0, (), -1.0, 0.0, 1) for k in range(infeasible_first)]
    first = len(missed)
    return missed + [
        Trial(first + k, design, "done", metrics, 0.0, (), score, 0.0, 1) for k, score in enumerate(scores)
    ]


def tables(agent, others):
    return {name: [agent if name in (*l2dc.LEARNED, "gradient") else others] * 3 for name in l2dc.METHODS}


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_the_human_design_has_its_published_figures():
    found = claims(l2dc.human_design())
    assert len(found) == 5 and all(claim.met for claim in found.values())
    assert found["human design, score"].ours == pytest.approx(2.0, abs=5e-4)
    assert found["human design, power_w"].ours == pytest.approx(1.369437e-3, rel=1e-6)


@pytest.mark.external
def test_parity_is_measured_where_ngspice_is():
    found = claims(l2dc.parity(5))
    if "parity with ngspice" in found:
        pytest.skip(found["parity with ngspice"].note)
    assert len(found) == 4 and all(claim.met for claim in found.values())


def test_good_agents_meet_the_marks():
    found = list(l2dc.standings(tables(table(1.0, 2.1, 2.63), table(0.5, 0.6, 2.05))))
    by_name = claims(found)
    first = by_name["simulations to score 2, best of learned agents and gradient"]
    assert first.met and first.ours == 2
    assert by_name["fewer simulations than the human's grid search"].ours == "644,809x"
    assert by_name["the agent is ahead of differential evolution"].ours == "yes"
    assert by_name["ddpg mlp beats random and the human"].met
    sheet, curves = found[-2:]
    assert isinstance(sheet, Sheet) and len(sheet.rows) == len(l2dc.METHODS)
    assert isinstance(curves, Curves) and curves.known == {"human": 2.0}


def test_bad_agents_miss_them():
    by_name = claims(l2dc.standings(tables(table(0.5, 1.9), table(0.5, 2.5))))
    assert by_name["simulations to score 2, best of learned agents and gradient"].ours == math.inf
    assert [claim.met for claim in by_name.values() if claim.met is not None] == [False] * 5
    assert by_name["the agent is ahead of differential evolution"].ours == "no"


def test_the_best_design_is_drawn_beside_the_human_one():
    found = list(l2dc.best_design(tables(table(2.3, 2.4, design=HUMAN), table(2.6))))
    by_name = claims(found)
    assert by_name["best design of the agents, power_w"].met and by_name["best design of the agents, area_um2"].met
    assert isinstance(found[-1], Picture) and found[-1].svg.rstrip().endswith("</svg>")
    (nothing,) = l2dc.best_design(tables(table(), table(2.6)))
    assert nothing.met is None


def test_simulations_count_from_the_first_feasible_design():
    assert l2dc._after_feasible(table(1.0, 2.0, 2.65, infeasible_first=50)) == 2
    assert l2dc._after_feasible(table(1.0, 2.0)) is None


def test_the_whole_protocol_runs_in_small(tmp_path, monkeypatch):
    few = dict.fromkeys(l2dc.METHODS, 56)
    monkeypatch.setattr(l2dc, "QUICK_TRIALS", few)
    monkeypatch.setattr(l2dc, "N_SEEDS", 1)
    monkeypatch.setattr(l2dc, "N_SLOW", 1)
    found = list(l2dc.search(Scope(str(tmp_path / "l2dc.db"))).items())
    assert [name for name, _ in found] == list(l2dc.METHODS)
    assert all(len(each) == 1 and len(each[0]) >= 56 for _, each in found)
