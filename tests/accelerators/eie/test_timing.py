import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.eie.datapath import multiply
from archwright.accelerators.eie.encoding import encode
from archwright.accelerators.eie.layers import draw_sparsity
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.referee import run_layer
from archwright.accelerators.eie.sparsity import entry_counts, line_reads
from archwright.accelerators.eie.timing import scan, time_layer, time_layer_plainly

ORACLE = {2: 10194, 4: 8386, 8: 7926, 9: 7896, 16: 7794, 32: 7794, 64: 7794}
"""Cycles of the authors' simulator on a layer of theirs, by queue depth."""


@settings(max_examples=250, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n_rows=st.integers(1, 40), n_columns=st.integers(1, 40), n_pes=st.integers(1, 8),
    fifo_depth=st.integers(2, 9), sram_bits=st.sampled_from([8, 16, 64]), index_bits=st.integers(1, 4),
    density=st.floats(0.0, 1.0), activation_density=st.floats(0.0, 1.0),
)  # fmt: skip
def test_recursion_and_referee_agree(
    seed, n_rows, n_columns, n_pes, fifo_depth, sram_bits, index_bits, density, activation_density
):
    rng = np.random.default_rng(seed)
    machine = Machine(n_pes=n_pes, fifo_depth=fifo_depth, sram_bits=sram_bits, index_bits=index_bits)
    shape = (n_rows, n_columns)
    codes = (rng.integers(1, 16, shape) * (rng.random(shape) < density)).astype(np.uint8)
    codebook = np.concatenate([[0], rng.integers(-(2**15), 2**15, 15)]).astype(np.int16)
    is_active = rng.random(n_columns) < activation_density
    activations = np.where(is_active, rng.integers(1, 2**15, n_columns), 0).astype(np.int16)
    layer = encode(codes, machine)
    verdict = run_layer(layer, codebook, activations)
    scanned = scan(is_active, n_pes)
    fast, plain = (time(layer.counts, scanned, machine) for time in (time_layer, time_layer_plainly))
    assert fast.cycles == plain.cycles == verdict.cycles
    assert fast.stall_cycles == plain.stall_cycles == verdict.stall_cycles
    assert line_reads(layer.counts, scanned.active, machine.entries_per_line) == verdict.line_reads
    assert len(scanned.active) * n_pes == verdict.pointer_reads
    assert (multiply(layer, codebook, activations) == verdict.sums).all()


def test_one_column_takes_its_entries_and_the_pipeline():
    counts = np.array([[5]], np.int32)
    timing = time_layer(counts, scan(np.array([True]), 1), Machine(n_pes=1))
    assert timing.cycles == 1 + 1 + 5 + 5  # line, queue, entries, and five stages behind the pointers' last cycle


def test_a_column_without_entries_costs_a_cycle():
    def cycles(column):
        return time_layer(np.array([[4], column, [4]], np.int32), scan(np.ones(3, bool), 1), Machine(n_pes=1)).cycles

    assert cycles([0]) == cycles([1]) == cycles([2]) - 1


@pytest.mark.parametrize(
    ("is_active", "bubbles", "trailing"),
    [
        ([1, 1, 1, 1], [0, 0, 0, 0], 0),  # the last lane of a line hides the step to the next
        ([1, 0, 1, 0], [0, 1], 1),
        ([0, 0, 0, 0, 1, 0], [2], 1),
        ([0, 1, 0, 0, 0, 1], [0, 1], 0),
        ([0, 0, 0], [], 2),
    ],
)
def test_a_line_whose_last_lane_is_zero_costs_a_cycle(is_active, bubbles, trailing):
    found = scan(np.array(is_active, bool), 2)
    assert found.bubbles.tolist() == bubbles and found.trailing == trailing


def test_a_queue_of_depth_two_holds_one():
    counts = np.full((4, 2), 3, np.int32)
    scanned = scan(np.ones(4, bool), 2)
    assert time_layer(counts, scanned, Machine(n_pes=2, fifo_depth=2)).broadcasts.tolist() == [0, 2, 5, 8]
    assert time_layer(counts, scanned, Machine(n_pes=2, fifo_depth=3)).broadcasts.tolist() == [0, 1, 2, 5]


def test_deeper_queues_are_never_slower():
    sparsity = draw_sparsity(600, 400, 0.1, rng=np.random.default_rng(0))
    counts, scanned = entry_counts(sparsity, Machine()), scan(np.ones(400, bool), 64)
    cycles = [time_layer(counts, scanned, Machine(fifo_depth=depth)).cycles for depth in (2, 3, 4, 8, 16, 64, 256)]
    assert cycles == sorted(cycles, reverse=True)
    assert cycles[-1] == counts.clip(1).sum(axis=0).max() + 7  # no queue is ever full: the slowest element alone counts


@pytest.mark.parametrize(("depth", "cycles"), ORACLE.items())
def test_a_layer_with_the_statistics_of_the_authors_comes_within_six_percent(depth, cycles):
    """Their layer is not at hand; the same sizes, entries and active inputs, places by coin."""
    rng = np.random.default_rng(0)
    sparsity = draw_sparsity(1000, 4097, 1_051_991 / (1000 * 4097), rng=rng)
    is_active = np.zeros(4097, bool)
    is_active[[*rng.choice(4096, 1759, replace=False), 4096]] = True
    machine = Machine(fifo_depth=depth)
    ours = time_layer(entry_counts(sparsity, machine), scan(is_active, 64), machine)
    assert ours.cycles == pytest.approx(cycles, rel=0.06)
