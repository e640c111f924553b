import numpy as np

from archwright.accelerators.eie.encoding import encode
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.referee import Scanner, run_layer

CODEBOOK = np.array([0, 3, -5, 7], np.int16)


def run(codes, activations, **machine):
    layer = encode(np.array(codes, np.uint8), Machine(code_bits=2, **machine))
    return run_layer(layer, CODEBOOK, np.array(activations, np.int16))


def test_the_bypass_carries_a_sum_to_the_next_instruction():
    """Three columns with one entry each, all in row 0: every product adds to the one just before."""
    verdict = run([[1, 2, 3]], [10, 100, 1000], n_pes=1)
    assert verdict.sums.tolist() == [30 - 500 + 7000]


def test_a_sum_that_is_being_written_is_read_as_written():
    """Row 0, row 1, row 0 again: the third instruction reads its row in the cycle in which the first writes it."""
    verdict = run([[1, 0, 1], [0, 1, 0]], [1, 10, 100], n_pes=1)
    assert verdict.sums.tolist() == [303, 30]


def test_nothing_to_do_is_over_when_the_scan_is():
    verdict = run([[1, 1, 1, 1]], [0, 0, 0, 0], n_pes=2)
    assert verdict.cycles == 3 and verdict.sums.tolist() == [0] and verdict.pointer_reads == 0


def test_a_full_queue_stalls_the_broadcast():
    codes = np.ones((8, 6), np.uint8)
    shallow, deep = (run(codes, np.ones(6), n_pes=2, fifo_depth=depth) for depth in (2, 8))
    assert shallow.stall_cycles > 0 and deep.stall_cycles == 0
    assert shallow.cycles == deep.cycles  # both elements are evenly busy


def test_the_scanner_steps_over_empty_lines():
    scanner = Scanner([0, 0, 0, 5, 6, 0], 2)
    sent = [scanner.clock(False) for _ in range(7)]
    assert [None if one is None else one.column for one in sent] == [None, None, 3, 4, None, None, None]
    assert scanner.is_done


def test_the_scanner_holds_what_cannot_be_sent():
    scanner = Scanner([5, 6], 2)
    sent = [scanner.clock(is_blocked) for is_blocked in (False, True, True, False, False)]
    assert [one and one.value for one in sent] == [None, None, None, 5, 6]
    assert scanner.stall_cycles == 2
