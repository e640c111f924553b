import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.codec.byte_fields import Damage, Fields
from archwright.compression.codec.symbol_streams import CODERS, CONSTANT, decode_stream, encode_stream, stream_size
from archwright.core.errors import SpecError


@given(st.integers(1, 8), st.sampled_from(CODERS), st.data())
@settings(max_examples=120, deadline=None)
def test_streams_come_back_and_are_counted(bits, coder, data):
    top = data.draw(st.integers(0, 2**bits - 1))
    symbols = np.array(data.draw(st.lists(st.integers(0, top), max_size=200)), np.uint8)
    stream = encode_stream(symbols, bits, coder)
    fields = Fields(stream)
    assert np.array_equal(decode_stream(fields, bits, 200), symbols)
    fields.end()
    size = stream_size(symbols, bits, coder)
    assert stream[0] == size.coder and abs(size.total - len(stream)) <= 2


@pytest.mark.parametrize("symbol", [0, 15])
@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize("n", [0, 1, 100_000])
def test_a_single_symbol_takes_no_payload(symbol, coder, n):
    size = stream_size(np.full(n, symbol, np.uint8), 4, coder)
    assert size.coder == CONSTANT and size.payload == 0 and size.total < 8


def test_auto_is_the_smallest():
    rng = np.random.default_rng(0)
    for symbols in (rng.integers(0, 16, 999), rng.geometric(0.9, 999) % 16, rng.integers(0, 2, 8) * 15):
        sizes = {coder: len(encode_stream(symbols.astype(np.uint8), 4, coder)) for coder in CODERS}
        assert sizes["auto"] == min(sizes.values())


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        ("09010100", "coder 9 is unknown"),
        ("00ff01014e", "255 symbols where at most 10"),
        ("0004004e", "does not decode"),
        ("01020500", "does not decode"),  # symbol 5 has no two bits
        ("0202021102ffff", "does not decode"),  # a byte is left over
        ("02020211", "too early"),
        ("0202ff7f", "an alphabet of"),
        ("030202010100", "does not decode"),  # frequencies add up to 2
    ],
)
def test_what_was_never_written_is_refused(stream, reason):
    with pytest.raises(Damage, match=reason):
        decode_stream(Fields(bytes.fromhex(stream)), 2, 10)


@given(st.binary(max_size=40), st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_any_bytes_decode_or_are_refused(stream, bits):
    try:
        symbols = decode_stream(Fields(stream), bits, 1_000)
    except Damage:
        return
    assert len(symbols) <= 1_000 and (len(symbols) == 0 or symbols.max() < 2**bits)


def test_an_unknown_coder_is_refused():
    with pytest.raises(SpecError, match="huffman"):
        stream_size(np.zeros(3, np.uint8), 4, "hufman")
