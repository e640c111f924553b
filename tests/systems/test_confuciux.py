from dataclasses import replace

import pytest

from archwright.core.trial import Trial
from archwright.systems import confuciux as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Sheet
from archwright.systems.scope import Scope

CELL = system.Cell(system.QUICK_CELLS[1], 2.0, 0.1)


def table(*scores, infeasible_first=0):
    missed = [Trial(k, {}, "done", {}, 1.0, (), -1.0, 0.0, 1) for k in range(infeasible_first)]
    first = len(missed)
    return missed + [Trial(first + k, {}, "done", {}, 0.0, (), score, 0.0, 1) for k, score in enumerate(scores)]


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_optima_are_proved():
    cell = system.solved(system.QUICK_CELLS[1])
    assert cell.optimum > 1.0 and cell.seconds > 0.0
    assert cell.problem.startswith("confuciux[workload=resnet-18,dataflow=shi")


def test_the_full_form_has_every_combination_and_the_quick_form_is_part_of_it():
    assert len(set(system.FULL_CELLS)) == 3 * 2 * 2 * 2 * 3
    assert set(system.QUICK_CELLS) <= set(system.FULL_CELLS)


def test_a_ratio_compares_samples_to_the_other_method_s_final_value():
    theirs, ours = [table(0.5, 0.5, 0.8, 1.0)], [table(0.5, 1.2)]
    assert system.samples_ratio(ours, theirs) == (2.0, 4.0, 2.0)
    assert system.samples_ratio(theirs, ours) == (0.0, 2.0, float("inf"))
    nothing = [table(infeasible_first=3)]
    assert system.samples_ratio(ours, nothing)[0] == float("inf")
    assert system.samples_ratio(nothing, nothing)[0] == system.samples_ratio(nothing, ours)[0] == 0.0


@pytest.mark.parametrize(("at", "verdict", "met"), [(2, "won", True), (4, "ahead", False), (12, "lost", False)])
def test_a_cell_is_won_by_4_7_times_fewer_samples(at, verdict, met):
    tables = {"confuciux": [table(*[0.1] * (at - 1), 1.0)], "random": [table(*[0.1] * 9, 1.0)]}
    sheet, claim, against = system.sample_efficiency([(CELL, tables)])
    assert sheet.rows[0][-1] == verdict and sheet.rows[0][1] == "random"
    assert claim.met is met and against.met is met


def test_the_best_other_method_is_the_rival():
    tables = {"confuciux": [table(0.1, 1.0)], "random": [table(0.2, 0.3)], "annealing": [table(0.2, 0.9)]}
    sheet, *_ = system.sample_efficiency([(CELL, tables)])
    assert sheet.rows[0][1] == "annealing"


def test_the_second_stage_is_judged_by_what_it_adds():
    tables = {"confuciux": [table(*[1.0] * 4, 1.5, 1.2)]}
    (claim,) = system.second_stage([(CELL, tables)], 6)
    assert claim.ours == "50.0%" and claim.met
    (claim,) = system.second_stage([(CELL, {"confuciux": [table(*[1.0] * 6)]})], 6)
    assert claim.met is False
    (claim,) = system.second_stage([(CELL, {"confuciux": [table(1.0, infeasible_first=5)]})], 6)
    assert claim.met is None


def test_distances_are_from_the_optimum():
    tables = {"confuciux": [table(1.0, 1.9)], "random": [table(infeasible_first=2)]}
    gaps, near, claim = system.distances([(CELL, tables)])
    assert isinstance(gaps, Sheet) and gaps.rows == [(CELL.title, "100.0 %", "5.3 %", "none")]
    assert near.rows == [(CELL.title, "2", "never")]
    assert claim.ours == "5.3%" and claim.met is None
    *_, claim = system.distances([(CELL, {"confuciux": tables["random"], "random": tables["confuciux"]})])
    assert claim.ours == "inf%"
    assert not [one for one in system.pictures(CELL, {"confuciux": tables["random"]}, 3) if isinstance(one, Picture)]


def test_a_small_reproduction_runs_and_is_drawn(tmp_path, monkeypatch):
    scope = Scope(str(tmp_path / "confuciux.db"))
    cell = system.solved(("alexnet", "dla", "latency", "area", "cloud"))
    methods = ("confuciux", "genetic_algorithm")
    monkeypatch.setattr(system, "samples_of", lambda method, scope: 60)
    ((same, tables),) = system.run_cells(scope, [cell], methods)
    assert same == cell
    assert [[system.simulations(table) for table in tables[name]] for name in methods] == [[60] * 3] * 2
    curves, picture = system.pictures(cell, tables, 60)
    assert isinstance(curves, Curves) and curves.known["optimum"] == cell.optimum
    assert isinstance(picture, Picture) and picture.svg.startswith("<")
    assert claims(system.distances([(replace(cell, optimum=9.0), tables)]))


def test_the_full_form_keeps_curves_and_the_designs_of_what_it_draws():
    scope = Scope("nowhere.db", is_full=True)
    drawn, other = (system.Cell(options, 2.0, 0.1) for options in system.FULL_CELLS[:2])
    assert [plan.keeps_designs for plan in system.plans_of(scope, drawn, "confuciux")] == [True] * 5
    assert not any(plan.keeps_designs for plan in system.plans_of(scope, drawn, "ppo"))
    assert not any(plan.keeps_designs for plan in system.plans_of(scope, other, "confuciux"))
    assert {plan.trials for plan in system.plans_of(scope, other, "tpe")} == {1_000}
    names = {plan.name for is_full in (False, True) for plan in system.plans_of(Scope("x", is_full), other, "ppo")}
    assert len(names) == 3 + 5  # the forms share a store


def test_slow_methods_are_shown_beside_ours_on_the_cells_of_the_quick_form(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "COSTLY", {"genetic_algorithm": 20})
    monkeypatch.setattr(system, "QUICK_CELLS", (("alexnet", "dla", "latency", "area", "cloud"),))
    cell = system.solved(system.QUICK_CELLS[0])
    scope = Scope(str(tmp_path / "confuciux.db"), is_full=True)
    tables = {"confuciux": [table(0.5)]}
    (sheet,) = system.costly(scope, [(cell, tables), (CELL, tables)])
    assert sheet.heads == ("cell", "confuciux", "genetic_algorithm, 20")
    assert [row[0] for row in sheet.rows] == [cell.title] and sheet.rows[0][2].endswith(("%", "none"))
