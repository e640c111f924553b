import numpy as np

from archwright.accelerators.formats.entries import entries_of
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.referee import run_product

ONE = Array(n_pes=1, buffer_words=8, bus_words=1, macs_per_pe=1, queue_depth=2)


def test_one_element_word_by_word():
    """Load two words; the first word crosses the bus in cycle 0 and is multiplied in cycle 1, the last in cycle 2."""
    verdict = run_product(entries_of(np.array([[3, 4]])), entries_of(np.array([[5], [6]])), ("dense", "dense"), ONE)
    assert verdict.cycles == 2 + 3 and verdict.product.tolist() == [[39.0]] and verdict.macs == 2


def test_a_full_queue_stops_the_bus():
    """Two columns: two products per word, one a cycle, so that the bus waits for the queue and the end is the same."""
    a, b = entries_of(np.ones((6, 1))), entries_of(np.ones((1, 2)))
    cycles = {
        depth: run_product(a, b, ("dense", "dense"), Array(1, 8, 1, 1, 2, queue_depth=depth)).cycles for depth in (1, 5)
    }
    assert cycles[5] == 2 + 1 + 12 and cycles[1] == cycles[5]


def test_partial_sums_of_cuts_are_added_up():
    a, b = entries_of(np.arange(1, 13).reshape(1, 12)), entries_of(np.ones((12, 1)))
    array = Array(n_pes=2, buffer_words=4, bus_words=2, macs_per_pe=2)
    assert run_product(a, b, ("dense", "dense"), array).product.tolist() == [[78.0]]
