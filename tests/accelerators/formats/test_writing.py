import numpy as np
import pytest

from archwright.accelerators.formats.codec import encode
from archwright.accelerators.formats.datapath import Datapath
from archwright.accelerators.formats.entries import draw_entries
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.recipes import ORDERS
from archwright.accelerators.formats.stream import Stream
from archwright.accelerators.formats.writing import WRITERS


@pytest.mark.parametrize("rank", [2, 3])
def test_entries_by_rows_become_what_the_encoder_writes(rank):
    entries = draw_entries((7, 9, 6)[:rank], 0.3, rng=np.random.default_rng(0))
    stream, layout = Stream(entries.shape, entries.coordinates, entries.values), Layout(run_bits=2)
    names = ["dense", "coo", "rlc", "zvc", "csr", "ell", "dia"] if rank == 2 else ["dense", "coo", "rlc", "zvc", "csf"]
    assert [name for name in names if name in ORDERS] == (["dia"] if rank == 2 else [])
    for name in names:
        fields, wanted = WRITERS[name](stream, layout, Datapath()), encode(entries, name, layout).fields
        assert list(fields) == list(wanted), name
        for key, field in wanted.items():
            assert (fields[key].values == field.values).all() and fields[key].width == field.width, (name, key)
