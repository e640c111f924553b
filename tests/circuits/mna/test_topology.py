import numpy as np
import pytest

from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.topology import (
    balance_weights,
    conductances,
    currents,
    drive_weights,
    find_unknowns,
    matrix_weights,
    source_weights,
    stamp_arrays,
)
from archwright.circuits.netlist import Netlist

STACKED = Netlist(
    "stacked sources",
    ("0", "a", "b", "c", "d"),
    (
        VoltageSource("v1", "a", "0", 1.0),
        VoltageSource("v2", "b", "a", 2.0),
        Resistor("r1", "b", "c", 1e3),
        VoltageSource("v3", "c", "d", 0.5),
        Resistor("r2", "d", "0", 2e3),
        CurrentSource("i1", "d", "0", 1e-3),
    ),
)
MIRROR = Netlist(
    "diode",
    ("0", "vdd", "g"),
    (
        VoltageSource("vdd", "0", "vdd", -2.5),
        Resistor("r1", "vdd", "g", 1e4),
        Mosfet("m1", "g", "g", "0", "0", "n", 1e-6, 1e-6),
        Capacitor("c1", "g", "0", 1e-12),
    ),
    (Level1Model("n", "n", 0.5, 50e-6),),
)


def test_sources_merge_nets_into_one_unknown():
    unknowns = find_unknowns(STACKED)
    assert unknowns.n == 1
    assert unknowns.root["0"] == unknowns.root["a"] == unknowns.root["b"] == 1
    assert unknowns.root["c"] == unknowns.root["d"] == 0
    offsets = dict(zip(STACKED.nets, unknowns.offsets.tolist(), strict=True))
    assert offsets["b"] == [1.0, 1.0, 0.0]
    assert np.subtract(offsets["c"], offsets["d"]).tolist() == [0.0, 0.0, 1.0]


def test_source_the_other_way_round_counts_negative():
    unknowns = find_unknowns(MIRROR)
    assert unknowns.n == 1 and unknowns.offsets[MIRROR.nets.index("vdd")].tolist() == [-1.0]


def test_diode_connected_transistor_adds_gm_and_gds_in_one_slot():
    slots = {(0, 0): 0}
    weights = matrix_weights(find_unknowns(MIRROR), conductances(MIRROR), slots)
    kept = stamp_arrays(weights)
    assert len(slots) == 1
    assert kept.row.tolist() == [0, 1, 3, 5]  # gds, gm, bulk-drain junction, resistor
    assert kept.weight.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_balance_counts_what_enters():
    rows = balance_weights(find_unknowns(STACKED), currents(STACKED))
    assert rows == {(0, 0): 1.0, (0, 1): -1.0, (0, 2): -1.0}


def test_source_current_is_the_sum_of_its_side():
    weights = {key: weight for key, weight in source_weights(STACKED, currents(STACKED)).items() if weight}
    assert weights == {(0, 0): -1.0, (1, 0): -1.0, (2, 0): 1.0}


def test_drive_of_a_known_net_moves_to_the_right_hand_side():
    drive = {net: 1.0 if net == "vdd" else 0.0 for net in MIRROR.nets}
    weights = drive_weights(find_unknowns(MIRROR), conductances(MIRROR), drive)
    assert weights == {(0, 5): 1.0}


def test_stamps_that_cancel_are_dropped():
    stamps = stamp_arrays({(1, 0): 0.0, (0, 2): -1.0, (0, 1): 2.0})
    assert stamps.at.tolist() == [0, 0] and stamps.row.tolist() == [1, 2]
    assert stamps.weight.tolist() == pytest.approx([2.0, -1.0])
