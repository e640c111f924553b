import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.circuits.ngspice_sweep import sweeps
from archwright.core.errors import SpecError


def visited(sweep):
    """What ngspice 39 visits, written down from its manual and checked against it in test_ngspice_library."""
    kind, number, start, stop = sweep.split()
    start, stop = float(start), float(stop)
    if kind == "lin":
        assert int(number) != 2  # a sweep of two visits its start only
        return np.linspace(start, stop, int(number))
    steps = int(np.floor(np.log10(stop / start) * int(number)))
    return start * (stop / start) ** (np.arange(steps + 1) / steps)


def all_visited(frequencies_hz):
    return np.concatenate([visited(sweep) for sweep in sweeps(np.asarray(frequencies_hz))])


@pytest.mark.parametrize(
    ("frequencies_hz", "expected"),
    [
        (np.logspace(4, 9, 51), ["dec 10 10000.0 1000000000.0"]),
        (np.linspace(5.0, 9.0, 3), ["lin 3 5.0 9.0"]),
        ([1e6], ["lin 1 1000000.0 1000000.0"]),
        ([1.0, 3.0], ["lin 1 1.0 1.0", "lin 1 3.0 3.0"]),
    ],
)
def test_even_lists_are_one_sweep(frequencies_hz, expected):
    assert sweeps(np.asarray(frequencies_hz)) == expected


@pytest.mark.parametrize("n", [7, 29, 50, 81, 200])
def test_awkward_log_lists_are_few_sweeps_that_visit_every_point(n):
    frequencies_hz = np.logspace(4.1, 9.3, n)
    np.testing.assert_allclose(all_visited(frequencies_hz), frequencies_hz, rtol=1e-9)
    assert len(sweeps(frequencies_hz)) <= 7


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30, unique=True))
def test_any_rising_list_is_visited_exactly(numbers):
    frequencies_hz = np.sort(np.array(numbers, dtype=float))
    np.testing.assert_allclose(all_visited(frequencies_hz), frequencies_hz, rtol=1e-9)


@pytest.mark.parametrize("bad", [[], [1.0, 1.0], [2.0, 1.0], [0.0, 1.0], [1.0, np.inf], [[1.0, 2.0]]])
def test_bad_lists_are_refused(bad):
    with pytest.raises(SpecError, match="frequencies_hz"):
        sweeps(np.array(bad, dtype=float))
