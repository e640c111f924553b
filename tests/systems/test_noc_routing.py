import numpy as np
import pytest

from archwright.interconnect.adaptive import PAPER_LOADS, Course
from archwright.interconnect.noc.booksim import booksim_rows
from archwright.interconnect.noc.region_routing import RegionRouting
from archwright.systems import noc_routing as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Points, Sheet
from archwright.systems.scope import Scope

TABLE = np.array([[22.0, 23.0, 24.0, 25.0]] * 3 + [[90.0, 60.0, 80.0, 70.0]] * 3)


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_the_network_is_held_to_booksim():
    rows = [one for one in booksim_rows() if (one.routing, one.traffic, one.packet_flits) == ("xy", "uniform", 1)]
    found = list(system.fidelity(rows[1::3]))
    knee, below, above, speed = claims(found).values()
    assert below.met and knee.ours == below.ours == "2 of 2"
    assert above.ours.endswith(("of 0", "of 1")) and speed.ours > 1.0
    assert sum(isinstance(one, Points) for one in found) == 1


def test_a_network_that_is_slower_is_a_missed_claim(monkeypatch):
    rows = [one for one in booksim_rows() if one.load == 0.02][:1]
    off = system.Beside(rows[0], 1.1 * rows[0].latency_cycles, True, rows[0].throughput, 1.0)
    monkeypatch.setattr(system, "run_beside", lambda row, n_seeds=1: off)
    assert [one.met for one in claims(system.fidelity(rows)).values()] == [False, False, True, False]


def test_a_saturated_row_without_a_throughput_is_passed_over():
    rows = [one for one in booksim_rows() if one.latency_cycles is None and not one.throughput]
    assert len(rows) == 1
    _, _, above, _ = claims(system.fidelity([booksim_rows()[0], *rows])).values()
    assert above.ours == "0 of 0"


def test_the_table_is_shown_with_the_best_of_each_load():
    sheet, points, saved = system.loads(TABLE)
    assert [row[-1] for row in sheet.rows] == ["xy"] * 3 + ["o1turn"] * 3
    assert len(points.series) == 4 and len(points.series["xy"]) == len(PAPER_LOADS)
    assert saved.ours == pytest.approx(1.0 - 41.0 / 56.0)


def test_learners_are_judged_against_the_table():
    found = list(system.learners(TABLE, 3))
    judged = [one for one in claims(found).values() if one.met is not None]
    assert len(judged) == 3 and all(one.met and one.ours == "3 of 3" for one in judged)
    assert all(len(curve) == 90 for curve in found[-1].series.values())


def test_a_learner_that_errs_is_a_missed_claim(monkeypatch):
    monkeypatch.setattr(system, "MEANS", {"rate": 0.001, "discount": 1.0})
    assert not all(one.met for one in claims(system.learners(TABLE, 3)).values() if one.met is not None)


def test_the_switcher_stands_beside_fixed_routings_and_the_oracle():
    course = Course(patterns=("uniform", "transpose"), load=0.25, phase_cycles=1_000, routings=("xy", "o1turn"))
    *found, sheet = system.changing("small", course, 2, [0])
    saved, gap, against = found
    assert saved.ours < 0.2 and saved.met is False
    assert abs(gap.ours) < 0.5 and against.ours > 0.3
    assert isinstance(sheet, Sheet) and [row[0] for row in sheet.rows] == ["xy", "o1turn", "oracle", "switcher"]


def test_q_routing_is_shown_where_it_gains():
    sheet, claim = system.routers(2_000)
    assert claim.met and len(sheet.rows) == 4


def test_tables_are_judged_on_sources_that_no_search_has_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "TABLE_METHODS", ("random",))
    seeds = []

    def made(*, seed=0, **options):
        seeds.append(seed)
        return RegionRouting(seed=seed, cycles=300, **options)

    monkeypatch.setattr(system, "RegionRouting", made)
    claim, sheet, curves, picture = system.routing_tables(Scope(str(tmp_path / "tables.db")), "shuffle", 0.1)
    assert [row[0] for row in sheet.rows] == ["chance", "credit", "xy", "yx", "balanced", "random"]
    assert seeds[0] == 0 and len(set(seeds)) == 3  # what is searched, and two that judge
    assert claim.met is None and -0.5 < claim.ours < 0.5
    assert set(curves.tables) == {"random"} and set(curves.known) == {"chance", "credit"}
    assert "shuffle at 0.1" in picture.svg
