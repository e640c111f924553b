"""Ctrl-C in the middle of work: what is finished is stored, and the user learns how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The user pressed Ctrl-C; the text says what is kept."""


@contextmanager
def stoppable(what_is_kept: Callable[[], str]) -> Iterator[None]:
    """Turn Ctrl-C into `Stopped`.

    Args:
        what_is_kept: asked afterwards for a phrase such as `1,200 trials are stored`.

    Raises:
        Stopped: the user pressed Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(what_is_kept()) from None
