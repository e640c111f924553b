import io
import pickle

import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.learning.blobs import pack, unpack


def test_state_comes_back_as_it_was():
    state = {
        "array": np.arange(6.0).reshape(2, 3), "tensor": torch.ones(2), "none": None, "number": 0.1, "flag": True,
        "nested": {7: [np.array([1, 2]), "text"]},
    }  # fmt: skip
    back = unpack(pack(state))
    assert back["array"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] and back["array"].dtype == torch.float64
    assert back["nested"][7][0].tolist() == [1, 2] and back["nested"][7][1] == "text"
    assert (back["none"], back["number"], back["flag"]) == (None, 0.1, True)


def test_a_blob_does_not_follow_the_array_it_was_made_of():
    array = np.zeros(2)
    blob = pack({"a": array})
    array[:] = 1.0
    assert unpack(blob)["a"].tolist() == [0.0, 0.0]


class Harm:
    def __reduce__(self):
        return (print, ("harm was done",))


def harmful():
    target = io.BytesIO()
    torch.save({"a": Harm()}, target)
    return target.getvalue()


@pytest.mark.parametrize(
    "blob", [b"", b"nonsense", pickle.dumps({"a": 1}), pack({"a": 1})[:-40], harmful()],
    ids=["empty", "text", "pickle", "cut off", "code"],
)  # fmt: skip
def test_other_bytes_are_refused_and_never_executed(blob, capsys):
    with pytest.raises(SpecError, match="weights"):
        unpack(blob, "weights")
    assert capsys.readouterr().out == ""


def test_something_else_in_the_right_format_is_refused():
    target = io.BytesIO()
    torch.save([1, 2], target)
    with pytest.raises(SpecError, match="state"):
        unpack(target.getvalue())
