import numpy as np

from archwright.systems.evidence import Curves, Points, Sheet


def test_what_is_not_said_is_empty():
    points = Points("front", "power (mW)", "area (um2)", {"ours": np.zeros((2, 2))})
    assert points.marks == {} and points.is_log == (False, False) and points.note == ""
    assert Curves("curves", {}, 10).known == {} and Sheet("table", ("a",), (("1",),)).note == ""
