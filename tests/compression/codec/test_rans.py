import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.codec.rans import SCALE, decode, encode, expected_bytes, scaled_frequencies


def slow_encode(symbols, frequencies):
    """The definition, in Python's whole numbers."""
    starts = [sum(frequencies[:k]) for k in range(len(frequencies))]
    state, words = 1 << 16, []
    for symbol in reversed(symbols):
        frequency = frequencies[symbol]
        if state >= frequency << 20:
            words.append(state % 65536)
            state //= 65536
        state = state // frequency * SCALE + starts[symbol] + state % frequency
    return [state // 65536, state % 65536, *reversed(words)]


symbols_of = st.lists(st.integers(0, 60), min_size=1, max_size=400)


@given(symbols_of)
@settings(max_examples=60, deadline=None)
def test_the_kernel_writes_what_the_slow_twin_writes_and_reads_it(symbols):
    array = np.array(symbols, np.uint8)
    frequencies = scaled_frequencies(np.bincount(array))
    assert frequencies.sum() == SCALE and np.array_equal(frequencies > 0, np.bincount(array) > 0)
    words = encode(array, frequencies)
    assert words.tolist() == slow_encode(symbols, frequencies.tolist())
    assert np.array_equal(decode(words, len(array), frequencies), array)
    assert abs(2 * len(words) - expected_bytes(np.bincount(array), frequencies)) <= 2


def test_it_comes_within_a_percent_of_the_entropy_where_huffman_cannot():
    rng = np.random.default_rng(0)
    symbols = (rng.random(100_000) < 0.05).astype(np.uint8)
    entropy_bytes = 100_000 * 0.2864 / 8
    assert 2 * len(encode(symbols, scaled_frequencies(np.bincount(symbols)))) < 1.01 * entropy_bytes
    assert entropy_bytes < 0.3 * 100_000 / 8


@pytest.mark.parametrize("counts", [[1] * 256, [10**9] + [1] * 255, [0, 0, 7], [3, 5]])
def test_what_occurs_has_a_frequency(counts):
    scaled = scaled_frequencies(np.array(counts))
    assert scaled.sum() == SCALE and scaled[np.array(counts) > 0].min() >= 1


def test_words_that_are_missing_or_too_many_are_seen():
    symbols = np.random.default_rng(0).integers(0, 9, 500).astype(np.uint8)
    frequencies = scaled_frequencies(np.bincount(symbols))
    words = encode(symbols, frequencies)
    for other in (words[:-1], np.append(words, np.uint16(5)), words[:1]):
        assert decode(other, len(symbols), frequencies) is None
