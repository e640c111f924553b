import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.compression.codec.byte_fields import Damage, Fields, number_bytes


@given(st.integers(0, 2**42 - 1))
def test_numbers_come_back(value):
    fields = Fields(number_bytes(value))
    assert fields.number() == value
    fields.end()


@pytest.mark.parametrize("record", [b"", b"\x80", b"\xff" * 7])
def test_numbers_that_do_not_end_are_seen(record):
    with pytest.raises(Damage):
        Fields(record).number()


def test_reading_stops_at_the_end():
    fields = Fields(b"abc")
    assert fields.take(2) == b"ab"
    with pytest.raises(Damage, match="1 bytes too many"):
        fields.end()
    with pytest.raises(Damage, match="too early"):
        fields.take(2)
