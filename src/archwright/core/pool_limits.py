"""What a process that evaluates trials does to itself: its memory limit, its group, its end with its parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_memory_bytes: int | None = None  # a process has one limit, so this is the process's own state
_is_limited = False


def prepare_process(memory_bytes: int | None, environment: Mapping[str, str]) -> None:
    """Make this process fit to evaluate trials of any behaviour.

    It leads a group of its own, so that the tools it starts are stopped with it and Ctrl-C does not reach them; it dies
    with its parent; and it dies at once when told to, even inside compiled code.

    Args:
        memory_bytes: what it may take beyond its size when the problem is loaded, or None.
        environment: variables of the process that runs the study.
    """
    global _memory_bytes
    os.environ.update(environment)
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _memory_bytes = memory_bytes


def limit_memory() -> None:
    """Put the limit into force, once, now that the problem is loaded."""
    global _is_limited
    if _memory_bytes is None or _is_limited:
        return
    _is_limited = True
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = _size_bytes() + _memory_bytes
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _size_bytes() -> int:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0


def memory_reason() -> str:
    """Why an evaluation that ran out of memory failed."""
    return "out of memory" if _memory_bytes is None else f"out of memory (limit {_memory_bytes / 2**20:.0f} MiB)"
