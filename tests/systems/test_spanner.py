import math

import numpy as np
import pytest

from archwright.core.trial import Trial
from archwright.interconnect.spanner import named_instance
from archwright.systems import spanner as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Picture, Points, Sheet

SMALL = "random-120-900-8"


class Quick:
    """A scope that has run its studies already."""

    def choose(self, *, quick, full):
        return quick

    def say(self, what):
        self.said = what

    def run_methods(self, plans):
        assert all(plan.problem == "round-trip-spanner" for each in plans.values() for plan in each)
        return {name: [[Trial(0, {}, "done", {"links": 100.0}, 0.0, (), 2.0, 0.1, 1)]] for name in plans}


@pytest.fixture(scope="module")
def sizes():
    return system.frontier(named_instance(SMALL))


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_promises_are_kept():
    found = claims(system.promises(6))
    assert len(found) == 7 and all(claim.met and claim.ours == "6 of 6" for claim in found.values())


def test_a_broken_promise_is_a_missed_claim(monkeypatch):
    monkeypatch.setattr(system, "ball_cover", lambda graph, sources, k: graph.nothing)
    found = claims(system.promises(6))
    assert not found["digraphs on which balls keep their promise"].met
    assert found["digraphs on which greedy keep their promise"].met


def test_the_frontier_holds_every_method_within_its_promise(sizes):
    names = {size.method.partition(",")[0] for size in sizes}
    assert names == {"tree union", "clusters", "fine clusters", "balls", "Zhu and Lam", "greedy", "deletion"}
    assert all(size.largest <= size.promised * (1 + 1e-6) and size.pruned <= size.edges for size in sizes)
    assert len(sizes) == 1 + 4 * 6 + 8


def test_sizes_are_judged_before_and_after_pruning(sizes):
    found = list(claims(system.targets(sizes, named_instance(SMALL))).values())
    assert [claim.met is not None for claim in found] == [True] * 4
    assert found[0].ours >= found[1].ours and "deletion" not in found[0].note
    worse = [size._replace(edges=10**6, pruned=10**6) for size in sizes[1:]]
    assert not any(
        claim.met for claim in system.targets([sizes[0]._replace(largest=9.0), *worse], named_instance(SMALL))
    )


def test_frontiers_are_drawn(sizes):
    sheet, points = system.frontiers({SMALL: sizes})
    assert isinstance(sheet, Sheet) and {len(row) for row in sheet.rows} == {len(sheet.heads)}
    assert isinstance(points, Points) and len(points.series["balls"]) == 6


def test_time_is_compared_with_the_tree_union():
    found = list(system.scaling((300, 600)))
    named = claims(found)
    assert len(named) == 6 and all(claim.ours > 0.0 for claim in named.values() if "faster" in claim.name)
    points = next(one for one in found if isinstance(one, Points))
    assert all(len(series) == 2 for series in points.series.values())


def test_links_that_are_off_are_simulated(monkeypatch):
    monkeypatch.setattr(system, "STRETCHES", (1.5,))
    found = list(system.gating("torus-4x4", (0.02, 0.05), range(2), Quick()))
    (claim,) = claims(found).values()
    others = [float(words.split()[-1]) for words in claim.note.split(": ")[1].split("; ")[1].split(", ")]
    assert claim.ours > 50.0 and len(others) == 2
    assert claim.met == (claim.ours <= min(others) + 0.05)
    sheet = next(one for one in found if isinstance(one, Sheet))
    assert [row[0] for row in sheet.rows] == ["all on", "spanner", "random", "longest first"]
    assert isinstance(found[-1], Picture) and isinstance(found[-2], Points)


def test_links_without_ways_are_told_apart():
    lost = system.Power("random", 1.5, 40.0, None)
    found = system.Power("random", 1.5, 40.0, {0.02: 90.0})
    assert system._cycles([lost, found], 0.02) == "90.0; 1 without ways"
    assert system._cycles([lost], 0.02) == "no ways without deadlock" and system._median([lost], 0.02) == math.inf


def test_as_many_links_are_left():
    one = named_instance("torus-4x4")
    assert system._remove_as_many(one, "longest", 40, 0).sum() == 40
    assert not np.array_equal(
        system._remove_as_many(one, "random", 40, 0), system._remove_as_many(one, "random", 40, 1)
    )


def test_optimizers_stand_beside_the_deletion():
    found = list(system.design_space(Quick()))
    assert len(claims(found)) == len(system.METHODS) and isinstance(found[-1], Curves)
    assert found[-1].known["deletion"] > found[-1].known["tree union"] == 1.0
