"""Processes of this host, on pebble: a trial that hangs, dies or eats memory costs only itself.

Every process stands in a pebble pool of its own, since the workers of one pool share the locks of its pipes. What
pebble leaves open is closed here: a process that ends with status 0, or before pebble has read that it took its task,
would leave the trial waiting for ever; and the tools that a stopped process had started would run on.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from functools import lru_cache, partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from archwright.core.errors import SpecError
from archwright.core.pool_carry import carry_by_file
from archwright.core.pool_chunk import Carried, Crashed
from archwright.core.pool_limits import prepare_process
from archwright.core.problem import Problem

_POLL_S = 0.2  # how often a silent process is looked after
_GRACE_S = 0.5  # how long pebble may take to report a death
_START_S = 120.0


class _Task(Future[Any]):
    """A call on its way; `cancel` also stops it while it runs."""

    def __init__(self, timeout_s: float | None, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        super().__init__()
        self.timeout_s, self.call, self.arguments = timeout_s, call, arguments
        self.is_abandoned = False

    def cancel(self) -> bool:
        """Stop it, running or not."""
        self.is_abandoned = True
        return super().cancel()


class ProcessExecutor(Executor):
    """Runs calls in processes of this host.

    Args:
        jobs: processes at a time, >= 1; each is started when first needed.
        timeout_s: limit of one call, or None.
        memory_bytes: limit of one process beyond its size when the problem is loaded, or None.

    Example:
        >>> with ProcessExecutor(1) as executor:
        ...     executor.submit(max, 1, 2).result()
        2
    """

    chunk_seconds = 0.02
    whole_batches = False

    def __init__(self, jobs: int = 1, *, timeout_s: float | None = None, memory_bytes: int | None = None) -> None:
        self.jobs, self.timeout_s, self.memory_bytes = jobs, timeout_s, memory_bytes
        self.in_flight = 2 * jobs
        self._waiting: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._open: set[_Task] = set()
        self._threads: list[threading.Thread] = []
        self._mutex = threading.Lock()
        self._folder: Path | None = None
        self._shared: tuple[Problem, Carried] | None = None

    def share(self, problem: Problem) -> Carried:
        """A pickle of the problem, made once for all its batches."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="archwright-"))
        if self._shared is None or self._shared[0] is not problem:
            self._shared = problem, carry_by_file(problem, self._folder)
        return self._shared[1]

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Run `call` in one of the processes; it and its arguments are pickled."""
        return self.submit_within(None, partial(call, **options) if options else call, *arguments)

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Like `submit`; over `timeout_s`, or when its process dies, the call ends as `Crashed`."""
        task = _Task(self.timeout_s if timeout_s is None else timeout_s, call, arguments)
        with self._mutex:
            self._open.add(task)
            if len(self._threads) < min(self.jobs, len(self._open)):
                self._threads.append(threading.Thread(target=self._serve, daemon=True))
                self._threads[-1].start()
        self._waiting.put(task)
        return task

    def _serve(self) -> None:
        """Run tasks one after the other in one process, until told to stop."""
        process = _Process(self.memory_bytes)
        while (task := self._waiting.get()) is not None:
            if task.set_running_or_notify_cancel():
                _run(process, task)
            with self._mutex:
                self._open.discard(task)
        process.close()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop when everything submitted is done; with `cancel_futures` stop now."""
        with self._mutex:
            threads, self._threads = self._threads, []
            given_up = list(self._open) if cancel_futures else []
        for task in given_up:
            task.cancel()
        for _ in threads:
            self._waiting.put(None)
        for thread in threads if wait else ():
            thread.join()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _run(process: _Process, task: _Task) -> None:
    try:
        result = process.run(task)
    except BaseException as error:
        task.set_exception(error)
    else:
        task.set_result(result)


class _Process:
    """One process in a pebble pool of its own, started when needed and again after each death."""

    def __init__(self, memory_bytes: int | None) -> None:
        self._memory_bytes = memory_bytes
        self._lifeline = _context().Pipe(duplex=False)
        self._pool: Any = None
        self._pid: int | None = None

    def run(self, task: _Task) -> Any:
        """The result of the task's call; `Crashed` when there is none."""
        if self._pid is None:
            self._start()
        started = time.perf_counter()
        future = self._pool.schedule(task.call, args=task.arguments, timeout=task.timeout_s)
        if self._has_answer(future, task):
            reason, result = _read(future, task.timeout_s)
        else:
            future.cancel()
            reason, result = "process ended without an answer (exit status 0 or unknown)", None
        if reason is None:
            return result
        self._bury()
        if task.is_abandoned:
            raise CancelledError
        raise Crashed(reason, time.perf_counter() - started)

    def _has_answer(self, future: Future[Any], task: _Task) -> bool:
        """Wait for the answer; False when there will be none."""
        while not wait([future], _POLL_S).done:
            if task.is_abandoned:
                return False
            if not self._is_alive():
                return bool(wait([future], _GRACE_S).done)
        return True

    def _is_alive(self) -> bool:
        assert self._pid is not None
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _start(self) -> None:
        """Start the pool, or find the process that it put in the place of a dead one."""
        for _ in range(2):
            try:
                if self._pool is None:
                    self._pool = _one_process_pool(self._memory_bytes, self._lifeline[0])
                self._pid = self._pool.schedule(os.getpid).result(_START_S)
                return
            except (BrokenExecutor, RuntimeError, TimeoutError):
                self._drop_pool()
        raise SpecError(
            "pool", "processes", 'a run under `if __name__ == "__main__":`, as each process imports the script'
        )

    def _bury(self) -> None:
        """End whatever is left of the process and of the tools that it had started."""
        if self._pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self._pid = None

    def _drop_pool(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
        self._pool = None

    def close(self) -> None:
        """Stop."""
        self._bury()
        self._drop_pool()
        for end in self._lifeline:
            end.close()


def _one_process_pool(memory_bytes: int | None, lifeline: Any) -> Any:
    from pebble import ProcessPool

    arguments = (memory_bytes, dict(os.environ), lifeline)
    return ProcessPool(max_workers=1, context=_context(), initializer=prepare_process, initargs=arguments)


def _context() -> Any:
    # Forked from a server that has no threads, a process starts within milliseconds.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["archwright.core.pool_chunk"])
    return context


def _read(future: Future[Any], timeout_s: float | None) -> tuple[str | None, Any]:
    """Why there is no result (None when there is one), and the result."""
    from pebble import ProcessExpired

    try:
        return None, future.result()
    except ProcessExpired as error:
        return _obituary(error.exitcode), None
    except BrokenExecutor:
        return "process died (exit status unknown)", None
    except CancelledError:
        return "stopped", None
    except TimeoutError as error:
        if error.args[:1] != ("Task timeout",):
            raise
        return f"timed out after {timeout_s:g} s", None


def _obituary(exit_code: int) -> str:
    return f"process died (signal {-exit_code})" if exit_code < 0 else f"process died (exit status {exit_code})"


@lru_cache(maxsize=4)
def _guard(memory_bytes: int | None) -> ProcessExecutor:
    # A worker of somebody else's pool may be marked as one that has no children; it then could not guard any.
    if multiprocessing.current_process().daemon:
        multiprocessing.current_process().daemon = False
    executor = ProcessExecutor(os.cpu_count() or 1, memory_bytes=memory_bytes)
    Finalize(None, executor.shutdown, kwargs={"cancel_futures": True}, exitpriority=10)
    return executor


def run_guarded(timeout_s: float | None, memory_bytes: int | None, call: Callable[..., Any], *arguments: Any) -> Any:
    """Run `call` in a child of this process, which lives on from call to call; a `Crashed` is returned, not raised."""
    try:
        return _guard(memory_bytes).submit_within(timeout_s, call, *arguments).result()
    except Crashed as crash:
        return crash
