import numpy as np
import pytest

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.matrix import to_scipy
from archwright.accelerators.sparch.software import spgemm


@pytest.mark.parametrize("name", ["wiki-Vote", "poisson3Da", "roadNet-CA"])
@pytest.mark.parametrize("ways", [2, 64, None])
def test_it_equals_scipy(name, ways):
    a = stand_in(name, 60_000)
    c, wanted = spgemm(a, a, ways=ways), to_scipy(a) @ to_scipy(a)
    wanted.sort_indices()
    assert (c.starts == wanted.indptr).all() and (c.columns == wanted.indices).all()
    assert np.abs(c.values / wanted.data - 1.0).max() < 1e-12
