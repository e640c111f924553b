import numpy as np
import pytest

from archwright.circuits.waveforms import MOST_CORNERS, PiecewiseLinear, Pulse, segments
from archwright.core.errors import SpecError

PULSE = {"low": 0.0, "high": 1.0, "delay_s": 1.0, "rise_s": 0.5, "width_s": 2.0, "fall_s": 0.25}


def test_a_pulse_has_four_corners():
    assert Pulse(**PULSE).corners(10.0) == ((0.0, 0.0), (1.0, 0.0), (1.5, 1.0), (3.5, 1.0), (3.75, 0.0))


def test_a_pulse_without_delay_starts_at_once():
    assert Pulse(**PULSE | {"delay_s": 0.0}).corners(0.1) == ((0.0, 0.0), (0.5, 1.0))


def test_a_period_repeats_the_pulse():
    pulse = Pulse(**PULSE, period_s=4.0)
    found = segments([pulse], 11.0)
    assert found.breaks_s.tolist() == [0.0, 1.0, 1.5, 3.5, 3.75, 5.0, 5.5, 7.5, 7.75, 9.0, 9.5, 11.0]
    assert found.values[:, 0].tolist() == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]


def test_an_analysis_that_ends_on_a_ramp_ends_on_its_line():
    assert segments([Pulse(**PULSE)], 1.25).values[:, 0].tolist() == [0.0, 0.0, 0.5]
    assert segments([Pulse(**PULSE, period_s=3.75)], 4.9).values[-1, 0] == pytest.approx(0.3)


def test_breaks_of_several_sources_are_joined_and_near_ones_merged():
    line = PiecewiseLinear(((0.0, 2.0), (1.0 + 1e-15, 4.0)))
    found = segments([Pulse(**PULSE), line], 2.0)
    assert found.breaks_s.tolist() == [0.0, 1.0, 1.5, 2.0]
    assert found.values[:, 1] == pytest.approx([2.0, 4.0, 4.0, 4.0])


def test_no_waveform_is_one_segment():
    found = segments([], 3.0)
    assert found.breaks_s.tolist() == [0.0, 3.0] and found.values.shape == (2, 0)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rise_s": 0.0}, "rise_s"),
        ({"fall_s": -1.0}, "fall_s"),
        ({"width_s": np.nan}, "width_s"),
        ({"delay_s": -1.0}, "delay_s"),
        ({"high": np.inf}, "high"),
        ({"period_s": 2.0}, "period_s"),
    ],
)
def test_what_makes_no_pulse_is_refused(changed, field):
    with pytest.raises(SpecError, match=f"pulse, {field}"):
        Pulse(**PULSE | changed)


def test_too_many_corners_are_refused():
    with pytest.raises(SpecError, match=f"at most {MOST_CORNERS} corners"):
        Pulse(**PULSE, period_s=4.0).corners(1e6)


@pytest.mark.parametrize("points", [(), ((1.0, 0.0), (1.0, 2.0)), ((-1.0, 0.0),), ((0.0, np.nan),)])
def test_what_makes_no_line_is_refused(points):
    with pytest.raises(SpecError, match="piecewise linear"):
        PiecewiseLinear(points)
