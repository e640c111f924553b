"""What a trace must be."""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.memory.traces import Trace


def trace(clocks=(0, 1), addresses=(0, 64), is_write=(False, True), initiators=(0, 1)):
    return Trace(np.array(clocks), np.array(addresses), np.array(is_write), np.array(initiators), "mine")


def test_a_trace_counts_its_initiators():
    assert (len(trace()), trace().n_initiators) == (2, 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clocks": (5, 3)}, r"trace.clocks\[1\]: 3 is not possible; allowed: at least 5, the clock before"),
        ({"clocks": (-1, 3)}, r"trace.clocks\[0\]: -1 is not possible; allowed: at least 0"),
        ({"addresses": (0, -64)}, r"trace.addresses\[1\]: -64 is not possible; allowed: at least 0"),
        ({"initiators": (-2, 0)}, r"trace.initiators\[0\]: -2"),
        ({"is_write": (True,)}, r"trace.is_write: 1 is not possible; allowed: 2 of them"),
        ({"clocks": (), "addresses": (), "is_write": (), "initiators": ()}, "at least one request"),
    ],
)
def test_a_wrong_trace_is_refused_in_one_line(wrong, message):
    with pytest.raises(SpecError, match=message) as refused:
        trace(**wrong)
    assert "\n" not in str(refused.value)
