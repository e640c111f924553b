"""The judge finds nothing in honest logs and everything in forged ones."""

import numpy as np
import pytest

from archwright.memory.dram import layout as of
from archwright.memory.dram.checker import violations
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import devices
from archwright.memory.dram.simulation import simulate
from archwright.memory.traces import generate


@pytest.mark.parametrize("device", devices())
@pytest.mark.parametrize("trace", ["stream", "random", "mixed", "bursty"])
def test_an_honest_log_breaks_no_rule(trace, device):
    rng = np.random.default_rng(5)
    controller = Controller(**{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()})
    assert violations(simulate(generate(trace, 150), controller, devices()[device], is_logged=True)) == []


def forged(change):
    run = simulate(generate("mixed", 100), Controller(), is_logged=True)
    change(run)
    return "\n".join(violations(run))


def earlier(kind, clocks=1):
    def change(run):
        at = np.flatnonzero(run.log[:, of.KIND] == kind)[0]
        run.log[at, of.AT] -= clocks

    return change


def test_an_early_read_is_found():
    assert "tRCD" in forged(earlier(of.READ))


def test_an_early_precharge_is_found():
    assert "of bank" in forged(earlier(of.PRECHARGE, 4))


def test_a_wrong_row_is_found():
    def change(run):
        at = np.flatnonzero(run.log[:, of.KIND] == of.READ)[0]
        run.log[at, of.OF_ROW] += 1

    assert "is not open" in forged(change)


def test_a_lost_request_is_found():
    def change(run):
        run.log[np.flatnonzero(run.log[:, of.KIND] == of.READ)[-1], of.KIND] = of.PRECHARGE

    assert "reads and writes for 100 requests" in forged(change)


def test_an_answer_before_its_data_is_found():
    def change(run):
        run.times[3, of.RESPONDED] -= 1

    assert "request 3: answered before its data" in forged(change)


def test_two_commands_in_a_clock_are_found():
    def change(run):
        run.log[1, of.AT] = run.log[0, of.AT]

    assert "the command bus is taken" in forged(change)
