"""The picture is well formed and shows every kind of work."""

from xml.etree import ElementTree

from archwright.memory.dram.controller import Controller
from archwright.memory.dram.picture import COLOURS, draw_run
from archwright.memory.dram.simulation import simulate
from archwright.memory.traces import generate


def test_every_kind_of_work_is_drawn():
    svg = draw_run(simulate(generate("mixed", 2000), is_logged=True), shown_clk=20_000)
    fills = [one.get("fill") for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")]
    assert set(COLOURS.values()) <= set(fills)


def test_closed_pages_leave_no_row_open_for_long():
    closed = draw_run(simulate(generate("stream", 50), Controller(page_policy="closed"), is_logged=True))
    ElementTree.fromstring(closed)
    assert "50 activations" in closed
