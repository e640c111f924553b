"""What a process that evaluates trials does to itself: its memory limit, its group, its end with its parent."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

_memory_bytes: int | None = None  # a process has one limit, so this is the process's own state
_is_limited = False


def prepare_process(memory_bytes: int | None, environment: Mapping[str, str], lifeline: Connection) -> None:
    """Make this process fit to evaluate trials of any behaviour.

    It leads a group of its own, so that the tools it starts are stopped with it and Ctrl-C does not reach them. It dies
    at once when told to, even inside compiled code. And it dies, tools included, when the process that runs the study
    does, however that ends.

    Args:
        memory_bytes: what it may take beyond its size when the problem is loaded, or None.
        environment: variables of the process that runs the study.
        lifeline: reading end of a pipe whose writing end nobody else has than the process that runs the study; one
            process at a time listens to it.
    """
    global _memory_bytes
    os.environ.update(environment)
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with(lifeline)
    _memory_bytes = memory_bytes


def _die_with(lifeline: Connection) -> None:
    # The kernel signals a pipe's owner when its last writer is gone, and SIGIO ends whoever does not handle it.
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    file = os.dup(lifeline.fileno())
    fcntl.fcntl(file, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | os.O_ASYNC)
    if lifeline.poll():  # it was gone before
        os._exit(1)


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
