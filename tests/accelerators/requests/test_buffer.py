import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.requests.buffer import IS_WRITE, LINE, plain_requests, requests_to_memory
from archwright.accelerators.requests.layout import OUTPUTS, layout_of, runs_of
from archwright.accelerators.requests.steps import steps_of
from archwright.accelerators.workloads import Layer

N_READ, N_LINES = 12, 20  # lines from 12 on are outputs


@st.composite
def needs(draw):
    runs = []
    for step in range(draw(st.integers(1, 12))):
        for is_output in draw(st.lists(st.booleans(), max_size=4)):
            low, high = (N_READ, N_LINES - 1) if is_output else (0, N_READ - 1)
            first = draw(st.integers(low, high))
            runs.append((step, first, draw(st.integers(first, high)), OUTPUTS if is_output else 0))
    return np.array(runs, np.int64).reshape(-1, 4)


@settings(max_examples=60, deadline=None)
@given(needs(), st.integers(1, N_LINES))
def test_the_kernel_is_the_plain_buffer(runs, capacity):
    made = requests_to_memory(runs, N_LINES, capacity)
    assert [(step, line, bool(write)) for step, line, write in made.tolist()] == plain_requests(runs, capacity)


@settings(max_examples=40, deadline=None)
@given(needs(), st.integers(1, N_LINES))
def test_every_output_ends_in_memory(runs, capacity):
    """What is written in parts is read back before it is written again, and written after all was added."""
    made = requests_to_memory(runs, N_LINES, capacity)
    needed = {line for _, first, last, tensor in runs.tolist() for line in range(first, last + 1) if tensor == OUTPUTS}
    for line in range(N_READ, N_LINES):
        writes = made[made[:, LINE] == line, IS_WRITE].tolist()
        assert writes == [i % 2 == 0 for i in range(len(writes))] and len(writes) % 2 == (line in needed)


@pytest.mark.parametrize("dataflow", ["dla", "shi", "eye"])
def test_a_larger_buffer_asks_for_no_more_reads(dataflow):
    layer = Layer("conv", 16, 24, 12, 12, 3, 3, padding=2)
    layout = layout_of(layer)
    runs = runs_of(layer, steps_of(layer, 8, 4, dataflow))
    made = [requests_to_memory(runs, layout.n_lines, one) for one in (1, 4, 16, 64, layout.n_lines, 10_000)]
    counts = [len(one) for one in made]
    assert counts == sorted(counts, reverse=True) and counts[0] > 4 * counts[-1]
    assert counts[-1] == counts[-2] == layout.n_lines
