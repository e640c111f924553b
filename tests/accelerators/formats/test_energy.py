import pytest

from archwright.accelerators.formats import energy


def test_memory_costs_128_times_a_buffer():
    ratio = 32.0 * energy.DRAM_J_PER_BIT / energy.SRAM_J
    assert ratio == pytest.approx(128.0)


def test_a_multiply_add_is_its_two_operations():
    joules, area_um2 = energy.MAC_J, energy.MAC_UM2
    assert joules == pytest.approx(4.6e-12) and area_um2 == 11_884.0


def test_a_buffer_bit_is_smaller_than_a_flip_flop():
    assert 0.3 < energy.SRAM_UM2_PER_BIT < 0.5 < energy.FLIP_FLOP_UM2
