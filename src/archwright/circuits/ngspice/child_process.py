"""Run a program for one trial: in a folder, within a time limit, and never outliving its owner.

A pool ends a trial that takes too long by killing the process that waits for the program, which then cannot clean up.
So a small shell stands watch: it holds one end of a pipe, and when the other end is closed without a word, it kills all
that the program has started and removes the trial's temporary folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from archwright.core.errors import SimulatorMissing, SpecError

_READ_AT_MOST = 1 << 20
_WATCH = """
read -r group || { rm -rf -- "$1"; exit; }
read -r finished && exit
kill -s KILL -- "-$group"
rm -rf -- "$1"
"""
_OURS = "archwright-"
"""Folders of this name in the system's folder for temporary files are removed by the watch."""


class Ended(NamedTuple):
    """How a program ended.

    Args:
        code: exit status, minus the signal that killed it, or None when the time limit did.
        stdout: the last mebibyte of what it printed.
        stderr: the last mebibyte of its errors.
    """

    code: int | None
    stdout: str
    stderr: str

    @property
    def reason(self) -> str:
        """How it ended, in words; empty after exit status 0."""
        if self.code is None:
            return "no answer within the time limit"
        if self.code == 0:
            return ""
        return f"killed by signal {-self.code}" if self.code < 0 else f"exit status {self.code}"


def run_child(
    words: Sequence[str], folder: Path, *, timeout_s: float, environment: Mapping[str, str] | None = None
) -> Ended:
    """Run a program and everything it starts; nothing of it is left running afterwards.

    What it prints goes to `stdout.txt` and `stderr.txt` in its folder, so that endless output cannot eat memory and a
    kept folder shows it.

    Args:
        words: program and arguments; no shell reads them.
        folder: its working folder.
        timeout_s: wall-clock limit, > 0.
        environment: variables on top of this process's own.

    Raises:
        SimulatorMissing: there is no such program.
        SpecError: the time limit is not above 0.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run_child(["echo", "$HOME; true"], Path(folder), timeout_s=5.0).stdout
        '$HOME; true\\n'
    """
    if not timeout_s > 0:
        raise SpecError("timeout_s", timeout_s, "a number of seconds above 0")
    with (
        open(folder / "stdout.txt", "wb") as stdout,
        open(folder / "stderr.txt", "wb") as stderr,
        _watch(folder) as tell,
    ):
        try:
            process = subprocess.Popen(
                list(words), cwd=folder, env=os.environ | dict(environment or {}), stdin=subprocess.DEVNULL,
                stdout=stdout, stderr=stderr, start_new_session=True,
            )  # fmt: skip
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise SimulatorMissing(words[0], f"install it, or correct the command ({error.strerror})") from None
        tell(f"{process.pid}\n")
        code = _wait(process, timeout_s)
    return Ended(code, _last_of(folder / "stdout.txt"), _last_of(folder / "stderr.txt"))


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    try:
        return process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _watch(folder: Path) -> Iterator[Callable[[str], None]]:
    """Start a watch that is told the process group, and by the end of the block that all is well."""
    is_ours = folder.name.startswith(_OURS) and folder.parent == Path(tempfile.gettempdir())
    read_end, write_end = os.pipe()
    watch = subprocess.Popen(
        ["sh", "-c", _WATCH, "watch", str(folder) if is_ours else ""], stdin=read_end, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(read_end)

    def tell(line: str) -> None:
        with suppress(BrokenPipeError):
            os.write(write_end, line.encode())

    try:
        yield tell
        tell("finished\n")
    except SimulatorMissing:
        tell("none\nfinished\n")
        raise
    finally:
        os.close(write_end)
        watch.wait()


def _last_of(file: Path) -> str:
    with open(file, "rb") as printed:
        printed.seek(max(0, file.stat().st_size - _READ_AT_MOST))
        return printed.read().decode(errors="replace")
