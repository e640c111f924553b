import numpy as np
import pytest

from archwright.circuits.stability import PER_DECADE, loop_crossing

FREQUENCIES_HZ = np.geomspace(1e2, 1e10, 8 * PER_DECADE + 1)


def two_pole(gain, first_hz, second_hz):
    return gain / ((1.0 + 1j * FREQUENCIES_HZ / first_hz) * (1.0 + 1j * FREQUENCIES_HZ / second_hz))


def exact(gain, first_hz, second_hz):
    """Crossing of two real poles: a quadratic in the square of the frequency."""
    a, b = first_hz**-2, second_hz**-2
    square = (-(a + b) + np.sqrt((a + b) ** 2 + 4.0 * a * b * (gain**2 - 1.0))) / (2.0 * a * b)
    unity = np.sqrt(square)
    return unity, 180.0 - np.degrees(np.arctan(unity / first_hz) + np.arctan(unity / second_hz))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_two_poles_by_formula(sign):
    loops = [(1e3, 1e4, 1e8), (1e4, 1e5, 3e7), (20.0, 2e6, 5e9)]
    found = loop_crossing(FREQUENCIES_HZ, sign * np.array([two_pole(*loop) for loop in loops]))
    unity, margin = np.array([exact(*loop) for loop in loops]).T
    np.testing.assert_allclose(found.unity_hz, unity, rtol=2e-6)
    np.testing.assert_allclose(found.margin_deg, margin, atol=2e-4)
    assert found.is_crossed.all()


def test_margin_of_three_poles_may_be_negative():
    gains = two_pole(1e4, 1e5, 1e6) / (1.0 + 1j * FREQUENCIES_HZ / 1e6)
    assert loop_crossing(FREQUENCIES_HZ, gains[None, :]).margin_deg[0] < -40.0


def test_loop_without_gain_is_flagged():
    gains = np.array([two_pole(0.9, 1e4, 1e8), two_pole(1e6, 1e9, 1e9), two_pole(10.0, 1e4, 1e8)])
    assert loop_crossing(FREQUENCIES_HZ, gains).is_crossed.tolist() == [False, False, True]
