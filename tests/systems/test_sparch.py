from dataclasses import replace

import numpy as np
import pytest

from archwright.accelerators.sparch.energy import area_mm2
from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.problem import PUBLISHED_DESIGN
from archwright.accelerators.sparch.schedule import plan_rounds
from archwright.accelerators.sparch.tree import run_rounds
from archwright.core.trial import Trial
from archwright.systems import sparch as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Points, Sheet


@pytest.fixture(scope="module")
def cases():
    return [system.run_chain(name, stand_in(name, 200_000)) for name in ("wiki-Vote", "scircuit", "poisson3Da")]


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_merged_products_are_those_of_scipy():
    same, difference, ratio = system.merged_products(("wiki-Vote", "m133-b3", "poisson3Da"), 60_000)
    assert same.ours == "3 of 3" and same.met and difference.met
    assert ratio.ours >= 1.0


def test_a_wrong_place_and_a_wrong_value_are_missed_claims(monkeypatch):
    def broken(*given):
        c, runs = run_rounds(*given)
        return replace(c, values=c.values * (1 + 1e-9)), runs

    monkeypatch.setattr(system, "run_rounds", broken)
    same, difference, _ = system.merged_products(("wiki-Vote",), 60_000)
    assert same.met and not difference.met
    monkeypatch.setattr(system, "run_rounds", lambda *given: (given[0], run_rounds(*given)[1]))
    same, difference, _ = system.merged_products(("wiki-Vote",), 60_000)
    assert same.ours == "0 of 1" and not same.met and not difference.met


def test_a_case_knows_every_step(cases):
    social = cases[0]
    assert list(social.traffic) == [system.FIRST, *system.STEPS]
    assert social.traffic[system.FIRST]["partial"] == 32 * social.n_products
    assert social.total("+ Huffman") == sum(social.traffic["+ Huffman"].values()) > social.total("+ prefetcher")
    assert len({parts["c"] for parts in social.traffic.values()}) == 1


def test_the_chain_stands_beside_the_published_ratios(cases):
    found = list(system.chain(cases, 200_000))
    named = claims(found)
    assert [one.published for one in named.values()] == [5.4, 1.8, 1.5, 2.8, 5.7, "1,000"]
    assert named["prefetcher, times less traffic"].met and named["all, times less traffic than OuterSPACE"].met
    sheet, picture = found[-2:]
    assert isinstance(sheet, Sheet) and len(sheet.rows) == 3 and isinstance(picture, Picture)
    assert {len(row) for row in sheet.rows} == {len(sheet.heads)}


def test_huffman_is_judged_by_every_other_order(monkeypatch):
    (claim,) = system.huffman(20)
    assert claim.met and claim.ours == "20 of 20"
    monkeypatch.setattr(system, "plan_rounds", lambda weights, ways: plan_rounds(weights, ways, "sequential"))
    (claim,) = system.huffman(20)
    assert not claim.met


def test_orders_and_the_prefetcher(cases):
    found = claims([*system.orders(cases), *system.prefetcher(cases)])
    assert all(claim.met is not False for claim in found.values()) and len(found) == 5
    assert "2 stand-ins" in found["partial results of random merging, times those of Huffman's"].note
    worse = [case._replace(misses=(1, 2, 3)) for case in cases]
    assert not claims(system.prefetcher(worse))["lines missed, times Belady's optimum"].met


def test_performance_is_below_the_roof(cases):
    found = list(system.performance(cases))
    (roofline,) = (one for one in found if isinstance(one, Points))
    for reach, rate in roofline.series["stand-ins"]:
        assert rate <= min(32.0, 128.0 * reach) + 1e-9
    assert claims(found)["area, mm2"].met


def test_speed_and_software_are_measured(cases):
    rate, whole = system.speed(stand_in("wiki-Vote", 60_000), cases)
    assert rate.ours > 0.0 and "best of 3" in rate.note
    assert whole.ours == sum(case.simulated_s for case in cases) > 0.0
    assert [claim.met for claim in system.software(60_000)] == [None, None]


def table(*scores):
    metrics = {"time_s": 1e-5, "area_mm2": 20.0}
    return [Trial(i, {}, "done", metrics, 0.0, (), score, 0.1, 1) for i, score in enumerate(scores)]


class Search:
    """A scope that has run its studies already."""

    def choose(self, *, quick, full):
        return quick

    def run_methods(self, plans):
        assert {len(each) for each in plans.values()} == {3}
        assert all(plan.problem == "sparch" and plan.trials == 150 for each in plans.values() for plan in each)
        return {name: [table(1.0, 1.01), table(2.0)] for name in plans}


def test_the_optimum_is_faster_than_the_published_machine():
    found = list(system.design_space(Search()))
    better, *counts = claims(found).values()
    assert better.met and better.ours > 1.0 and area_mm2(Machine(**PUBLISHED_DESIGN)) <= 28.5
    assert [claim.name.rpartition(" ")[2] for claim in counts] == list(system.METHODS)
    assert {claim.ours for claim in counts} == {"1, 1 of 2 seeds"}
    points = next(one for one in found if isinstance(one, Points))
    assert np.array_equal(points.series["front"][0], [20.0, 10.0])
    assert any(isinstance(one, Curves) for one in found) and isinstance(found[-1], Picture)
