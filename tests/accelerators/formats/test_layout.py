import numpy as np
import pytest

from archwright.accelerators.formats.layout import Layout, index_bits
from archwright.core.errors import SpecError


def test_index_bits_are_exact_beside_powers_of_two():
    for power in range(1, 45):
        n = 2**power
        assert index_bits(np.array([n - 1, n, n + 1])).tolist() == [(n - 2).bit_length(), power, power + 1]


def test_a_fixed_width_replaces_every_width():
    layout = Layout(metadata_bits=16)
    assert layout.width(np.array([1, 100, 65_536])).tolist() == [16, 16, 16]
    with pytest.raises(SpecError, match="metadata_bits: 16 is not possible; allowed: at least 17"):
        layout.width(65_537)


@pytest.mark.parametrize(
    ("name", "value"),
    [("data_bits", 0), ("data_bits", 65), ("metadata_bits", -1), ("run_bits", 17), ("block_rows", 0), ("cube_bits", 9),
     ("data_bits", 2.5), ("data_bits", None), ("block_columns", True)],
)  # fmt: skip
def test_widths_out_of_range_are_refused(name, value):
    with pytest.raises(SpecError, match=f"{name}: .* is not possible; allowed: a whole number from 1"):
        Layout(**{name: value})


def test_the_convention_is_printed():
    assert str(Layout()) == "32-bit data, lg n metadata"
    assert str(Layout(8, 16)) == "8-bit data, 16-bit metadata"
