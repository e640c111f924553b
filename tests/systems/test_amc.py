import pytest

from archwright.compression.amc.final import PrunedAndTuned
from archwright.core.trial import Trial
from archwright.models import fashion_mnist as data_module
from archwright.systems import amc as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Sheet
from archwright.systems.scope import Scope

SMALL = system.Budget(("drawn",), 6, 1, 6, 1, latency_shares=(95,))
SHARES = (90, 50)


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_published_counts_come_out_and_nothing_passes_the_wall():
    found = claims(system.published_counts())
    assert len(found) == 5 and all(claim.met for claim in found.values())
    assert found["its published strategy, MACs"].ours == 293_870_000


@pytest.fixture(scope="module", autouse=True)
def judged_here():
    """The last judgement in this process, which holds the network already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrunedAndTuned, "typical_seconds", 1e-4)
        yield


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    scope = Scope(str(tmp_path_factory.mktemp("s") / "s.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system, "SHARES", SHARES)
        found = list(system.searches(scope, SMALL.cases("drawn"), SMALL))
    for part in (system.single_weights, system.guaranteed):
        found += part(scope, "drawn", SMALL)
    return found, scope


def test_the_whole_protocol_runs_in_small(reproduced):
    found, _ = reproduced
    by_name = claims(found)
    for share in SHARES:
        assert by_name[f"drawn at {share} % of the operations: largest share taken, %"].met
        assert by_name[f"drawn at {share} % of the operations: points over uniform, after one epoch"].ours is not None
    assert f"drawn, nothing mended, at {SHARES[0]} % of the operations: points over uniform, after one epoch" in by_name
    kinds = [type(one) for one in found if not isinstance(one, Claim)]
    assert kinds == [Sheet, Curves, Picture] * 3
    sheet = next(one for one in found if isinstance(one, Sheet))
    assert [row[0] for row in sheet.rows][:2] == ["whole network", "uniform"] and len(sheet.rows) == 5 + 4
    assert "a fifth of drawn's weights: points over uniform" in by_name


def test_what_is_stored_is_not_run_again(reproduced, monkeypatch):
    first, scope = reproduced
    monkeypatch.setattr("archwright.core.study.Study.run", None)
    monkeypatch.setattr("archwright.core.study.Study.add", None)
    monkeypatch.setattr(system, "SHARES", SHARES)
    again = list(system.searches(scope, SMALL.cases("drawn"), SMALL))
    assert claims(again) == {name: one for name, one in claims(first).items() if "of the operations: " in name}


def test_a_budget_on_latency_is_measured_in_the_end(reproduced):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    found = claims(system.latency(reproduced[1], "drawn", SMALL))
    assert len(found) == 3 and found["95 % of the time: times faster, measured"].ours > 0.0


def test_gains_are_medians_of_points():
    def scores(*values):
        return [{"before": value, "after": value + 0.05} for value in values]

    both = {"uniform": scores(0.8), "cmaes": scores(0.84), system.AGENT: scores(0.82, 0.85, 0.83)}
    before, after = system.gains(system.Case("vgg", 50), both)
    assert before.ours == pytest.approx(3.0) and after.ours == pytest.approx(3.0) and after.met
    assert before.published == 6.2 and "cmaes: 84.00 %" in before.note
    worse = {**both, system.AGENT: scores(0.801)}
    assert [one.met for one in system.gains(system.Case("vgg", 25), worse)] == [False, False]


def test_the_best_trial_has_the_best_score():
    table = [Trial(k, {}, "done", {}, 0.0, (), score, 0.1, 1) for k, score in enumerate((0.5, 0.9, 0.7))]
    assert system.best_of(table).number == 1


@pytest.mark.slow
@pytest.mark.external
def test_the_agent_beats_the_uniform_rule_on_fashion_mnist(tmp_path):
    if not data_module.FOLDER.exists():
        pytest.skip("dataset-fashion-mnist is not installed")
    scope, budget = Scope(str(tmp_path / "s.db")), system.QUICK
    found = claims(system.searches(scope, budget.cases("vgg"), budget))
    assert found["vgg at 25 % of the operations: points over uniform, after one epoch"].ours > 0.0
