"""The kernel's arrays have a place for everything."""

from archwright.memory.dram import layout as of
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import find_device


def test_every_parameter_has_its_place():
    device = find_device("ddr4-2400r-8gb-x8")
    control = Controller(request_buffer_size=16, max_active_transactions=4).control(device)
    assert len(control) == 2 + len(CHOICES) == of.MAX_ACTIVE + 1
    assert (control[of.N_BANKS], control[of.N_GROUPS]) == (16, 4)
    assert (control[of.BUFFER_SIZE], control[of.MAX_ACTIVE]) == (16, 4)


def test_every_time_has_its_place():
    device = find_device("ddr4-2400r-8gb-x8")
    timing = device.timing()
    assert len(timing) == of.REFI + 1
    assert timing[of.CCD_LONG], timing[of.WTR_LONG] == (device.ccd_long_clk, device.wtr_long_clk)
    assert (timing[of.RTW], timing[of.RFC]) == (10, device.rfc_clk)


def test_every_command_has_its_name():
    assert (of.COMMANDS[of.WRITE_CLOSE], of.COMMANDS[of.REFRESH]) == ("WRA", "REF")
