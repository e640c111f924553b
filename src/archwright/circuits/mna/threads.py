"""Spreads the blocks of a batch over threads; the kernels release the interpreter lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

LEAST_BLOCKS = 32
"""Blocks of eight designs that are worth a thread of their own."""


def n_cores() -> int:
    """Cores that this process may use.

    Example:
        >>> n_cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    work: Callable[[int, int], None],
    n_blocks: int,
    n_threads: int | None = None,
    least_blocks: int = LEAST_BLOCKS,
) -> None:
    """Call `work(first, last)` on ranges that together are all blocks, at once where there are many.

    Args:
        work: must release the interpreter lock to gain anything.
        n_blocks: how many blocks.
        n_threads: at most so many threads; all cores unless given.
        least_blocks: that are worth a thread.

    Example:
        >>> ranges = []
        >>> spread(lambda first, last: ranges.append((first, last)), 100, n_threads=2)
        >>> sorted(ranges)
        [(0, 50), (50, 100)]
    """
    n = min(n_threads or n_cores(), n_blocks // least_blocks)
    if n < 2:
        work(0, n_blocks)
        return
    edges = [n_blocks * k // n for k in range(n + 1)]
    list(_threads(os.getpid(), n).map(work, edges[:-1], edges[1:]))


@cache
def _threads(process: int, n: int) -> ThreadPoolExecutor:
    """The threads of this process: a fork inherits the cache, but not the threads."""
    return ThreadPoolExecutor(n, thread_name_prefix=f"circuits-{process}")
