"""Ctrl-C or SIGTERM in the middle of work: what is finished is stored, and the user learns how to go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The user pressed Ctrl-C, or another program asked for an end; the text says what is kept."""


@contextmanager
def stoppable(what_is_kept: Callable[[], str]) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into `Stopped`, so that pools stop their processes, too.

    Args:
        what_is_kept: asked afterwards for a phrase such as `1,200 trials are stored`.

    Raises:
        Stopped: the user pressed Ctrl-C, or SIGTERM came.
    """
    try:
        with _terminated_like_interrupted():
            yield
    except KeyboardInterrupt:
        raise Stopped(what_is_kept()) from None


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM raises what Ctrl-C raises; signals are the main thread's alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
