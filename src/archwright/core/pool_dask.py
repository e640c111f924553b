"""A farm: Dask's workers on any number of hosts (Slurm, LSF and PBS through dask-jobqueue).

Each trial runs in a child process of its Dask worker, so that one that hangs or dies costs neither the worker nor the
trials beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.pool_carry import LARGE_BYTES, Pickled, carry
from archwright.core.pool_chunk import Crashed
from archwright.core.pool_processes import run_guarded
from archwright.core.problem import Problem

_CONNECT_S = 10.0
_COUNT_AGAIN_S = 5.0  # workers come and go


class DaskExecutor(Executor):
    """Runs calls on a Dask cluster.

    Args:
        cluster: `tcp://HOST:PORT` of its scheduler; or a `distributed.Client`, which stays open; or a cluster object.
        timeout_s: limit of one call, or None.
        memory_bytes: limit of one process beyond its size when the problem is loaded, or None.

    Raises:
        SpecError: no scheduler answers there.
        SimulatorMissing: Dask is not installed.
    """

    chunk_seconds = 0.05
    whole_batches = False

    def __init__(self, cluster: Any, *, timeout_s: float | None = None, memory_bytes: int | None = None) -> None:
        self.timeout_s, self.memory_bytes = timeout_s, memory_bytes
        self._is_own = not hasattr(cluster, "get_executor")
        self._client = _connect(cluster) if self._is_own else cluster
        self._tasks = self._client.get_executor(pure=False, retries=0)
        self._n_threads, self._counted = 1, float("-inf")
        self._shared: tuple[Problem, Any] | None = None

    @property
    def in_flight(self) -> int:
        """Twice the threads that the cluster has at the moment."""
        if time.monotonic() - self._counted > _COUNT_AGAIN_S:
            self._n_threads, self._counted = sum(self._client.nthreads().values()), time.monotonic()
        return 2 * max(1, self._n_threads)

    def share(self, problem: Problem) -> Any:
        """A pickle of the problem; a large one goes to each worker once."""
        if self._shared is None or self._shared[0] is not problem:
            pickled = carry(problem)
            is_large = len(pickled.blob) > LARGE_BYTES
            # As the result of a task, and not scattered: Dask makes it again when the worker that has it dies.
            self._shared = problem, self._client.submit(_same, pickled, pure=False) if is_large else pickled
        return self._shared[1]

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Run `call` on one of the workers, unguarded."""
        return _Task(self._tasks.submit(call, *arguments, **options))

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run `call` in a child of one of the workers; one that hangs or dies ends as `Crashed`."""
        limit = self.timeout_s if timeout_s is None else timeout_s
        return self.submit(run_guarded, limit, self.memory_bytes, call, *arguments)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the cluster; what runs is waited for, or given up with `cancel_futures`."""
        self._tasks.shutdown(wait=wait and not cancel_futures)
        if self._is_own:
            self._client.close()


class _Task(Future[Any]):
    """A call on the cluster; one whose Dask workers died under it counts as crashed."""

    def __init__(self, source: Future[Any]) -> None:
        super().__init__()
        self.source, self.started = source, time.perf_counter()
        source.add_done_callback(self._pass_on)

    def cancel(self) -> bool:
        """Give it up."""
        self.source.cancel()
        return super().cancel()

    def _pass_on(self, source: Future[Any]) -> None:
        if source.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        error = source.exception()
        if error is None:
            self.set_result(source.result())
        elif type(error).__name__ == "KilledWorker":
            self.set_exception(Crashed("the Dask workers that ran it died", time.perf_counter() - self.started))
        else:
            self.set_exception(error)


def _same(pickled: Pickled) -> Pickled:
    return pickled


def _connect(cluster: Any) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise SimulatorMissing("Dask", "pip install 'archwright[farm]'") from error
    try:
        return Client(cluster, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise SpecError("pool", str(cluster), "the address of a Dask scheduler that answers") from error
