import pytest

from archwright.core.catalog import make_problem
from archwright.core.trial import Trial
from archwright.systems import gcn_rl
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Sheet
from archwright.systems.scope import Scope

SMALL = gcn_rl.Budget(("Two-TIA",), 56, 16, 1, 64, ("Two-TIA",), 1, ("65nm",))


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


@pytest.fixture
def scope(tmp_path, monkeypatch):
    monkeypatch.setattr(gcn_rl, "TARGET_TRIALS", 24)
    monkeypatch.setattr(gcn_rl, "TARGET_WARM_UP", 16)
    return Scope(str(tmp_path / "gcn.db"))


@pytest.mark.parametrize("circuit", gcn_rl.CIRCUITS)
@pytest.mark.parametrize("node", ["180nm", *gcn_rl.NODES])
def test_every_circuit_is_there_at_every_node_with_a_figure_of_merit(circuit, node):
    problem = make_problem(gcn_rl.problem_name(circuit, node))
    assert "fom" in problem.metrics
    assert [goal.metric for goal in problem.goals if not goal.is_constraint] == ["fom"]


def test_a_search_without_a_feasible_design_counts_as_the_paper_says():
    missed = Trial(0, {}, "done", {"fom": 9.0}, 0.5, (), -0.5, 0.0, 1)
    met = Trial(1, {}, "done", {"fom": 1.5}, 0.0, (), 1.5, 0.0, 1)
    assert gcn_rl.figure_of_merit([missed]) == -1.0 and gcn_rl.figure_of_merit([missed, met]) == 1.5


def test_the_networks_are_the_paper_s():
    found = claims(gcn_rl.graphs())
    assert len(found) == 3 and all(claim.met for claim in found.values())
    assert found["dimensions of a state, 10 components"].ours == 19


def test_the_ordering_compares_every_method(scope):
    found = list(gcn_rl.ordering(scope, SMALL))
    assert [type(one) for one in found] == [Claim] * 4 + [Sheet, Curves]
    sheet = found[4]
    assert sheet.heads == ("circuit", "human", *gcn_rl.METHODS)
    assert [row[0] for row in sheet.rows] == ["Two-TIA", "Two-TIA, published"]
    assert sheet.rows[1][1:] == ("2.32", "2.46", "2.66", "-", "2.48", "2.54", "2.59", "2.69")


def test_weights_are_carried_to_another_node(scope):
    to_node = list(gcn_rl.technology_transfer(scope, SMALL))
    assert set(claims(to_node)) == {"Two-TIA: what transfer from 180 nm to 65nm adds"}
    assert to_node[-1].rows[0][0] == "Two-TIA, 65nm"


@pytest.mark.slow
def test_weights_are_carried_to_another_circuit(scope):
    to_circuit = list(gcn_rl.topology_transfer(scope, SMALL))
    assert len(claims(to_circuit)) == 2 and len(to_circuit[-1].rows) == 2


def test_exact_gradients_count_to_where_the_agent_ends(scope, monkeypatch):
    monkeypatch.setattr(gcn_rl, "GRADIENT_TRIALS", 40)
    (claim,) = gcn_rl.exact_gradient(scope, SMALL)
    assert claim.name.startswith("Two-TIA") and (claim.ours <= 40) == claim.met


@pytest.mark.slow
@pytest.mark.external
def test_finalists_meet_real_transistors(scope):
    claim, sheet = gcn_rl.finalists(scope, SMALL)
    if not sheet.rows:
        pytest.skip(claim.note)
    assert claim.met and any(row[0].endswith(" gain_ohm") for row in sheet.rows)
