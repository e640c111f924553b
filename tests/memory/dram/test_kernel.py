"""The compiled controller against the one in plain Python, command by command."""

import numpy as np
import pytest

from archwright.memory.dram import layout as of
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import devices
from archwright.memory.dram.referee import Referee
from archwright.memory.dram.simulation import simulate
from archwright.memory.traces import Trace


def drawn(rng, n=120):
    """Few banks and rows, bursts and pauses longer than a refresh interval, writes, three initiators."""
    clocks = np.cumsum(rng.choice([0, 1, 2, 40, 3000], n, p=[0.3, 0.3, 0.28, 0.1, 0.02]))
    addresses = rng.integers(0, 3, n) * 65536 + rng.integers(0, 4, n) * 8192 + rng.integers(0, 3, n) * 64
    return Trace(clocks, addresses, rng.random(n) < 0.4, rng.integers(0, 3, n))


@pytest.mark.parametrize("seed", range(24))
def test_the_kernel_does_what_the_referee_does(seed):
    rng = np.random.default_rng(seed)
    controller = Controller(**{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()})
    device = list(devices().values())[seed % 2]
    run = simulate(drawn(rng), controller, device, is_logged=True)
    referee = Referee(controller, device, run.requests)
    assert run.log.tolist() == [list(line) for line in referee.run()]
    times = [[one.accepted, one.issued, one.responded] for one in referee.all]
    assert run.times.tolist() == times
    kinds = run.log[:, of.KIND]
    assert run.counts[of.ACTIVATIONS] == np.sum(kinds == of.ACTIVATE)
    assert run.counts[of.REFRESHES_DONE] == np.sum(kinds == of.REFRESH)
