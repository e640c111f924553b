"""Latency-load curves."""

import xml.etree.ElementTree as ElementTree

from archwright.interconnect.noc.latency_curves import draw_curves


def test_lines_and_points_stand_where_they_belong():
    curves = {"xy": [(0.1, 27.0), (0.4, 43.0), (0.5, 900.0)], "a < b": [(0.2, 30.0)]}
    root = ElementTree.fromstring(draw_curves("one", curves, {"xy": [(0.1, 27.0)]}))
    [line, _] = [one for one in root.findall("{*}path") if one.get("fill") == "none"]
    places = [tuple(map(float, pair.split())) for pair in line.get("d").lstrip("M").split("L")]
    assert len(places) == 2, "what is saturated is not drawn"
    assert places[0][0] < places[1][0] and places[0][1] > places[1][1]
    dots = [one for one in root.findall("{*}circle") if one.get("stroke") == line.get("stroke")]
    assert [(float(one.get("cx")), float(one.get("cy"))) for one in dots] == [places[0]]
