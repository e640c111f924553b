"""A progress bar on stderr, shown on a terminal for anything that takes over two seconds."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any, Self

SHOWN_AFTER_S = 2.0
REFRESHED_EVERY_S = 0.2


class Bar:
    """Use as a context manager; `update` it as often as you like.

    Args:
        what: is being done, e.g. `three-stage-tia`.
        total: of the units that are counted, None when unknown.
    """

    def __init__(self, what: str, total: float | None = None) -> None:
        self.what, self.total, self.done, self.note = what, total, 0.0, ""
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def update(self, done: float, note: str = "") -> None:
        """Say how far it is, and a few words more."""
        self.done, self.note = done, note

    def __enter__(self) -> Self:
        """Start the clock."""
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._show, args=(_rich_progress(),), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self, progress: Any) -> None:
        if self._ended.wait(SHOWN_AFTER_S):
            return
        task = progress.add_task(self.what, total=self.total, note="")
        with progress:
            while not self._ended.wait(REFRESHED_EVERY_S):
                progress.update(task, completed=self.done, note=self.note)
                progress.refresh()


def _rich_progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:3.0f} %", markup=False),
        TimeElapsedColumn(),
        TextColumn("left", markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )
