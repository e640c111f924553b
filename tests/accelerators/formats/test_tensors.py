import numpy as np
import pytest

from archwright.accelerators.formats.codec import decode, encode
from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.layout import Layout


def test_a_tree_by_hand():
    tensor = np.zeros((4, 3, 5), int)
    tensor[1, 0, 2], tensor[1, 0, 4], tensor[1, 2, 0], tensor[3, 1, 1] = 1, 2, 3, 4
    fields = {name: field.values.tolist() for name, field in encode(entries_of(tensor), "csf").fields.items()}
    assert fields == {
        "slices": [1, 3], "slice pointers": [0, 2, 3], "fibres": [0, 2, 1], "fibre pointers": [0, 2, 3, 4],
        "indices": [2, 4, 0, 1], "values": [1, 2, 3, 4],
    }  # fmt: skip


def test_cubes_by_hand():
    tensor = np.zeros((4, 4, 4), int)
    tensor[0, 0, 3], tensor[3, 3, 3], tensor[0, 1, 2] = 1, 2, 3
    stored = encode(entries_of(tensor), "hicoo", Layout(cube_bits=1))
    fields = {name: field.values.tolist() for name, field in stored.fields.items()}
    assert [fields[f"cube {i}"] for i in range(3)] == [[0, 1], [0, 1], [1, 1]]
    assert fields["pointers"] == [0, 2] and fields["values"] == [1, 3, 2]
    assert [fields[f"offset {i}"] for i in range(3)] == [[0, 0, 1], [0, 1, 1], [1, 0, 1]]


@pytest.mark.external
def test_coordinates_are_those_of_pydata_sparse():
    sparse = pytest.importorskip("sparse", reason="PyData sparse is not installed: pip install sparse")
    tensor = draw_entries((5, 6, 7), 0.2, rng=np.random.default_rng(0)).dense()
    theirs, ours = sparse.COO.from_numpy(tensor), encode(entries_of(tensor), "coo")
    for axis in range(3):
        assert (ours.fields[f"axis {axis}"].values == theirs.coords[axis]).all()
    assert (ours.fields["values"].values == theirs.data).all()
    assert (decode(ours).dense() == theirs.todense()).all()
