import pytest

from archwright.circuits.devices import (
    CurrentSource,
    Level1Model,
    Mosfet,
    Resistor,
    VoltageSource,
    factors,
    resolved,
)
from archwright.circuits.waveforms import PiecewiseLinear
from archwright.core.errors import SpecError


def test_expression_is_a_product_of_numbers_and_names():
    assert factors(3) == (3.0, ())
    assert factors("w1_um") == (1.0, ("w1_um",))
    assert factors("2 * ratio*w1_um*1e-1") == (pytest.approx(0.2), ("ratio", "w1_um"))


@pytest.mark.parametrize("text", ["w1+w2", "", "W1", "2*", "w1**2"])
def test_other_expressions_are_refused(text):
    with pytest.raises(SpecError, match="a product of numbers and parameter names"):
        factors(text)


def test_resolved_device_has_numbers_only():
    mosfet = Mosfet("m1", "d", "g", "0", "0", "n", "ratio*w_um", 1e-6)
    sized = resolved(mosfet, {"ratio": 3.0, "w_um": 2e-6})
    assert isinstance(sized, Mosfet)
    assert sized.width_m == pytest.approx(6e-6) and sized.length_m == 1e-6 and sized.multiplier == 1.0
    assert resolved(Resistor("r1", "a", "0", "r_kohm"), {"r_kohm": 5e3}) == Resistor("r1", "a", "0", 5e3)


def test_model_scales_modulation_with_length_and_diffusion_with_width():
    model = Level1Model("n", "n", 0.5, 50e-6, lambda_per_v=0.01, lambda_m_per_v=1e-7, diffusion_m=1.5e-6)
    assert model.modulation_per_v(2e-6) == pytest.approx(0.06)
    assert model.diffusion(12e-6) == pytest.approx((36e-12, 18e-6))


@pytest.mark.parametrize(
    ("field", "value"),
    [("gain_a_per_v2", 0.0), ("junction_potential_v", -1.0), ("junction_grading", 1.0), ("forward_coefficient", 1.5)],
)
def test_impossible_model_is_refused(field, value):
    with pytest.raises(SpecError, match=field):
        Level1Model(**({"name": "n", "polarity": "n", "threshold_v": 0.5, "gain_a_per_v2": 50e-6} | {field: value}))


def test_unknown_polarity_is_refused():
    with pytest.raises(SpecError, match="polarity"):
        Level1Model("n", "npn", 0.5, 50e-6)


def test_a_waveform_stays_with_its_source():
    step = PiecewiseLinear(((0.0, 0.0), (1e-9, 1.0)))
    assert resolved(VoltageSource("v1", "a", "0", "v_v", waveform=step), {"v_v": 2.0}) == VoltageSource(
        "v1", "a", "0", 2.0, waveform=step
    )
    assert CurrentSource("i1", "a", "0").waveform is None
