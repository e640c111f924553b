import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.circuits.interpolation import cubic, inverse_cubic

X = np.array([[0.0, 1.0, 2.5, 3.0]])


@given(st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=4), st.floats(-1.0, 4.0))
def test_cubic_polynomials_are_met_everywhere(coefficients, at):
    found = cubic(X, np.polyval(coefficients, X), np.array([at]))
    assert found[0] == pytest.approx(np.polyval(coefficients, at), abs=1e-9)


def test_inverse_of_a_cubic_is_exact():
    y = np.linspace(2.0, -1.5, 4)[None, :]
    x = 1.0 - 0.3 * y - 0.05 * y**3
    assert inverse_cubic(x, y)[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("y", "where"),
    [([1.0, 3.0, -1.0, -2.0], 1.0 + 1.5 * 0.75), ([1.0, -1.0, -0.5, -2.0], 0.5), ([2.0, 3.0, 1.0, -1.0], 2.75)],
)
def test_line_between_the_points_around_zero_where_the_curve_turns(y, where):
    assert inverse_cubic(X, np.array([y]))[0] == pytest.approx(where, abs=1e-12)
