import numpy as np
import pytest

from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.stored import Field, Stored, pack, unpack
from archwright.core.errors import SpecError


def stored(values, width, **more):
    fields = {name: Field(np.asarray(one), bits) for name, (one, bits) in more.items()}
    return Stored("dense", (1, len(values)), Layout(), {**fields, "values": Field(np.asarray(values), width)})


def test_bits_are_lengths_times_widths():
    assert stored([1, 2, 3], 7, indices=([0, 1], 3)).bits == 3 * 7 + 2 * 3


def test_floats_and_codes_survive_packing():
    for values, width in (([1.5, -0.25, 3e38], 32), ([0.1, 2.0], 64)):
        one = stored(np.array(values, f"f{width // 8}"), width, indices=([5, 0, 7], 3))
        back = unpack(pack(one), one)
        assert (back.fields["values"].values == one.fields["values"].values).all()
        assert back.fields["indices"].values.tolist() == [5, 0, 7]
        assert len(pack(one)) == -(-one.bits // 8)


def test_fields_of_no_width_take_no_room():
    one = stored([3], 2, indices=([0, 0, 0], 0))
    assert len(pack(one)) == 1 and unpack(pack(one), one).fields["indices"].values.tolist() == [0, 0, 0]


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(SpecError, match="indices: 8 is not possible; allowed: a number of 3 bits"):
        pack(stored([1], 1, indices=([8], 3)))
    with pytest.raises(SpecError, match="values: -1 is not possible; allowed: codes from 0"):
        pack(stored([-1], 8))
