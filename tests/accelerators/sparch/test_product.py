import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from archwright.accelerators.sparch.condense import column_leaves, condensed_leaves
from archwright.accelerators.sparch.matrix import from_scipy
from archwright.accelerators.sparch.product import merged_sizes, multiply
from archwright.accelerators.sparch.schedule import plan_rounds


def plainly(a, b, leaf_of, schedule):
    """Products and stored places of every round's result, with sets."""
    places = [set() for _ in range(schedule.n_rounds)]
    products = [0] * schedule.n_rounds
    rows = np.repeat(np.arange(a.n_rows), a.row_lengths)
    for entry in np.flatnonzero(leaf_of >= 0):
        merge, k = schedule.round_of_leaf[leaf_of[entry]], a.columns[entry]
        met = b.columns[b.starts[k] : b.starts[k + 1]].tolist()
        products[merge] += len(met)
        places[merge] |= {(int(rows[entry]), column) for column in met}
    for merge, parent in enumerate(schedule.parent[:-1].tolist()):
        places[parent] |= places[merge]
    return products, [len(one) for one in places]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from(["huffman", "sequential"]), st.booleans())
def test_sizes_and_sums_are_those_of_sets_and_scipy(seed, ways, order, is_condensed):
    rng = np.random.default_rng(seed)
    n, m, k = rng.integers(1, 25, 3)
    left, right = (random_array(shape, density=rng.random() ** 2, rng=rng).tocsr() for shape in ((n, m), (m, k)))
    left.data, right.data = left.data - 0.5, right.data - 0.5
    a, b = from_scipy(left), from_scipy(right)
    leaves = (condensed_leaves if is_condensed else column_leaves)(a, b)
    schedule = plan_rounds(leaves.weights, ways, order)
    sizes = merged_sizes(a, b, leaves.of_entry, schedule)
    assert (sizes.products.tolist(), sizes.results.tolist()) == plainly(a, b, leaves.of_entry, schedule)
    assert sizes.row_lengths.sum() == sizes.results[-1:].sum()
    c, wanted = multiply(a, b, leaves.of_entry, schedule), (left @ right).tocsr()
    wanted.sort_indices()
    assert (c.starts == wanted.indptr).all() and (c.columns == wanted.indices).all()
    assert c.values == pytest.approx(wanted.data, rel=1e-12, abs=1e-14)


def test_zeros_stay_stored():
    # The explicit zero meets 3 and 1, and so does row 1 of a row that has cancelled; scipy drops such sums.
    left = csr_array((np.array([0.0, 1.0, 1.0]), np.array([0, 0, 1]), np.array([0, 1, 3])), shape=(2, 2))
    right = csr_array(np.array([[3.0, 1.0], [0.0, -1.0]]))
    a, b = from_scipy(left), from_scipy(right)
    leaves = condensed_leaves(a, b)
    c, wanted = multiply(a, b, leaves.of_entry, plan_rounds(leaves.weights, 2)), left @ right
    assert c.values.tolist() == [0.0, 0.0, 3.0, 0.0] and wanted.nnz == 1


def test_the_workspace_grows():
    dense = random_array((300, 300), density=0.05, rng=np.random.default_rng(0)).toarray()
    dense[5] = 1.0
    wide = csr_array(dense)
    a = from_scipy(wide)
    leaves = condensed_leaves(a, a)
    schedule = plan_rounds(leaves.weights, 2)
    c, wanted = multiply(a, a, leaves.of_entry, schedule), wide @ wide
    wanted.sort_indices()
    assert (c.columns == wanted.indices).all() and c.values == pytest.approx(wanted.data, rel=1e-12)


def test_nothing_times_nothing():
    empty = from_scipy(csr_array((3, 3)))
    leaves = condensed_leaves(empty, empty)
    c = multiply(empty, empty, leaves.of_entry, plan_rounds(leaves.weights, 4))
    assert c.n_stored == 0 and c.starts.tolist() == [0, 0, 0, 0]
