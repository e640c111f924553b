"""The rows of BookSim."""

from archwright.interconnect.noc import ROUTINGS, booksim_rows
from archwright.interconnect.noc.traffic import PATTERNS


def test_rows_are_in_our_words():
    rows = booksim_rows()
    assert {row.routing for row in rows} <= set(ROUTINGS) and {row.traffic for row in rows} <= set(PATTERNS)
    assert {row.packet_flits for row in rows} == {1, 5}


def test_latency_grows_with_load():
    curves = {}
    for row in booksim_rows():
        curves.setdefault((row.packet_flits, row.routing, row.traffic), []).append(row)
    for rows in curves.values():
        stable = [row.latency_cycles for row in rows if row.latency_cycles is not None]
        assert stable == sorted(stable) or stable[-1] > stable[0]
