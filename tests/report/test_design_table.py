import pytest

from archwright.core.record import Record
from archwright.core.space import Real
from archwright.report.design_table import design_table

SPACE = Record(width=Real(1.0, 100.0, log=True), steel=["soft", "hard"])


def test_numbers_have_a_place_and_choices_a_list():
    table = design_table(SPACE, {"width": 10.0, "steel": "hard"}, ("human", {"width": 100.0, "steel": "soft"}))
    width, steel = table.parameters
    assert (width.value, width.known, width.low, width.high) == ("10", "100", "1", "100")
    assert width.place == pytest.approx(50.0) and width.known_place == pytest.approx(100.0)
    assert (steel.value, steel.known, steel.high, steel.place) == ("hard", "soft", "soft, hard", None)
    assert table.has_ranges and table.known == "human"


def test_a_known_design_outside_the_bounds_is_drawn_at_the_edge():
    table = design_table(SPACE, {"width": 10.0, "steel": "hard"}, ("human", {"width": 1e4, "steel": "soft"}))
    assert table.parameters[0].known_place == 100.0


def test_a_space_without_named_parameters_shows_json():
    class Bare:
        axes, horizon = ("a",), 1

    table = design_table(Bare(), [3, 1, 2])
    assert table.text == "[3, 1, 2]" and table.parameters == [] and not table.has_ranges


def test_without_a_known_design_nothing_is_beside():
    table = design_table(SPACE, {"width": 10.0, "steel": "hard"})
    assert table.known == "" and table.parameters[0].known == "" and table.parameters[0].known_place is None
