"""What the shared buffer asks of memory: lines that it does not hold, and what leaves it.

The buffer keeps lines and gives up the one that was not needed for longest. Inputs and weights come in when a step
needs them. Outputs gather in the buffer: a line of them is written when the last step that adds to it has done so;
where it had to leave before, it is written early and comes back to be added to. A buffer without limit therefore reads
every input and weight once and writes every output once, which is what the closed forms of `dataflow` count; one of the
size that those forms ask for does not.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numba import njit

from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.requests.layout import FIRST, LAST, OUTPUTS, STEP, TENSOR

# A request: columns of an (n, 3) int64 array.
AT_STEP, LINE, IS_WRITE = range(3)

# A line: columns of an (n_lines, 3) int64 array.
STATE, WAS_HERE, LAST_RUN = range(3)
_AWAY, _CLEAN, _FILLED = range(3)

# Neighbours of a line in the order of use, which closes at the row behind the last line.
NEWER, OLDER = range(2)

# One number each.
N_MADE, N_HELD = range(2)

_INNER: Any = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def requests_to_memory(runs: Ints, n_lines: int, capacity: int) -> Ints:
    """Requests in the order in which the steps cause them.

    Args:
        runs: (n, 4) int64, from `layout.runs_of`.
        n_lines: of all tensors.
        capacity: lines that the buffer holds, >= 1.

    Returns:
        (m, 3) int64: step, line, whether it is written.

    Example:
        >>> needs = np.array([[0, 0, 1, 0], [0, 4, 4, 2], [1, 0, 0, 0], [1, 4, 4, 2]])
        >>> requests_to_memory(needs, 5, 5).tolist()
        [[0, 0, 0], [0, 1, 0], [1, 4, 1]]
        >>> requests_to_memory(needs, 5, 2).tolist()
        [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 4, 1]]
    """
    room = 2 * n_lines + 64
    while True:
        made = np.zeros((room, 3), np.int64)
        n = _kernel_requests(runs, n_lines, min(capacity, n_lines), made)
        if n <= room:
            return made[:n]
        room = n


@njit(cache=True, **_INNER)
def _kernel_note(made: Ints, count: Ints, step: int, line: int, is_write: int) -> None:
    """Write a request down, if there is room."""
    n = count[N_MADE]
    if n < len(made):
        made[n, AT_STEP], made[n, LINE], made[n, IS_WRITE] = step, line, is_write
    count[N_MADE] = n + 1


@njit(cache=True, **_INNER)
def _kernel_leave(line: int, lines: Ints, links: Ints, count: Ints) -> None:
    older, newer = links[line, OLDER], links[line, NEWER]
    links[older, NEWER], links[newer, OLDER] = newer, older
    lines[line, STATE] = _AWAY
    count[N_HELD] -= 1


@njit(cache=True, **_INNER)
def _kernel_enter(line: int, state: int, lines: Ints, links: Ints, count: Ints) -> None:
    end = len(lines)
    newest = links[end, OLDER]
    links[line, NEWER], links[line, OLDER] = end, newest
    links[end, OLDER], links[newest, NEWER] = line, line
    lines[line, STATE], lines[line, WAS_HERE] = state, 1
    count[N_HELD] += 1


@njit(cache=True, **_INNER)
def _kernel_need(
    line: int, run: Ints, is_last: bool, capacity: int, lines: Ints, links: Ints, count: Ints, made: Ints
) -> None:
    """Bring a line in, in place of the oldest one where all are taken, and use it."""
    is_output = run[TENSOR] == OUTPUTS
    if lines[line, STATE] != _AWAY:
        _kernel_leave(line, lines, links, count)
    else:
        oldest = links[len(lines), NEWER]
        if count[N_HELD] == capacity and lines[oldest, STATE] == _FILLED:
            _kernel_note(made, count, run[STEP], oldest, 1)
        if count[N_HELD] == capacity:
            _kernel_leave(oldest, lines, links, count)
        if not is_output or lines[line, WAS_HERE]:
            _kernel_note(made, count, run[STEP], line, 0)
    _kernel_enter(line, _FILLED if is_output else _CLEAN, lines, links, count)
    if is_output and is_last:
        _kernel_note(made, count, run[STEP], line, 1)
        _kernel_leave(line, lines, links, count)


@njit(cache=True)
def _kernel_requests(runs: Ints, n_lines: int, capacity: int, made: Ints) -> int:
    """Fill `made` as far as it goes; how many requests there are."""
    lines, links, count = np.zeros((n_lines, 3), np.int64), np.full((n_lines + 1, 2), n_lines), np.zeros(2, np.int64)
    for i in range(len(runs)):
        lines[runs[i, FIRST] : runs[i, LAST] + 1, LAST_RUN] = i
    for i in range(len(runs)):
        for line in range(runs[i, FIRST], runs[i, LAST] + 1):
            _kernel_need(line, runs[i], lines[line, LAST_RUN] == i, capacity, lines, links, count, made)
    return int(count[N_MADE])


def plain_requests(runs: Ints, capacity: int) -> list[tuple[int, int, bool]]:
    """The same as `requests_to_memory`, in plain Python, for tests.

    Example:
        >>> plain_requests(np.array([[0, 4, 5, 2]]), 1)
        [(0, 4, True), (0, 5, True)]
    """
    needs = [
        (i, step, line, tensor == OUTPUTS)
        for i, (step, first, last, tensor) in enumerate(runs.tolist())
        for line in range(first, last + 1)
    ]
    last_run = {line: i for i, _, line, _ in needs}
    held: OrderedDict[int, bool] = OrderedDict()  # oldest first; whether outputs gathered in it
    seen: set[int] = set()
    made: list[tuple[int, int, bool]] = []
    for i, step, line, is_output in needs:
        if line not in held:
            if len(held) == capacity:
                oldest, is_filled = held.popitem(last=False)
                made += [(step, oldest, True)] * is_filled
            made += [(step, line, False)] * (not is_output or line in seen)
            seen.add(line)
        held[line] = is_output
        held.move_to_end(line)
        if is_output and last_run[line] == i:
            made.append((step, line, True))
            del held[line]
    return made
