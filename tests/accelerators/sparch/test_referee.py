import numpy as np
import pytest

from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.referee import PADDING, Queue, merge_streams_plainly
from archwright.accelerators.sparch.tree import merge_streams


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_is_equal_cycle_by_cycle(seed):
    rng = np.random.default_rng(seed)
    machine = Machine(ways=int(2 ** rng.integers(1, 4)), merger_width=int(2 ** rng.integers(0, 4)))
    streams = []
    for _ in range(rng.integers(0, machine.ways + 1)):
        keys = np.sort(rng.choice(300, int(rng.integers(0, 50)), replace=False))
        streams.append((keys, rng.random(len(keys))))
    queue_widths = int(rng.integers(2, 5))
    fast, slow = (merge(streams, machine, queue_widths) for merge in (merge_streams, merge_streams_plainly))
    assert fast.cycles == slow.cycles and fast.steps.tolist() == slow.steps.tolist()
    assert fast.merged[0].tolist() == slow.merged[0].tolist()
    assert fast.merged[1] == pytest.approx(slow.merged[1], rel=1e-12)


def test_a_queue_pads_its_window_and_adds_what_comes_again():
    queue = Queue([3], [1.0])
    assert not queue.offers(2) and queue.window(2)[0].tolist() == [3, PADDING]
    queue.push(np.array([3, 5]), np.array([2.0, 4.0]))
    assert (queue.keys, queue.values) == ([3, 5], [3.0, 4.0]) and queue.offers(2)
