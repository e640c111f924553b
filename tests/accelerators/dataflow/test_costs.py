"""Costs against 1,140 layer evaluations of the MAESTRO cost model, recorded in `maestro.csv`.

MobileNet-V2 and ResNet-18 without stride and padding, five numbers of elements, three tiles, bus of 81,920,000 words.
"""

from pathlib import Path

import numpy as np
import pytest

from archwright.accelerators.dataflow.costs import DATAFLOWS, costs_of
from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError

ROWS = np.genfromtxt(Path(__file__).parent / "maestro.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")


def layer_of(row):
    is_depthwise = bool(row["is_depthwise"])
    filters, channels, *sizes = (int(row[name]) for name in "KCYXRS")
    return Layer(
        "layer", channels if is_depthwise else filters, channels, *sizes, groups=channels if is_depthwise else 1
    )


def priced(row, bus):
    return costs_of([layer_of(row)], [int(row["elements"])], [int(row["tile"])], str(row["dataflow"]), bus)


@pytest.fixture(scope="module")
def ours():
    """Our costs of every recorded row, (n_rows,) each."""
    found = [priced(row, Bus(UNLIMITED_BANDWIDTH, is_counted=True)) for row in ROWS]
    return {name: np.array([getattr(one, name)[0, 0] for one in found]) for name in found[0]._fields}


def test_there_are_rows_of_both_dataflows():
    assert [(ROWS["dataflow"] == name).sum() for name in ("dla", "shi")] == [570, 570]


@pytest.mark.parametrize("name", ["cycles", "element_bytes", "shared_bytes"])
def test_whole_numbers_are_exact_on_every_row(ours, name):
    assert (ours[name] == ROWS[name]).all()


def test_area_and_power_agree_to_the_recorded_digits(ours):
    np.testing.assert_allclose(ours["area_um2"], ROWS["area_um2"], rtol=4e-6)
    np.testing.assert_allclose(ours["power_w"], ROWS["power_mw"] * 1e-3, rtol=4e-6)


def test_energy_of_depthwise_rows_agrees_to_the_recorded_digits(ours):
    rows = ROWS["is_depthwise"] == 1
    np.testing.assert_allclose(ours["energy_j"][rows], ROWS["energy_nj"][rows] * 1e-9, rtol=4e-6)


def recorded_parts():
    """Energy in nJ of the elements' buffers and of the shared one, from the recorded counts of each row."""
    moved = ROWS["inputs_read"] + ROWS["weights_read"]
    in_elements = 4 * ROWS["macs"] + moved
    filled = np.array([one.channels * one.height * one.width + one.weights for one in map(layer_of, ROWS)])
    return 0.23e-3 * 1.68 * in_elements, 0.23e-3 * 18.61 * (moved + filled + ROWS["outputs_written"])


def test_recorded_energies_of_other_rows_take_the_buffers_of_the_row_before():
    """MAESTRO prints, for a mapping of two levels, the elements' share of the layer before; of none for the first."""
    elements, shared = recorded_parts()
    names = ["dataflow", "elements", "tile"]
    is_first = (ROWS["K"] == 64) & (ROWS["R"] == 7)
    is_first[1:] |= ROWS[names][1:] != ROWS[names][:-1]
    is_first[0] = True
    before = np.where(is_first, 0.0, np.roll(elements, 1))
    told = np.where(ROWS["is_depthwise"] == 1, elements, before) + shared
    np.testing.assert_allclose(told, ROWS["energy_nj"], rtol=1e-5)


def test_words_moved_and_energies_are_those_of_a_row_s_own_counts(ours):
    """But for 60 rows of shi whose recorded products exceed those of the layer: their edge columns count twice."""
    elements, shared = recorded_parts()
    macs = np.array([layer_of(row).macs for row in ROWS])
    right = ROWS["macs"] == macs
    moved = ROWS["inputs_read"] + ROWS["weights_read"] + ROWS["outputs_written"]
    assert (ours["moved"][right] == moved[right]).all()
    np.testing.assert_allclose(ours["energy_j"][right], 1e-9 * (elements + shared)[right], rtol=1e-12)
    assert (~right).sum() == 60 and (ROWS["dataflow"][~right] == "shi").all()
    assert (ROWS["macs"][~right] > macs[~right]).all()


def test_whole_networks_take_the_recorded_cycles():
    """Sums over the layers, recorded on other networks: 16 and 128 elements, a tile of 1."""
    recorded = {
        ("mobilenet-v2", "dla"): [52_034_080, 26_008_236],
        ("resnet-18", "dla"): [282_890_772, 174_428_692],
        ("resnet-50", "dla"): [694_598_197, 226_103_349],
        ("vgg-16", "dla"): [989_831_693, 174_842_893],
        ("mnasnet", "dla"): [53_296_032, 24_403_644],
        ("mobilenet-v2", "shi"): [53_509_408, 40_665_964],
        ("resnet-18", "shi"): [202_830_100, 116_492_052],
        ("vgg-16", "shi"): [1_037_949_965, 372_917_261],
    }
    for (network, dataflow), cycles in recorded.items():
        layers = [layer.compatible for layer in read_layers(network)]
        assert costs_of(layers, [16, 128], [1, 1], dataflow).cycles.sum(axis=0).tolist() == cycles


@pytest.mark.parametrize("dataflow", DATAFLOWS)
def test_a_narrow_bus_is_a_bound(dataflow):
    layers = read_layers("mobilenet-v2")
    free, narrow = (costs_of(layers, [64], [4], dataflow, bus) for bus in (Bus(), Bus(1.0)))
    assert (narrow.cycles == np.maximum(free.cycles, free.moved)).all()
    assert (narrow.cycles > free.cycles).any()
    assert (narrow.energy_j == free.energy_j).all()


def test_bad_input_is_one_line():
    layer = [Layer("a", 1, 1)]
    with pytest.raises(SpecError, match=r"dataflow: 'nvdla' is not possible; allowed: .*dla"):
        costs_of(layer, [1], [1], "nvdla")
    with pytest.raises(SpecError, match=r"elements: \[4, 0\] is not possible; allowed: whole numbers >= 1"):
        costs_of(layer, [4, 0], [1, 1], "dla")
    with pytest.raises(SpecError, match=r"tile: \[1\.5\]"):
        costs_of(layer, [4], [1.5], "dla")
