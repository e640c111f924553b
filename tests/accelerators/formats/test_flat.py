import numpy as np

from archwright.accelerators.formats.codec import decode, encode
from archwright.accelerators.formats.entries import entries_of
from archwright.accelerators.formats.flat import runs_of
from archwright.accelerators.formats.layout import Layout


def test_a_filler_stands_for_two_to_the_run_bits_zeros():
    """Nine zeros before the value: with two bits, two fillers of four zeros and a run of one."""
    row = np.array([[0] * 9 + [7]])
    stored = encode(entries_of(row), "rlc", Layout(data_bits=8, run_bits=2))
    assert stored.fields["runs"].values.tolist() == [3, 3, 1]
    assert stored.fields["values"].values.tolist() == [0, 0, 7]
    assert stored.bits == 3 * (8 + 2)
    assert (decode(stored).dense() == row).all()


def test_runs_cross_the_ends_of_rows_and_those_at_the_end_are_free():
    entries = entries_of(np.array([[1, 0, 0], [0, 2, 0], [0, 0, 0]]))
    assert runs_of(entries).tolist() == [0, 3]
    stored = encode(entries, "rlc", Layout(run_bits=2))
    assert stored.fields["runs"].values.tolist() == [0, 3] and (decode(stored).dense() == entries.dense()).all()


def test_the_bitmask_has_a_bit_per_element():
    stored = encode(entries_of(np.array([[0, 5], [0, 6]])), "zvc")
    assert stored.fields["mask"].values.tolist() == [0, 1, 0, 1] and stored.bits == 4 + 2 * 32
