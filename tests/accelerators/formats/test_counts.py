import numpy as np
import pytest

from archwright.accelerators.formats.counts import Counts, best_run_bits, counts_of, expected_counts, filled
from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.layout import Layout
from archwright.core.errors import SpecError

FIELDS = ("nonzeros", "fillers", "blocks", "longest_row", "diagonals", "slices", "fibres", "cubes")


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (20, 30, 24)])
@pytest.mark.parametrize("density", [0.003, 0.1, 0.6])
def test_expectations_are_means_of_counts(shape, density):
    layout, rng = Layout(run_bits=3), np.random.default_rng(0)
    found = [counts_of(draw_entries(shape, density, rng=rng), layout) for _ in range(20)]
    wanted = expected_counts(shape, density, layout)
    for name in FIELDS:
        mean = np.mean([getattr(one, name) for one in found])
        assert mean == pytest.approx(float(getattr(wanted, name)), rel=0.06, abs=0.6), name


def test_the_best_run_codes_take_fewest_bits():
    entries, layout = draw_entries((60, 60), 0.05, rng=np.random.default_rng(3)), Layout(data_bits=8)
    best = best_run_bits(entries, layout)
    bits = [
        (one.nonzeros + one.fillers) * (8 + one.run_bits)
        for one in (counts_of(entries, Layout(data_bits=8, run_bits=r)) for r in range(1, 17))
    ]
    assert min(bits) == bits[best - 1]


def test_extremes():
    empty, full = expected_counts((4, 6), 0.0), expected_counts((4, 6), 1.0)
    for name in FIELDS[:5]:
        assert float(getattr(empty, name)) == 0.0
    assert [float(getattr(full, name)) for name in FIELDS[:5]] == pytest.approx([24.0, 0.0, 2.0, 6.0, 9.0])
    assert counts_of(entries_of(np.zeros((3, 3)))).nonzeros == 0


def test_arrays_are_workloads_one_by_one():
    sizes, densities = np.array([10.0, 500.0, 90.0]), np.array([0.0, 0.01, 1.0])
    many = expected_counts((sizes, 77), densities)
    for i in range(3):
        one = expected_counts((sizes[i], 77), float(densities[i]))
        for name in (*FIELDS, "run_bits"):
            assert np.broadcast_to(getattr(many, name), 3)[i] == pytest.approx(float(getattr(one, name))), name


def test_elements_do_not_overflow():
    assert Counts((2**40, 2**40), 0, 1, 0).elements == 2.0**80
    assert filled(1.0, 5) == pytest.approx(1.0) and filled(0.0, 5) == 0.0


@pytest.mark.parametrize(("shape", "density", "field"), [((0, 3), 0.5, "shape"), ((3, 3), 1.5, "density")])
def test_nonsense_is_refused(shape, density, field):
    with pytest.raises(SpecError, match=f"{field}: "):
        expected_counts(shape, density)
