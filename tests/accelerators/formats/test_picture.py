from xml.etree import ElementTree

from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.picture import draw_map, draw_times


def test_bars_are_cut_and_named():
    rows = [("a & b", (1.0, 0.5, 0.5), "x"), ("long", (1.0, 0.0, 99.0), "y")]
    drawn = draw_times(rows, "<times>")
    ElementTree.fromstring(drawn)
    assert "a &amp; b" in drawn and "&lt;times&gt;" in drawn and drawn.count("...") == 1


def test_the_map_names_the_formats_and_the_convention():
    drawn = draw_map([(1024, 1024), (64, 64, 64)], Layout(metadata_bits=32), "map")
    ElementTree.fromstring(drawn)
    assert "1024 x 1024" in drawn and "64 x 64 x 64" in drawn and "32-bit metadata" in drawn
    assert all(f">{name}</text>" in drawn for name in ("coo", "rlc", "zvc", "dense"))
