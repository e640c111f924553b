import pytest

from archwright.accelerators.eie.layers import PUBLISHED, published_layer
from archwright.accelerators.eie.problem import EieDesign
from archwright.accelerators.eie.simulation import simulate
from archwright.core.trial import Trial
from archwright.systems import eie as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Points, Sheet


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_exact_figures_are_met():
    found = claims(system.exact_figures())
    assert len(found) == 5 and all(claim.met for claim in found.values())


def test_random_layers_agree():
    found = claims(system.agreement(30))
    assert [claim.ours for claim in found.values()] == ["30 of 30"] * 3


def test_a_disagreement_is_a_missed_claim(monkeypatch):
    monkeypatch.setattr(system, "_compare", lambda rng: (rng.random() < 0.5, True, True))
    first, *others = system.agreement(30)
    assert first.met is False and all(claim.met for claim in others)


def test_layers_like_the_authors_have_their_cycles():
    *seven, missing = system.oracle()
    assert len(seven) == 7 and all(claim.met for claim in seven)
    assert missing.met is None and "not at hand" in missing.note


def test_nine_layers_stand_beside_the_published():
    runs = {name: simulate(published_layer(name)) for name in PUBLISHED}
    found = list(system.nine_layers(runs))
    sheet, picture = found[0], found[-1]
    assert isinstance(sheet, Sheet) and len(sheet.rows) == 9 and isinstance(picture, Picture)
    assert all(row[-1] for row in sheet.rows if abs(float(row[5].rstrip("%"))) > 10.0), "a miss without a reason"
    assert all(claim.met for claim in claims(found).values())


@pytest.mark.slow
def test_uneven_rows_explain_more_than_uneven_columns():
    columns, rows = claims(system.uneven_layers(range(1))).values()
    assert (rows.ours, columns.ours) == ("yes", "no")


def test_an_overdispersion_is_judged_where_it_was_not_fitted(monkeypatch):
    monkeypatch.setattr(system, "OVERDISPERSIONS", (0.0, 0.5))

    def errors(rho, uneven, seeds):
        return {name: (1.0 if name.startswith("vgg") else 0.0) if rho else 0.6 for name in PUBLISHED}

    monkeypatch.setattr(system, "_errors", errors)
    *found, sheet = system.uneven_layers(range(1))
    assert [row[2] for row in sheet.rows] == ["0.5", "0.5", "0.5"] * 2
    assert [row[4] for row in sheet.rows[:3]] == ["0.0%", "100.0%", "0.0%"]
    assert found[0].ours == "yes" and "33.3%" in found[0].note and found[0].met is None


def test_energies_and_sweeps():
    found = [*system.energies(simulate(published_layer("alex-7"))), *system.sweeps()]
    assert all(claim.met is not False for claim in claims(found).values())
    assert sum(isinstance(one, Points) for one in found) == 2


@pytest.mark.slow
def test_the_recursion_is_a_thousand_times_faster():
    assert all(claim.met for claim in system.speed())


def table(*scores):
    return [Trial(i, {}, "done", {}, 0.0, (), score, 0.1, 1) for i, score in enumerate(scores)]


def test_standings_count_simulations_to_the_optimum():
    problem = EieDesign()
    tables = {"random": [table(1.0, 1.2), table(0.5, 1.1)], "annealing": [table(1.0, 2.0), table(2.0)]}
    *counted, curves, picture = system._standings(tables, problem, 2)
    assert [claim.ours for claim in counted] == ["never", "1.5 (1 to 2)"]
    assert isinstance(curves, Curves) and curves.known["optimum"] == pytest.approx(1.303, abs=1e-3)
    assert isinstance(picture, Picture)


class Search:
    """A scope that has run its studies already."""

    def choose(self, *, quick, full):
        return quick

    def run_methods(self, plans):
        assert {len(each) for each in plans.values()} == {3}
        assert all(plan.problem == "eie" and plan.trials == 200 for each in plans.values() for plan in each)
        return {name: [table(1.0, 1.1)] * len(each) for name, each in plans.items()}


def test_the_optimum_is_better_than_the_published_machine():
    found = claims(system.design_space(Search()))
    better = found["energy-delay product, times better than EIE at no more area"]
    assert better.met and better.ours == pytest.approx(1.303, abs=1e-3)
    assert [name.rpartition(" ")[2] for name in list(found)[1:]] == list(system.METHODS)
