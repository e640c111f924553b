import shutil
from dataclasses import replace

import numpy as np
import pytest

from archwright.circuits.power_converters import HAND, INPUT_V, PORTS, PROCESS, SwitchedCapacitorConverter
from archwright.circuits.switched_capacitor_deck import simulate_converter
from archwright.core.errors import Infeasible
from archwright.core.goal import Goals

PROBLEM = SwitchedCapacitorConverter()
GOALS = Goals(PROBLEM.goals)


def metrics(**changes):
    return PROBLEM.evaluate([{**HAND, **changes}], rng=np.random.default_rng(0))[0]


def test_thirty_inputs_and_nine_metrics_to_be_bettered():
    assert PROBLEM.space.horizon == 30 and len(GOALS.targets) == 9 and len(GOALS.constraints) == 9


def test_the_hand_design_meets_every_goal():
    assert GOALS.violation(metrics()) == 0.0
    assert 0.85 < metrics()["efficiency"] < 0.93


def test_few_random_designs_do():
    designs = PROBLEM.space.decode_many(np.random.default_rng(0).random((800, 30)))
    outcomes = PROBLEM.evaluate(designs, rng=np.random.default_rng(0))
    share = np.mean([not isinstance(one, Infeasible) and GOALS.violation(one) == 0.0 for one in outcomes])
    assert 0.001 < share < 0.03
    reasons = {str(one) for one in outcomes if isinstance(one, Infeasible)}
    assert reasons and all("collapses under its load" in one for one in reasons)


def test_power_adds_up():
    found = metrics()
    out_w = sum(found[f"output{i}_v"] * port.load_a for i, port in enumerate(PORTS, start=1))
    assert found["efficiency"] == pytest.approx(out_w / (out_w + found["loss_w"]))
    # Without switching losses what is left is lost in the output resistances.
    cells = PROBLEM.cells(HAND)
    conduction_w = sum(cell.output_ohm * port.load_a**2 for cell, port in zip(cells, PORTS, strict=True))
    gate_w = sum(
        cell.frequency_hz * n * PROCESS.gate_f_per_um * HAND[f"switch{i}_um"] * HAND["gate_v"] ** 2
        for i, (cell, n) in enumerate(zip(cells, (4, 7, 7, 7), strict=True), start=1)
    )
    plates_w = found["loss_w"] - conduction_w - gate_w
    assert 0.0 < plates_w < found["loss_w"]
    # 2:1: the bottom plate moves by half the input.
    one = cells[0].frequency_hz * PROCESS.bottom_plate * cells[0].capacitances_f[0] * (INPUT_V / 2) ** 2
    assert plates_w > one


@pytest.mark.parametrize(
    ("change", "metric", "sign"),
    [
        ({"flying2a_nf": 8.0, "flying2b_nf": 8.0}, "output2_v", 1),
        ({"gate_v": 0.9}, "output1_v", -1),
        ({"parts3": 8}, "ripple3_v", -1),
        ({"filter4_nf": 20.0}, "ripple4_v", -1),
        ({"filter4_nf": 20.0}, "area_mm2", 1),
        ({"switch1_um": 20_000.0, "frequency1_mhz": 200.0}, "efficiency", -1),
        ({"topology2": "3:1 ladder"}, "output2_v", -1),
    ],
)
def test_sizes_do_what_they_should(change, metric, sign):
    assert np.sign(metrics(**change)[metric] - metrics()[metric]) == sign


@pytest.mark.external
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="no ngspice: apt-get install ngspice")
def test_outputs_of_the_hand_design_are_those_of_ngspice():
    for i, (cell, port) in enumerate(zip(PROBLEM.cells({**HAND, "parts1": 1}), PORTS, strict=True), start=1):
        simulated = simulate_converter(replace(cell, interleaved=1, output_f=60e-9), INPUT_V, port.load_a)
        assert metrics()[f"output{i}_v"] == pytest.approx(simulated.output_v, rel=0.01)
