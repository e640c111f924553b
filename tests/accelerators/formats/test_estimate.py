import numpy as np
import pytest

from archwright.accelerators.formats.counts import expected_counts
from archwright.accelerators.formats.entries import draw_entries
from archwright.accelerators.formats.estimate import compute_mttkrp, compute_product
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.sage import COMPUTE_FORMATS
from archwright.accelerators.formats.timing import time_product

CASES = [
    ((256, 512, 200), 0.05, 0.05), ((200, 200, 300), 0.5, 0.1), ((500, 100, 40), 0.2, 1.0), ((64, 64, 64), 0.9, 0.9),
    ((100, 1500, 600), 0.01, 0.01), ((1000, 1000, 200), 1e-3, 2e-3),
]  # fmt: skip


@pytest.mark.parametrize(("sizes", "first", "second"), CASES)
def test_closed_forms_are_near_exact_cycles(sizes, first, second):
    rows, inner, columns = sizes
    rng = np.random.default_rng(0)
    a, b = draw_entries((rows, inner), first, rng=rng), draw_entries((inner, columns), second, rng=rng)
    expected = expected_counts((rows, inner), first), expected_counts((inner, columns), second)
    for formats in COMPUTE_FORMATS[2]:
        exact, closed = time_product(a, b, formats, Array()), compute_product(*expected, formats, Array())
        assert float(closed.cycles) == pytest.approx(exact.cycles, rel=0.05), formats
        assert float(closed.macs) == pytest.approx(exact.macs, rel=0.1, abs=300), formats


def test_a_tensor_times_a_matrix_is_near_too():
    rng = np.random.default_rng(0)
    tensor, matrix = draw_entries((40, 30, 200), 0.02, rng=rng), draw_entries((200, 32), 1.0, rng=rng)
    counts = expected_counts((40, 30, 200), 0.02), expected_counts((200, 32), 1.0)
    for formats in COMPUTE_FORMATS[3]:
        exact, closed = time_product(tensor, matrix, formats, Array()), compute_product(*counts, formats, Array())
        assert float(closed.cycles) == pytest.approx(exact.cycles, rel=0.05), formats


def test_unmatched_words_cost_energy():
    """Next to nothing matches in an inner product at 1e-4, but every word is streamed and compared."""
    a = expected_counts((10_000, 10_000), 1e-4)
    found = compute_product(a, a, ("csr", "csc"), Array())
    assert float(found.energy_j) > 20.0 * float(found.macs) * 6.6e-12


def test_mttkrp_does_one_more_product_per_fibre_or_entry():
    tensor = expected_counts((50, 60, 70), 0.01)
    by_tree, by_entry, dense = (compute_mttkrp(tensor, 32, name, Array()) for name in ("csf", "coo", "dense"))
    assert float(by_entry.macs) == pytest.approx(2.0 * 2100 * 32)
    assert 2100 * 32 < float(by_tree.macs) < float(by_entry.macs) < float(dense.macs)


def test_larger_arrays_are_not_slower():
    a, b = expected_counts((3000, 3000), 0.01), expected_counts((3000, 3000), 0.01)
    for formats in COMPUTE_FORMATS[2]:
        cycles = [float(compute_product(a, b, formats, Array(n_pes=n)).cycles) for n in (64, 256, 1024)]
        assert cycles == sorted(cycles, reverse=True)
    assert float(compute_product(a, b, ("csr", "dense"), Array(n_pes=1)).cycles) > cycles[0]
