import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Level1Model, Mosfet
from archwright.circuits.mna.circuit import MODEL_COLUMNS, compile_circuit
from archwright.circuits.netlist import Netlist


def test_three_stage_amplifier_has_ten_unknowns_and_short_programs():
    circuit = compile_circuit(three_stage_netlist(), ("vouta", "0"), ("vouta", "voutb"))
    assert len(circuit.operating.solution) == 10
    assert len(circuit.pins) == 17 and len(circuit.resistors) == 2
    assert len(circuit.small.transfer) == 122  # against 10 x 10 x 10 / 3 of a dense elimination with as many solves
    assert len(circuit.small.noise_rows) == 19


def test_model_row_has_threshold_without_body_effect():
    model = Level1Model("p", "p", -0.5, 25e-6, 0.6, 0.8)
    netlist = Netlist("one", ("0", "a"), (Mosfet("m1", "a", "a", "0", "0", "p", 1e-6, 1e-6),), (model,))
    row = dict(zip(MODEL_COLUMNS, compile_circuit(netlist, ("a", "0"), ("a", "0")).models[0], strict=True))
    assert row["sign"] == -1.0 and row["gain"] == 25e-6
    assert row["offset_v"] == pytest.approx(0.5 - 0.6 * np.sqrt(0.8))


def test_transistor_with_bulk_on_source_has_that_junction_shorted():
    netlist = Netlist(
        "one",
        ("0", "a"),
        (Mosfet("m1", "a", "a", "0", "0", "n", 1e-6, 1e-6),),
        (Level1Model("n", "n", 0.5, 5e-5),),
    )
    assert compile_circuit(netlist, ("a", "0"), ("a", "0")).is_shorted.tolist() == [[0, 1]]
