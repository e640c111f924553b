import numpy as np

from archwright.report.points import points_figure
from archwright.systems.evidence import Points


def test_every_series_has_its_colour_and_marks_their_names():
    series = {name: np.array([[1.0, 2.0], [2.0, 1.0 + k]]) for k, name in enumerate(("ours", "random"))}
    svg = points_figure(Points("Front", "power (mW)", "area (um2)", series, {"human": (1.5, 1.5)}), "front")
    assert "var(--series-1)" in svg and "var(--series-2)" in svg
    assert ">human<" in svg and ">power (mW)<" in svg and 'aria-label="Front: area (um2) over power (mW)"' in svg


def test_axes_can_be_logarithmic():
    points = Points("Front", "x", "y", {"a": np.array([[1.0, 1.0], [1e6, 2.0]])}, is_log=(True, False))
    assert "10" in points_figure(points, "f") and "1000000" not in points_figure(points, "f")
