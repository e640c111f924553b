import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.codec.huffman import canonical_codes, code_lengths, is_complete, read_bits, write_bits


def heap_cost(counts):
    """Bits of an unlimited Huffman code: the sum of all merged weights."""
    heap = [count for count in counts if count]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        pair = heapq.heappop(heap) + heapq.heappop(heap)
        cost += pair
        heapq.heappush(heap, pair)
    return cost


def slow_write(symbols, lengths, codes):
    text = "".join(f"{codes[symbol]:0{lengths[symbol]}b}" for symbol in symbols)
    text += "0" * (-len(text) % 8)
    return [int(text[k : k + 8], 2) for k in range(0, len(text), 8)]


counts_of = st.lists(st.integers(0, 500), min_size=2, max_size=60).filter(lambda counts: sum(map(bool, counts)) > 1)


@given(counts_of)
@settings(max_examples=60, deadline=None)
def test_codes_are_complete_prefix_free_and_shortest(counts):
    lengths = code_lengths(np.array(counts))
    assert is_complete(lengths)
    words = [f"{word:0{n}b}" for word, n in zip(canonical_codes(lengths), lengths, strict=True) if n]
    assert not any(a != b and b.startswith(a) for a in words for b in words)
    if lengths.max() < 12:
        assert int(lengths @ counts) == heap_cost(counts)


def test_lengths_stay_below_the_limit_where_huffman_s_would_not():
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    lengths = code_lengths(np.array(fibonacci))
    assert lengths.max() == 12 and is_complete(lengths)
    assert int(lengths @ np.array(fibonacci)) < 1.05 * heap_cost(fibonacci)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=300).filter(lambda symbols: len(set(symbols)) > 1))
@settings(max_examples=60, deadline=None)
def test_the_kernel_writes_what_the_slow_twin_writes_and_reads_it(symbols):
    array = np.array(symbols, np.uint8)
    lengths = code_lengths(np.bincount(array))
    codes = canonical_codes(lengths)
    payload = write_bits(array, lengths, codes)
    assert payload.tolist() == slow_write(symbols, lengths, codes)
    assert np.array_equal(read_bits(payload, len(array), lengths), array)


@pytest.mark.parametrize("change", [1, -1])
def test_a_payload_of_another_length_is_seen(change):
    symbols = np.arange(200, dtype=np.uint8) % 7
    lengths = code_lengths(np.bincount(symbols))
    payload = write_bits(symbols, lengths, canonical_codes(lengths))
    other = payload[:change] if change < 0 else np.append(payload, np.uint8(0))
    assert read_bits(other, len(symbols), lengths) is None


@pytest.mark.parametrize("lengths", [[1, 1, 1], [1, 2], [13] * 8192, []])
def test_incomplete_codes_are_seen(lengths):
    assert not is_complete(np.array(lengths, np.int64))
