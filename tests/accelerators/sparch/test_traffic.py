import numpy as np
import pytest
from scipy.sparse import csr_array

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import from_scipy
from archwright.accelerators.sparch.prefetch import EVERYTHING
from archwright.accelerators.sparch.traffic import (
    STEPS,
    Ideas,
    accesses,
    fetch_rows,
    outerspace_bytes,
    plan_product,
    traffic_of,
)


@pytest.fixture(scope="module")
def matrix():
    return stand_in("wiki-Vote", 100_000)


def test_a_product_by_hand():
    a = from_scipy(csr_array(np.array([[1.0, 1, 1], [0, 1, 0], [1, 0, 1]])))
    # Condensed columns: elements (0,0) (1,1) (2,0) | (0,1) (2,2) | (0,2), which read rows of 3 1 3 | 1 2 | 2 elements.
    plan = plan_product(a, a, 2, Ideas(prefetch=False))
    assert plan.leaves.weights.tolist() == [7, 3, 2] and plan.schedule.round_of_leaf.tolist() == [1, 0, 0]
    traffic = traffic_of(plan)
    assert traffic.a.tolist() == [3 * 12, 3 * 12] and traffic.b.tolist() == [5 * 12, 7 * 12]
    # Round 0 makes row 0: columns 1, 0, 2 and row 2: 0, 2.
    assert traffic.partial.tolist() == [5 * 16, 5 * 16] and traffic.c.tolist() == [0, 16 * (3 + 1 + 3)]
    assert traffic.total == sum(traffic.totals.values()) == 12 * (6 + 12) + 16 * (10 + 7)


def test_b_is_read_once_without_condensing_and_again_with_it(matrix):
    plain, condensed = (plan_product(matrix, matrix, 64, STEPS[step]) for step in list(STEPS)[:2])
    used = np.unique(matrix.columns)
    assert traffic_of(plain).totals["b"] == 12 * matrix.row_lengths[used].sum()
    assert traffic_of(condensed).totals["b"] == 12 * condensed.sizes.n_products
    assert traffic_of(plain).totals["a"] == traffic_of(condensed).totals["a"] == 12 * matrix.n_stored
    assert traffic_of(plain).totals["c"] == traffic_of(condensed).totals["c"]


def test_huffman_moves_less_than_a_sequence_and_the_prefetcher_less_than_none(matrix):
    ideas = [STEPS["+ condensing"], STEPS["+ Huffman"]]
    sequence, huffman = (traffic_of(plan_product(matrix, matrix, 16, one)) for one in ideas)
    assert huffman.totals["partial"] < 0.5 * sequence.totals["partial"] and huffman.totals["b"] == sequence.totals["b"]
    plan = plan_product(matrix, matrix, 16)
    kept = traffic_of(plan, fetch_rows(plan, Machine(ways=16)))
    assert kept.totals["b"] < 0.2 * huffman.totals["b"] and kept.totals["partial"] == huffman.totals["partial"]


def test_a_longer_look_ahead_reads_no_more(matrix):
    plan, machine = plan_product(matrix, matrix, 16), Machine(ways=16, buffer_lines=128)
    lru, some, all_ = (fetch_rows(plan, machine, ahead).line_misses for ahead in (0, None, EVERYTHING))
    assert lru > some >= all_


def test_accesses_run_row_by_row_within_a_round(matrix):
    plan = plan_product(matrix, matrix, 8)
    order, rounds = accesses(plan)
    assert (np.diff(rounds) >= 0).all() and (np.diff(order)[np.diff(rounds) == 0] > 0).all()


def test_elements_that_meet_empty_rows_are_read():
    a = from_scipy(csr_array(np.array([[0.0, 1.0], [0.0, 0.0]])))
    assert traffic_of(plan_product(a, a, 4)).totals == {"a": 12, "b": 0, "partial": 0, "c": 0}


def test_outerspace_writes_and_reads_every_product(matrix):
    n = plan_product(matrix, matrix, 64).sizes.n_products
    assert outerspace_bytes(matrix, matrix, n, 7) == 24 * matrix.n_stored + 16 * (2 * n + 7)
