import pytest

from archwright.accelerators.sparch.machine import Machine
from archwright.core.errors import SpecError


def test_the_published_machine():
    machine = Machine()
    assert machine.n_layers == 6 and machine.bytes_per_cycle == 128.0
    assert machine.peak_flops_per_s == 32e9 and machine.buffer_bytes == 576 * 1024


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("ways", 48, "a power of two"),
        ("ways", 1, "2 to 1,024"),
        ("merger_width", 3, "a power of two"),
        ("n_multipliers", 0, "1 to 4,096"),
        ("buffer_lines", 2.5, "a whole number"),
        ("lookahead", -1, "0 to"),
        ("clock_hz", 0.0, "above 0"),
        ("bandwidth_bytes_per_s", float("nan"), "above 0"),
    ],
)
def test_a_value_out_of_range_is_one_line(field, value, allowed):
    with pytest.raises(SpecError, match=rf"{field}: .*{allowed}"):
        Machine(**{field: value})
