"""Evaluation in this very process: for problems so fast that anything else would cost more than they do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from archwright.core.errors import SpecError
from archwright.core.pool_carry import Direct
from archwright.core.pool_chunk import Carried
from archwright.core.problem import Problem


class InlineExecutor(Executor):
    """Runs every call at once, where it is submitted; a batch is one call.

    Example:
        >>> InlineExecutor().submit(max, 1, 2).result()
        2
    """

    in_flight = 1
    chunk_seconds = 1.0  # a kill costs at most about this much work
    whole_batches = True

    def share(self, problem: Problem) -> Carried:
        """The problem itself."""
        return Direct(problem)

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Run `call` and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Like `submit`.

        Raises:
            SpecError: a time limit is asked for, which nothing can keep here.
        """
        if timeout_s is not None:
            raise SpecError("timeout_s", timeout_s, "no limit, or another pool: an inline evaluation cannot be stopped")
        return self.submit(call, *arguments)
