import numpy as np
import pytest

from archwright.accelerators.eie.layers import draw_sparsity
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.sparsity import (
    entry_counts,
    expected_padding,
    line_reads,
    sparsity_of,
    storage_bits,
    transpose,
)
from archwright.core.errors import SpecError


def counts_plainly(weights, machine):
    """Entries by the definition: gaps among the rows that an element owns, divided by 2^b."""
    counts = np.zeros((weights.shape[1], machine.n_pes), np.int32)
    for column in range(weights.shape[1]):
        for element in range(machine.n_pes):
            places = np.flatnonzero(weights[element :: machine.n_pes, column])
            gaps = np.diff(places, prepend=-1) - 1
            counts[column, element] = len(places) + (gaps >> machine.index_bits).sum()
    return counts


@pytest.mark.parametrize("n_pes", [1, 3, 8, 40])
@pytest.mark.parametrize("index_bits", [1, 4])
def test_counts_follow_the_definition(n_pes, index_bits):
    rng = np.random.default_rng(n_pes)
    machine = Machine(n_pes=n_pes, index_bits=index_bits)
    weights = rng.random((97, 23)) < 0.1
    assert (entry_counts(sparsity_of(weights), machine) == counts_plainly(weights, machine)).all()


@pytest.mark.parametrize(("zeros", "entries"), [(15, 1), (16, 2), (31, 2), (32, 3)])
def test_sixteen_zeros_need_one_padding(zeros, entries):
    weights = np.zeros((zeros + 1, 1))
    weights[zeros] = 1.0
    assert entry_counts(sparsity_of(weights), Machine(n_pes=1)).item() == entries


def test_zeros_are_counted_among_the_rows_of_the_element():
    weights = np.zeros((32, 1))
    weights[30] = 1.0  # 30 zeros of the layer, but 15 of element 0
    assert entry_counts(sparsity_of(weights), Machine(n_pes=2)).tolist() == [[1, 0]]


def test_storage_follows_the_closed_form():
    machine = Machine(n_pes=4, index_bits=2, code_bits=3)
    weights = np.random.default_rng(1).random((60, 30)) < 0.1
    bits = counts_plainly(weights, machine).sum() * 5 + 4 * 31 * 16
    assert storage_bits(sparsity_of(weights), machine) == bits


@pytest.mark.parametrize(("density", "n_rows", "n_pes"), [(0.04, 2001, 8), (0.2, 700, 3), (0.5, 40, 64)])
def test_padding_is_as_frequent_as_expected(density, n_rows, n_pes):
    machine = Machine(n_pes=n_pes, index_bits=3)
    drawn = draw_sparsity(n_rows, 3000, density, rng=np.random.default_rng(2))
    measured = entry_counts(drawn, machine).sum() / len(drawn.rows) - 1.0
    assert measured == pytest.approx(expected_padding(density, n_rows, machine), rel=0.01, abs=1e-12)


def test_padding_of_columns_without_end_is_the_geometric_sum():
    missed = (1.0 - 0.09) ** 16
    assert expected_padding(0.09, 10**7, Machine(n_pes=1)) == pytest.approx(missed / (1.0 - missed), rel=1e-5)


def test_a_line_is_fetched_when_the_address_leaves_the_last_one():
    counts = np.array([[3], [2], [0], [6], [1]], np.int32)  # entries 0-2, 3-4, -, 5-10, 11; lines of 4
    everything = np.arange(5)
    assert line_reads(counts, everything, 4) == 3
    assert line_reads(counts, everything[[0, 3]], 4) == 3
    assert line_reads(counts, everything[[2]], 4) == 0
    assert line_reads(counts, everything, 1) == 12


def test_the_matrix_is_checked():
    with pytest.raises(SpecError, match="weights: 'an array of shape \\(3,\\)'"):
        sparsity_of(np.ones(3))


def test_the_transpose_holds_the_same_places():
    weights = np.random.default_rng(3).random((9, 14)) < 0.4
    turned, expected = transpose(sparsity_of(weights)), sparsity_of(weights.T)
    assert turned.n_rows == 14 and (turned.starts == expected.starts).all() and (turned.rows == expected.rows).all()
