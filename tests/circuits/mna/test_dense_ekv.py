"""The slow twin of the EKV transistor: slopes against small differences, drain and source swapped."""

import numpy as np
import pytest

from archwright.circuits.devices import Mosfet
from archwright.circuits.mna.dense_ekv import ekv_channel, ekv_gate_capacitances
from archwright.circuits.technology.ekv import EkvModel

MODEL = EkvModel(
    "n", "n", 0.4, 300e-6, 0.5, critical_field_v_per_m=5e6, modulation=0.1, drain_barrier=0.05, least_length_m=1.8e-7,
    oxide_f_per_m2=7e-3, overlap_f_per_m=3e-10,
)  # fmt: skip
DEVICE = Mosfet("m1", "d", "g", "s", "b", "n", 5e-6, 2e-7, 2.0)


@pytest.mark.parametrize("bias", [(1.0, 0.9, 0.0, -0.2), (0.1, 1.2, 0.0, 0.0), (-0.7, 0.4, 0.0, -1.0)])
def test_slopes_are_those_of_the_current(bias):
    seen = ekv_channel(MODEL, DEVICE, *bias)
    for pin, slope in ((0, seen.by_drain), (1, seen.by_gate), (3, seen.by_bulk)):
        ends = []
        for step in (1e-5, -1e-5):
            moved = list(bias)
            moved[pin] += step
            ends.append(ekv_channel(MODEL, DEVICE, *moved).current)
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_drain_and_source_are_interchangeable():
    one, other = ekv_channel(MODEL, DEVICE, 0.8, 0.9, 0.1, -0.3), ekv_channel(MODEL, DEVICE, 0.1, 0.9, 0.8, -0.3)
    assert one.current == pytest.approx(-other.current, rel=1e-12) and one.current > 0
    forward = ekv_gate_capacitances(MODEL, DEVICE, 0.8, 0.9, 0.1, -0.3)
    back = ekv_gate_capacitances(MODEL, DEVICE, 0.1, 0.9, 0.8, -0.3)
    np.testing.assert_allclose(forward, (back[1], back[0], back[2]), rtol=1e-12)


def test_p_device_mirrors_the_n_device():
    mirrored = EkvModel(
        "p", "p", -0.4, 300e-6, 0.5, critical_field_v_per_m=5e6, modulation=0.1, drain_barrier=0.05,
        least_length_m=1.8e-7, oxide_f_per_m2=7e-3, overlap_f_per_m=3e-10,
    )  # fmt: skip
    n, p = ekv_channel(MODEL, DEVICE, 1.0, 0.9, 0.0, -0.2), ekv_channel(mirrored, DEVICE, -1.0, -0.9, 0.0, 0.2)
    assert p.current == pytest.approx(-n.current, rel=1e-12) and p.by_gate == pytest.approx(n.by_gate, rel=1e-12)
