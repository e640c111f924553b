import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.circuits.ngspice.sweep import sweeps
from archwright.core.errors import SpecError


def visited(sweep, analysis):
    """What ngspice 39 visits, written down from its behaviour; test_ngspice_library asks ngspice itself."""
    kind, number, start, stop = sweep.split()
    start, stop = float(start), float(stop)
    if kind == "lin":
        assert int(number) != 2  # a sweep of two visits its start only
        return np.linspace(start, stop, int(number))
    steps = int(np.floor(np.log10(stop / start) * int(number) + (1e-6 if analysis == "noise" else 0)))
    ratio = stop / start if analysis == "ac" else 10 ** (steps / int(number))
    return start * ratio ** (np.arange(steps + 1) / steps)


def all_visited(frequencies_hz, analysis="ac"):
    return np.concatenate([visited(sweep, analysis) for sweep in sweeps(np.asarray(frequencies_hz), analysis)])


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


@pytest.mark.parametrize("frequencies_hz", [np.logspace(3, 9, 61), np.geomspace(1.0, 1e6, 50), np.logspace(1, 2, 4)])
def test_noise_sweeps_do_not_stretch(frequencies_hz):
    np.testing.assert_allclose(all_visited(frequencies_hz, "noise"), frequencies_hz, rtol=1e-9)


def test_only_whole_numbers_per_decade_are_one_noise_sweep():
    assert sweeps(np.logspace(3, 9, 61), "noise") == ["dec 10 1000.0 1000000000.0"]
    assert len(sweeps(np.geomspace(1.0, 1e6, 50), "noise")) == 50
    assert len(sweeps(np.geomspace(1.0, 1e6, 50), "ac")) < 8


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30, unique=True))
def test_any_rising_list_is_visited_exactly(numbers):
    frequencies_hz = np.sort(np.array(numbers, dtype=float))
    for analysis in ("ac", "noise"):
        np.testing.assert_allclose(all_visited(frequencies_hz, analysis), frequencies_hz, rtol=1e-9)


@pytest.mark.parametrize("bad", [[], [1.0, 1.0], [2.0, 1.0], [0.0, 1.0], [1.0, np.inf], [[1.0, 2.0]]])
def test_bad_lists_are_refused(bad):
    with pytest.raises(SpecError, match="frequencies_hz"):
        sweeps(np.array(bad, dtype=float))
