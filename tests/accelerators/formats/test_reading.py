import numpy as np
import pytest

from archwright.accelerators.formats.codec import encode, formats_of
from archwright.accelerators.formats.datapath import Datapath
from archwright.accelerators.formats.entries import draw_entries, from_coordinates
from archwright.accelerators.formats.reading import READERS


@pytest.mark.parametrize("rank", [2, 3])
def test_every_format_sends_its_entries(rank):
    entries = draw_entries((7, 9, 6)[:rank], 0.3, rng=np.random.default_rng(0))
    for name in formats_of(rank):
        stream = READERS[name](encode(entries, name), Datapath())
        found = from_coordinates(stream.shape, stream.coordinates, stream.values)
        assert len(stream.values) == len(entries.values), name
        assert (found.positions == entries.positions).all() and (found.values == entries.values).all(), name


def test_columns_come_by_columns():
    entries = draw_entries((7, 9), 0.3, rng=np.random.default_rng(0))
    columns = READERS["csc"](encode(entries, "csc"), Datapath()).coordinates[1]
    assert (np.diff(columns) >= 0).all()
