import numpy as np
import pytest

from archwright.accelerators.formats.compactness import crossovers, found_crossover, most_compact
from archwright.accelerators.formats.layout import Layout


@pytest.mark.parametrize("shape", [(1024, 1024), (100, 10_000), (64, 64), (11_107, 11_107)])
@pytest.mark.parametrize("layout", [Layout(), Layout(data_bits=8), Layout(metadata_bits=32)])
def test_closed_forms_are_where_sizes_cross(shape, layout):
    for pair, density in crossovers(shape, layout).items():
        assert found_crossover(pair, shape, layout) == pytest.approx(density, rel=1e-6), pair


def test_the_published_rules_of_thumb():
    """32 bits of data, 1024 x 1024: CSR below dense under 32 / 42, the bitmask under 1 - 1 / 32."""
    found = crossovers((1024, 1024))
    assert found["csr", "dense"] == pytest.approx(32 / 42, rel=2e-3)
    assert found["zvc", "dense"] == 1.0 - 1.0 / 32.0
    assert found["coo", "csr"] < 2e-3 and found["csr", "zvc"] == pytest.approx(0.1, rel=0.02)


def test_runs_are_best_in_the_middle_and_extremes_are_extreme():
    densities = np.geomspace(1e-8, 1.0, 60)
    names = most_compact((4096, 4096), densities)
    order = list(dict.fromkeys(names))
    assert order == ["coo", "rlc", "zvc", "dense"]


def test_tensors_have_a_map_too():
    names = most_compact((200, 200, 200), np.array([1e-7, 1e-3, 0.2, 1.0]))
    assert names[0] == "coo" and names[-1] == "dense" and len(set(names)) >= 3


def test_pairs_that_never_cross():
    assert found_crossover(("zvc", "zvc"), (8, 8)) == 1.0
    assert found_crossover(("ell", "coo"), (64, 64), Layout(metadata_bits=6)) == 1.0  # the longest row is full
    assert crossovers((1, 64), Layout(metadata_bits=32))["csr", "zvc"] == 0.0
