import numpy as np
import pytest

from archwright.circuits.settling import sample_times, settling

TIMES_S = sample_times(1e-8, 1e-5)


def answer(curve, band_v=0.01, final_v=1.0):
    return settling(TIMES_S, np.atleast_2d(curve), np.array([final_v]), band_v, 1e-8)


@pytest.mark.parametrize("tau_s", [1e-8, 1e-7, 1e-6])
def test_an_exponential_settles_after_some_time_constants(tau_s):
    found = answer(1.0 - np.exp(-TIMES_S / tau_s))
    assert found.is_settled[0]
    assert found.time_s[0] == pytest.approx(tau_s * np.log(100.0), rel=0.01)
    assert found.over_v[0] == pytest.approx(0.0, abs=1e-5) and found.under_v[0] == pytest.approx(1.0, abs=0.1)


def test_ringing_settles_when_it_leaves_the_band_for_the_last_time():
    tau_s, period_s = 1e-6, 2e-6
    ring = np.exp(-TIMES_S / tau_s) * np.cos(2.0 * np.pi * TIMES_S / period_s)
    found = answer(1.0 + ring)
    fine = np.linspace(0.0, 1e-5, 200_001)
    exact = fine[np.abs(np.exp(-fine / tau_s) * np.cos(2.0 * np.pi * fine / period_s)) > 0.01][-1]
    assert found.time_s[0] == pytest.approx(exact, rel=0.01)
    assert found.over_v[0] == pytest.approx(1.0, abs=0.01) and found.under_v[0] == pytest.approx(np.exp(-1.0), abs=0.03)


def test_what_never_leaves_the_band_has_settled_with_the_edge():
    found = answer(np.ones(len(TIMES_S)))
    assert found.is_settled[0] and found.time_s[0] == 1e-8


@pytest.mark.parametrize(
    "curve",
    [
        np.zeros(len(TIMES_S)),  # somewhere else
        1.0 + 0.1 * np.sin(2e7 * TIMES_S),  # forever moving
        1.0 + 0.02 * (TIMES_S > 0.97e-5),  # gone again at the end
        np.full(len(TIMES_S), np.nan),
    ],
)
def test_what_does_not_come_to_rest_has_not_settled(curve):
    assert not answer(curve).is_settled[0]


def test_samples_are_close_after_the_step():
    assert TIMES_S[0] == pytest.approx(1e-9) and TIMES_S[-1] == 1e-5 and (np.diff(TIMES_S) > 0).all()
    assert 1e-8 in TIMES_S and np.diff(TIMES_S).max() < 5.1e-8
