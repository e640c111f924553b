"""Devices: units and ranges are checked, addresses are located."""

import dataclasses

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.device import devices, find_device, read_device

DDR3 = find_device("ddr3-1600-1gb-x8")


def table(**changes):
    return {**{k: v for k, v in dataclasses.asdict(DDR3).items() if k != "name"}, **changes}


@pytest.mark.parametrize("name", devices())
def test_a_device_names_its_source(name):
    assert "Micron" in devices()[name].source


def test_a_rank_is_as_large_as_its_devices():
    assert (DDR3.n_bytes, find_device("ddr4-2400r-8gb-x8").n_bytes) == (1 << 30, 1 << 33)
    assert DDR3.line_bytes == 64


@pytest.mark.parametrize("order", ["row-bank-column", "bank-row-column"])
def test_every_line_has_a_place_of_its_own(order):
    addresses = np.arange(0, DDR3.n_bytes, 64 * 997)
    places = set(zip(*(one.tolist() for one in DDR3.locate(addresses, order)), strict=True))
    assert len(places) == len(addresses)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rcd_clk": 13.75}, "device.mine.rcd_clk: 13.75 is not possible; allowed: a whole number above 0"),
        ({"vdd_v": -1.5}, "device.mine.vdd_v"),
        ({"rows": 1000}, "a power of two"),
        ({"refi_clk": 80}, "above rfc_clk, 88"),
        ({"idd3n_ma": 80.0}, "from idd2n_ma to idd0_ma"),
        ({"rcd_ns": 13.75}, "did you mean 'rcd_clk'"),
    ],
)
def test_wrong_figures_are_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        read_device("mine", table(**changes))


def test_a_missing_figure_is_named():
    short = table()
    del short["faw_clk"]
    with pytest.raises(SpecError, match="faw_clk is missing"):
        read_device("mine", short)
