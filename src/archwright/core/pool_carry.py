"""How a problem travels to where it is evaluated: as it is, as a pickle, or through a file when it is large."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import cast

from archwright.core.errors import SpecError
from archwright.core.problem import Problem

LARGE_BYTES = 64 * 1024
"""Pickles above this travel once, through a file, and not with every task."""


@dataclass(frozen=True)
class Direct:
    """The problem itself, for evaluation in this process."""

    problem: Problem

    def load(self) -> Problem:
        """The problem."""
        return self.problem


@dataclass(frozen=True)
class Pickled:
    """A problem as a pickle; each process unpickles it once."""

    blob: bytes

    def load(self) -> Problem:
        """The problem."""
        return _unpickle(self)


@dataclass(frozen=True)
class Filed:
    """A large problem as a pickle in a file of this host.

    Args:
        path: of the file.
        digest: of its content.
    """

    path: str
    digest: bytes

    def load(self) -> Problem:
        """The problem."""
        return _unpickle_file(self)


def carry(problem: Problem) -> Pickled:
    """A copy of `problem` that can travel.

    Raises:
        SpecError: it cannot be pickled.
    """
    try:
        return Pickled(pickle.dumps(problem, protocol=5))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        allowed = f"a problem that can be pickled, or the inline pool ({error})"
        raise SpecError("problem", problem.name, allowed) from error


def carry_by_file(problem: Problem, folder: Path) -> Pickled | Filed:
    """A copy of `problem` for processes of this host; a large one is laid into `folder`.

    Raises:
        SpecError: it cannot be pickled.
    """
    pickled = carry(problem)
    if len(pickled.blob) <= LARGE_BYTES:
        return pickled
    digest = blake2b(pickled.blob, digest_size=16).digest()
    path = folder / f"{digest.hex()}.pickle"
    path.write_bytes(pickled.blob)
    return Filed(str(path), digest)


@lru_cache(maxsize=2)
def _unpickle(pickled: Pickled) -> Problem:
    return _loads(pickled.blob)


@lru_cache(maxsize=2)
def _unpickle_file(filed: Filed) -> Problem:
    return _loads(Path(filed.path).read_bytes())


def _loads(blob: bytes) -> Problem:
    try:
        return cast(Problem, pickle.loads(blob))
    except (ImportError, AttributeError) as error:
        allowed = f"one whose module can be imported where it is evaluated ({error})"
        raise SpecError("problem", "unpicklable", allowed) from error
