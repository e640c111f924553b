"""The slow controller itself, on what can be counted by hand."""

import numpy as np

from archwright.memory.dram import layout as of
from archwright.memory.dram.controller import Controller
from archwright.memory.dram.device import find_device
from archwright.memory.dram.referee import Referee
from archwright.memory.dram.simulation import request_table
from archwright.memory.traces import generate

DEVICE = find_device("ddr3-1600-1gb-x8")


def test_two_reads_of_a_row_take_one_activation():
    referee = Referee(Controller(), DEVICE, request_table(generate("stream", 2), DEVICE))
    assert referee.run() == [(0, of.ACTIVATE, 0, 0), (10, of.READ, 0, 0), (14, of.READ, 0, 0)]
    assert [one.responded for one in referee.all] == [24, 28]


def test_two_rows_of_a_bank_wait_for_the_row_cycle():
    referee = Referee(Controller(), DEVICE, request_table(generate("ping-pong", 2), DEVICE))
    kinds = [(at, of.COMMANDS[kind]) for at, kind, _, _ in referee.run()]
    assert kinds == [(0, "ACT"), (10, "RD"), (28, "PRE"), (38, "ACT"), (48, "RD")]


def test_answers_in_order_wait_for_the_first():
    requests = request_table(generate("stream", 3), DEVICE)
    requests[:, of.BANK], requests[:, of.ROW] = [0, 0, 1], [1, 2, 1]
    referee = Referee(Controller(response_queue="reorder"), DEVICE, requests)
    referee.run()
    responded = np.array([one.responded for one in referee.all])
    assert np.all(np.diff(responded) >= 0)
    assert responded[2] > referee.all[2].through
