"""libngspice in a process of its own: a crash, a hang or a fatal error costs one call, never the study.

The worker is a plain subprocess joined by one socket, not a `multiprocessing.Process`: it starts the same from a
script without a main guard and from a daemonic pool process, where multiprocessing refuses. It runs in an empty
folder that is also its home, so that no `.spiceinit` of the user changes a result, and it ends by itself when its
parent is gone, also in the middle of an endless analysis.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from archwright.circuits.ngspice.library import HOW_TO_INSTALL, NgspiceLibrary, Vector, find_library, open_library
from archwright.circuits.ngspice.sweep import Frequencies
from archwright.core.errors import Error, SimulatorFailed, SimulatorMissing

Call = tuple[Any, ...]
"""One call for the worker: a method name of `NgspiceLibrary` and its arguments, e.g. `("op", ["out"])`."""

_AT_ONCE = 64  # jobs per message: few enough that a message never fills the socket while the worker answers
_SERVE = "from archwright.circuits.ngspice.worker import serve; serve({}, {})"
_FREE = ("load", "alter", "alter_models", "version")
_FOLDER = "archwright-ngspice-"
_PRINTED_TO = "printed.txt"
_START_S = 30.0  # seconds that a start may take on a busy machine
_NOT_STARTED = SimulatorFailed("ngspice", "the worker process did not start")


class NgspiceWorker:
    """A libngspice that cannot hurt its caller; the methods of `NgspiceLibrary`, one process each.

    A worker belongs to the process that made it: pickled, or carried over a fork, it starts a process of its own.
    After a restart the last deck is loaded again and every alteration made since is repeated.

    Args:
        timeout_s: wall-clock limit of one call (of one job in `perform`), > 0.
        recycle_after: analyses after which the process is replaced; ngspice leaks 1-3 kB in each.

    Raises:
        SimulatorMissing: libngspice is not installed.

    Example:
        >>> with NgspiceWorker(timeout_s=20.0) as ngspice:
        ...     ngspice.load("divider\\nv1 top 0 2\\nr1 top mid 1k\\nr2 mid 0 1k\\n.end")
        ...     round(ngspice.op(["mid"])["mid"], 6)
        1.0
    """

    def __init__(self, *, timeout_s: float = 30.0, recycle_after: int = 50_000) -> None:
        if find_library() is None:
            raise SimulatorMissing("libngspice", HOW_TO_INSTALL)
        self.timeout_s, self.recycle_after = timeout_s, recycle_after
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._folder: Path | None = None
        self._end: weakref.finalize[..., NgspiceWorker] | None = None
        self._owner = os.getpid()
        self._runs = 0
        self._deck: str | None = None
        self._alterations: dict[tuple[str, str], float] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the process."""
        gone = {"_process": None, "_pipe": None, "_folder": None, "_end": None, "_runs": 0}
        return self.__dict__ | gone

    def __enter__(self) -> NgspiceWorker:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @property
    def process_id(self) -> int | None:
        """Process id of the running worker, None before the first call and after a crash."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the process; the next call starts another."""
        self._process = self._pipe = self._folder = None
        if self._end is not None:
            self._end()

    def version(self) -> str:
        """As `NgspiceLibrary.version`."""
        answer: str = self._call("version")
        return answer

    def load(self, deck: str) -> None:
        """As `NgspiceLibrary.load`."""
        self._call("load", deck)

    def alter(self, values: Mapping[str, float]) -> None:
        """As `NgspiceLibrary.alter`."""
        self._call("alter", dict(values))

    def alter_models(self, values: Mapping[str, float]) -> None:
        """As `NgspiceLibrary.alter_models`."""
        self._call("alter_models", dict(values))

    def run(self, analysis: str, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """As `NgspiceLibrary.run`."""
        answer: dict[str, Vector] = self._call("run", analysis, names)
        return answer

    def op(self, names: Sequence[str] | None = None) -> dict[str, float]:
        """As `NgspiceLibrary.op`."""
        answer: dict[str, float] = self._call("op", names)
        return answer

    def ac(self, frequencies_hz: Frequencies, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """As `NgspiceLibrary.ac`."""
        answer: dict[str, Vector] = self._call("ac", frequencies_hz, names)
        return answer

    def noise(self, output: str, source: str, frequencies_hz: Frequencies) -> dict[str, Vector]:
        """As `NgspiceLibrary.noise`."""
        answer: dict[str, Vector] = self._call("noise", output, source, frequencies_hz)
        return answer

    def tran(self, step_s: float, stop_s: float, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """As `NgspiceLibrary.tran`."""
        answer: dict[str, Vector] = self._call("tran", step_s, stop_s, names)
        return answer

    def perform(self, jobs: Sequence[Sequence[Call]]) -> list[list[Any] | SimulatorFailed]:
        """Run many jobs with one trip over the pipe for every few dozen.

        Args:
            jobs: each a list of calls on the loaded circuit; a job ends at its first failing call.

        Returns:
            Per job the answers of its calls, or why it failed. A crash or a hang fails only its own job.

        Raises:
            SpecError: a job asks for something that no library could do.
        """
        answers: list[Any] = []
        while len(answers) < len(jobs):
            answers += self._stream(jobs[len(answers) : len(answers) + _AT_ONCE])
        for answer in answers:
            if isinstance(answer, Error) and not isinstance(answer, SimulatorFailed):
                raise answer
        return answers

    def _call(self, *call: Any) -> Any:
        answer = next(self._stream([[call]]))
        if isinstance(answer, Error):
            raise answer
        return answer[0]

    def _stream(self, jobs: Sequence[Sequence[Call]]) -> Iterator[list[Any] | Error]:
        """Answers of the jobs in order; ends early, after a failure, when the process was lost."""
        pipe = self._ready()
        self._runs += sum(call[0] not in _FREE for job in jobs for call in job)
        try:
            pipe.send(jobs)
        except OSError:  # it died since the last call: start again, once
            self.close()
            pipe = self._ready()
            pipe.send(jobs)
        for job in jobs:
            lost = "" if pipe.poll(self.timeout_s) else f"no answer within {self.timeout_s:g} s"
            try:
                done, error, is_detached = ([], None, True) if lost else pipe.recv()
            except (EOFError, OSError):
                done, error, is_detached, lost = [], None, True, self._last_words()
            if is_detached:
                self.close()
            if lost:
                error = SimulatorFailed(f"ngspice {_words(job)}", lost)
            self._remember(job, len(done))
            yield done if error is None else error
            if is_detached:
                return

    def _remember(self, job: Sequence[Call], n_done: int) -> None:
        """Keep what a restart must repeat: the last deck, and what was altered in it since."""
        for name, *arguments in job[:n_done]:
            if name == "load":
                self._deck, self._alterations = arguments[0], {}
            if name in ("alter", "alter_models"):
                self._alterations |= {(name, target): value for target, value in arguments[0].items()}
        if n_done < len(job) and job[n_done][0] == "load":
            self._deck, self._alterations = None, {}

    def _last_words(self) -> str:
        assert self._process is not None and self._folder is not None
        code = self._process.wait(timeout=self.timeout_s)
        printed = (self._folder / _PRINTED_TO).read_text(errors="replace").splitlines()[-2:]
        return "\n".join(
            [f"the library crashed ({f'signal {-code}' if code < 0 else f'exit status {code}'})", *printed]
        )

    def _ready(self) -> Connection:
        if self._owner != os.getpid():  # forked: the process belongs to the parent
            self.__dict__.update(self.__getstate__(), _owner=os.getpid())
        if self._pipe is not None and self._runs >= self.recycle_after:
            self.close()
        if self._pipe is None:
            self._start()
        assert self._pipe is not None
        return self._pipe

    def _start(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        here, there = Pipe()
        environment = os.environ | {"HOME": str(folder), "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        with there, open(folder / _PRINTED_TO, "wb") as printed:
            process = subprocess.Popen(
                [sys.executable, "-c", _SERVE.format(there.fileno(), os.getpid())],
                env=environment,
                pass_fds=(there.fileno(),),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
            )
        self._process, self._folder = process, folder
        self._end = weakref.finalize(self, _end_worker, os.getpid(), process, here, folder)
        self._pipe, self._runs = here, 0
        self._repeat(here)

    def _repeat(self, pipe: Connection) -> None:
        job: list[Call] = [("load", self._deck)] if self._deck is not None else []
        job += [(verb, {target: value}) for (verb, target), value in self._alterations.items()]
        try:
            pipe.send([job])
            error = pipe.recv()[1] if pipe.poll(max(self.timeout_s, _START_S)) else _NOT_STARTED
        except (EOFError, OSError):
            error = SimulatorFailed("ngspice restart", self._last_words())
        if error is not None:
            self.close()
            self._deck, self._alterations = None, {}
            raise error


def _end_worker(owner: int, process: subprocess.Popen[bytes], pipe: Connection, folder: Path) -> None:
    pipe.close()
    if owner == os.getpid():  # and not in a fork of it
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _words(job: Sequence[Call]) -> str:
    return ", ".join(f"{call[0]} {call[1]}" if isinstance(call[-1], str) else str(call[0]) for call in job)


def serve(descriptor: int, parent: int) -> None:
    """Answer jobs from a socket until the other end is closed: the body of the worker process.

    Args:
        descriptor: file descriptor of the socket.
        parent: process id of the owner; when it is gone, so is this process.
    """
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    pipe, library = Connection(descriptor), open_library()
    with contextlib.suppress(EOFError, OSError):
        while not library.is_detached:
            _serve_batch(pipe, library)
    os._exit(0)  # ngspice's own exit handlers may hang on half-built circuits


def _serve_batch(pipe: Connection, library: NgspiceLibrary) -> None:
    for job in pipe.recv():
        answers: list[Any] = []
        error = _do_calls(library, job, answers)
        pipe.send((answers, error, library.is_detached))
        if library.is_detached:
            return


def _do_calls(library: NgspiceLibrary, job: Sequence[Call], answers: list[Any]) -> Error | None:
    try:
        for name, *arguments in job:
            answers.append(getattr(library, name)(*arguments))
    except Error as error:
        return error
    return None


def _end_with(parent: int) -> None:
    """Also in the middle of an endless analysis, and with the folder that the parent cannot remove any more."""
    while os.getppid() == parent:
        time.sleep(0.5)
    folder = Path.cwd()
    if folder.name.startswith(_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
