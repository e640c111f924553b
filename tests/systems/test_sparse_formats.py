import numpy as np
import pytest

from archwright.accelerators.formats.classes import CLASSES
from archwright.accelerators.formats.problem import FormatsDesign
from archwright.core.trial import Trial
from archwright.systems import sparse_formats as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Points, Sheet


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_sizes_are_exact():
    found = claims(system.exact_sizes(20))
    assert [claim.ours for claim in found.values()] == ["20 of 20"] * 2


def test_a_size_that_is_off_is_a_missed_claim(monkeypatch):
    monkeypatch.setattr(system, "size_bits", lambda name, counts: -1)
    assert not any(claim.met for claim in system.exact_sizes(3))


def test_crossovers_are_found():
    claim, sheet, picture = system.compactness()
    assert claim.met and len(sheet.rows) == 12 and isinstance(picture, Picture)


def test_conversions_are_right_and_their_share_is_told():
    found = list(system.conversions(2))
    right, saved, share = claims(found).values()
    assert right.met and right.ours == "280 of 280" and saved.met
    assert share.met is False and "brain-mttkrp" in share.note
    assert sum(isinstance(one, Points) for one in found) == sum(isinstance(one, Sheet) for one in found) == 1


@pytest.mark.slow
def test_hardware_is_faster_than_scipy():
    sheet, claim = system.against_software(1)
    assert isinstance(sheet, Sheet) and claim.met and claim.published == "about 4"


def test_whole_runs_gain_from_hardware():
    found = claims(system.whole_runs())
    assert len(found) == 2 and all(claim.ours > 1.0 and claim.met is None for claim in found.values())


def test_the_array_agrees_with_its_referee():
    rng = np.random.default_rng(3)
    assert all(system._is_agreed(rng) for _ in range(10))
    errors = system._closed_errors((100, 200, 60), 0.1, 0.2, rng)
    assert len(errors) == 5 and max(map(abs, errors)) < 0.05


@pytest.mark.slow
def test_choosing_is_quick():
    assert all(claim.met for claim in system.speed())


def test_every_class_stands_beside_full_flexibility():
    found = list(system.classes())
    assert len(claims(found)) == len(CLASSES) - 1 and all(claim.met for claim in claims(found).values())
    first, _, best = [one for one in found if not isinstance(one, Claim)]
    assert len(first.rows) == len(CLASSES) and len(best.rows) == 30


def test_learned_choices_keep_to_a_hundredth():
    regret, share = system.learned(1_000, range(1))
    assert share.met and share.ours == pytest.approx(0.01)
    assert regret.ours is not None and regret.target == "< 2"


def table(*scores):
    return [Trial(i, {}, "done", {}, 0.0, (), score, 0.1, 1) for i, score in enumerate(scores)]


class Search:
    """A scope that has run its studies already."""

    def choose(self, *, quick, full):
        return quick

    def run_methods(self, plans):
        assert all(plan.problem == "formats" and plan.trials == 150 for each in plans.values() for plan in each)
        return {name: [table(1.0, 1.1)] * len(each) for name, each in plans.items()}


def test_the_optimum_is_better_than_fixed_formats():
    found = list(system.design_space(Search()))
    better, *counted = claims(found).values()
    assert better.met and better.ours > 1.5
    assert [claim.name.rpartition(" ")[2] for claim in counted] == list(system.METHODS)
    assert all(claim.ours == "never" for claim in counted)
    curves = next(one for one in found if isinstance(one, Curves))
    assert curves.known["optimum"] > 1.5
    assert isinstance(FormatsDesign().references()[0].design, dict)
