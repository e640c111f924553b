"""How a study's table falls into the batches that the optimizer was asked for, and which of them was cut off.

Batches have the study's batch size; a run of imported trials is a batch of its own. Only the last batch may be cut off
(a kill or a spent budget); it may then have holes, since trials finish out of order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archwright.core.errors import StoreError
from archwright.core.trial import Hint, Trial


class Batches(NamedTuple):
    """A table by batches.

    Args:
        complete: the whole batches, in order.
        first: number of the first trial of the batch to be asked next.
        cut: the stored trials of that batch, if it was cut off.
    """

    complete: list[list[Trial]]
    first: int
    cut: list[Trial]


def imported_hint(source: str) -> Hint:
    """The hint that marks a trial as coming from elsewhere."""
    return {"imported": source}


def is_imported(trial: Trial) -> bool:
    """True when the trial was not asked for by the study's own optimizer."""
    return trial.hint is not None and "imported" in trial.hint


def split_batches(trials: Sequence[Trial], batch: int) -> Batches:
    """Cut a table, in order of number, into batches of `batch` trials.

    Raises:
        StoreError: the table is not one that a study of this batch size writes.
    """
    complete: list[list[Trial]] = []
    first = position = 0
    while position < len(trials):
        group = _imported_run(trials, position) or _asked_run(trials, position, first + batch)
        whole = len(group) == batch or is_imported(group[0])
        is_last = position + len(group) == len(trials)
        if not whole and is_last and group[0].number < first + batch:
            return Batches(complete, first, group)
        if not whole or group[0].number != first:
            raise StoreError(f"trials {first} to {first + batch - 1} are not all stored, but later ones are")
        complete.append(group)
        position += len(group)
        first += len(group)
    return Batches(complete, first, [])


def _imported_run(trials: Sequence[Trial], position: int) -> list[Trial]:
    end = position
    while end < len(trials) and is_imported(trials[end]):
        end += 1
    return list(trials[position:end])


def _asked_run(trials: Sequence[Trial], position: int, beyond: int) -> list[Trial]:
    end = position
    while end < len(trials) and trials[end].number < beyond and not is_imported(trials[end]):
        end += 1
    return list(trials[position:end]) or list(trials[position : position + 1])
