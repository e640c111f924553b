"""Generated traces have the statistics that they are named for."""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.simulation import simulate
from archwright.memory.traces import GENERATORS, generate


@pytest.mark.parametrize("name", GENERATORS)
def test_a_trace_is_the_same_from_the_same_seed(name):
    one, same, other = generate(name, 300), generate(name, 300), generate(name, 300, seed=1)
    assert np.array_equal(one.addresses, same.addresses)
    assert np.array_equal(one.addresses, other.addresses) == (name in ("stream", "ping-pong"))
    assert np.all(one.addresses % 64 == 0)
    assert one.addresses.max() < 1 << 30


@pytest.mark.parametrize("name", ["cloud-1", "cloud-2"])
def test_half_of_a_cloud_trace_is_sequential(name):
    trace = generate(name)
    assert 0.46 < np.mean(np.diff(trace.addresses) == 64) < 0.54
    assert 5000 <= simulate(trace).events.activations <= 5500


def test_mixed_traces_have_several_initiators_and_writes():
    trace = generate("mixed", 2000)
    assert trace.n_initiators == 4
    assert 0.2 < trace.is_write.mean() < 0.3


def test_bursty_traces_pause():
    assert np.sum(np.diff(generate("bursty", 640).clocks) > 3000) == 9


@pytest.mark.parametrize(("name", "n", "message"), [("strem", 5, "did you mean 'stream'"), ("stream", 0, "above 0")])
def test_a_wrong_name_or_number_is_refused(name, n, message):
    with pytest.raises(SpecError, match=message):
        generate(name, n)
