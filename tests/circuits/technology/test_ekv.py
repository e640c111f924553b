"""The equations of the EKV model: their limits, and what it refuses."""

import numpy as np
import pytest

from archwright.circuits.technology.ekv import (
    THERMAL_V,
    EkvModel,
    body_root,
    ekv_charges,
    ekv_sizes,
    ekv_state,
    softplus,
)
from archwright.core.errors import SpecError

PLAIN = EkvModel("n", "n", 0.4, 300e-6, slope_factor=1.3)
SHORT = EkvModel(
    "n", "n", 0.4, 300e-6, 0.5, slope_factor=1.3, critical_field_v_per_m=4e6, reduction_per_v=0.3, modulation=0.1,
    modulation_v=0.3, drain_barrier=0.05, roll_off_v=0.03, short_channel_m=1e-7, least_length_m=1e-7, saturation_v=0.02,
)  # fmt: skip


def current(model, vgs, vds, vbs=0.0, width=1e-6, length=1e-6):
    return ekv_state(
        model, ekv_sizes(model, width, length), np.asarray(vgs), np.asarray(vds), np.asarray(vbs)
    ).current_a


def test_strong_inversion_is_the_square_law():
    """A long channel far above threshold: k W/L (vgs - vth)^2 / (2 n)."""
    assert current(PLAIN, 5.4, 6.0) == pytest.approx(300e-6 * 5.0**2 / 2.6, rel=5e-3)


def test_weak_inversion_is_exponential():
    """A decade of current takes n Ut ln(10) volts."""
    first = -0.3
    low, high = current(PLAIN, first, 1.0), current(PLAIN, first + 1.3 * THERMAL_V * np.log(10.0), 1.0)
    assert high / low == pytest.approx(10.0, rel=1e-3)


def test_current_is_zero_without_drain_voltage_and_grows_with_it():
    drains = np.linspace(0.0, 1.8, 200)
    for gate in (0.2, 0.5, 1.0, 1.8):
        currents = current(SHORT, gate, drains, length=1e-7)
        assert abs(currents[0]) < 1e-17 and (np.diff(currents) > 0).all()


def test_current_where_it_saturates_is_the_closed_form():
    """At d = 2 q_f / (1 + sqrt(1 + 2 x q_f)) the current of the shape is d squared."""
    x, forward = 0.3, np.linspace(0.1, 20.0, 50)
    d = 2.0 * forward / (1.0 + np.sqrt(1.0 + 2.0 * x * forward))
    shape = (forward**2 - (forward - d) ** 2) / (1.0 + x * d)
    np.testing.assert_allclose(shape, d**2, rtol=1e-12)


def test_short_channels_have_a_lower_threshold_that_falls_with_the_drain():
    lengths = np.array([1e-7, 2e-7, 1e-6])
    sizes = ekv_sizes(SHORT, 1e-6, lengths)
    assert sizes.bare_v[2] - sizes.bare_v[0] == pytest.approx(0.03, rel=1e-3)
    assert sizes.drain_barrier == pytest.approx([0.05, 0.05 * np.exp(-1.0), 0.0], abs=1e-5)


def test_reverse_bias_of_the_bulk_raises_the_threshold():
    shift = 0.5 * (np.sqrt(0.8 + 1.0) - np.sqrt(0.8))
    assert current(SHORT, 0.8 + shift, 1.0, -1.0) == pytest.approx(current(SHORT, 0.8, 1.0), rel=1e-3)
    assert body_root(SHORT, 5.0) > 0.0


@pytest.mark.parametrize(
    ("gate", "drain", "shares"),
    [(5.4, 6.0, (2 / 3, 0.0)), (5.4, 0.0, (0.5, 0.5)), (-1.0, 1.0, (0.0, 0.0))],
    ids=["saturation", "triode", "off"],
)
def test_charges_reach_their_limits(gate, drain, shares):
    sizes = ekv_sizes(PLAIN, 1e-6, 1e-6)
    state = ekv_state(PLAIN, sizes, gate, drain, 0.0)
    to_source, to_drain, to_bulk = ekv_charges(PLAIN, sizes, state, drain)
    assert (to_source, to_drain) == pytest.approx(shares, abs=0.02)
    assert to_bulk == pytest.approx(PLAIN.bulk_share * (1.0 - to_source - to_drain))


def test_softplus_has_its_slope_in_the_imaginary_part():
    v = np.array([-50.0, -1.0, 0.5, 3.0, 60.0])
    found = softplus(v + 1e-30j)
    np.testing.assert_allclose(found.imag / 1e-30, 1.0 / (1.0 + np.exp(-v)), rtol=1e-13)
    np.testing.assert_allclose(found.real, np.logaddexp(0.0, v), rtol=1e-13, atol=1e-21)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("polarity", "npn"),
        ("gain_a_per_v2", 0.0),
        ("slope_factor", 0.9),
        ("junction_grading", 1.0),
        ("modulation_v", 0.0),
        ("lost_length_m", 2e-6),
    ],
)
def test_numbers_out_of_range_are_refused(field, value):
    numbers = {"name": "n", "polarity": "n", "threshold_v": 0.5, "gain_a_per_v2": 3e-4}
    with pytest.raises(SpecError, match=field):
        EkvModel(**(numbers | {field: value}))
