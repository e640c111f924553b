import numpy as np
import pytest

from archwright.report.axes import known_lines, use_log
from archwright.report.svg import figure


@pytest.fixture
def axes():
    with figure(3, 2) as drawn:
        yield drawn.subplots()


def shown(axis):
    axis.figure.canvas.draw()
    low, high = axis.get_view_interval()
    ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
    return [label.get_text() for place, label in ticks if low <= place <= high and label.get_text()]


@pytest.mark.parametrize(("low", "high", "labels"), [(2.0, 30.0, {"2", "5", "10", "20"}), (0.3, 0.9, {"0.5"})])
def test_a_short_log_axis_has_round_plain_ticks(axes, low, high, labels):
    use_log(axes.xaxis, low, high)
    found = shown(axes.xaxis)
    assert labels <= set(found) and len(found) < 8 and all(float(one) > 0 for one in found)


def test_a_long_log_axis_has_powers(axes):
    use_log(axes.yaxis, 1.0, 1e5)
    assert axes.get_yscale() == "log" and axes.get_ylim() == (1.0, 1e5)
    assert len(shown(axes.yaxis)) >= 3 and not any(one.get_text() for one in axes.yaxis.get_minorticklabels())


def names(axes):
    return [one.get_text() for one in axes.texts]


def test_lines_are_named_where_there_is_room(axes):
    axes.set_ylim(0.0, 3.0)
    known_lines(axes, [("human", 2.0), ("best", 2.6), ("twin", 2.65)], 1.0)
    assert names(axes) == ["human 2.000", "best 2.600"] and len(axes.lines) == 3
    assert [one.get_va() for one in axes.texts] == ["bottom", "top"], "below, where another line is above"


def test_names_stand_away_from_the_curve(axes):
    axes.set_ylim(0.0, 3.0)
    known_lines(axes, [("human", 1.0), ("best", 2.6)], 2.5)
    assert [one.get_ha() for one in axes.texts] == ["right", "left"]
    known_lines(axes, [("all", 0.5)], -np.inf)
    assert axes.texts[-1].get_ha() == "left"
