"""Every controller of the published space on one trace, so that regret is against the true optimum.

Parameters that a design does not use are passed over: refresh counts without refresh, a limit that the simple arbiter
does not know. 166,464 runs then stand for all 442,368 designs. They are stored once per trace in `archwright/dram`
below `$XDG_CACHE_HOME`, or `~/.cache` where that is not set; what is stored is not run again.

    python -m archwright.memory.dram.exhaustive mixed --requests 2000
    python -m archwright.memory.dram.exhaustive mixed --requests 2000 --share 0.01    # only measure how long it takes
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import Design
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.simulation import METRICS

Table = np.ndarray[Any, np.dtype[np.float64]]
_CHUNK = 256
_UNUSED = {"refresh_max_postponed": 1, "refresh_max_pulled_in": 1}


def plain(design: Design) -> dict[str, Any]:
    """The design with everything that it does not use at its least value: it behaves the same.

    Example:
        >>> plain({"arbiter": "simple", "max_active_transactions": 64, "refresh_policy": "all-bank"})
        {'arbiter': 'simple', 'max_active_transactions': 1, 'refresh_policy': 'all-bank'}
    """
    found = dict(design)
    if design["refresh_policy"] == "no-refresh":
        found |= _UNUSED
    if design["arbiter"] == "simple":
        found["max_active_transactions"] = 1
    return found


def plain_designs() -> Iterator[dict[str, Any]]:
    """One design per behaviour."""
    for values in itertools.product(*CHOICES.values()):
        design = dict(zip(CHOICES, values, strict=True))
        if design == plain(design):
            yield design


def evaluate_all(problem: DramController, designs: Sequence[Design], *, jobs: int = 1) -> Table:
    """Metrics of designs, (n_designs, n_metrics), in the order of `METRICS`."""
    chunks = [designs[first : first + _CHUNK] for first in range(0, len(designs), _CHUNK)]
    if jobs == 1:
        return np.concatenate([_rows(problem, chunk) for chunk in chunks])
    with ProcessPoolExecutor(jobs) as pool:
        return np.concatenate(list(pool.map(partial(_rows, problem), chunks)))


def _rows(problem: DramController, designs: Sequence[Design]) -> Table:
    found = problem.evaluate(designs, rng=np.random.default_rng(0))
    return np.array([[one[name] for name in METRICS] for one in found if isinstance(one, dict)])


def stored_table(problem: DramController, *, jobs: int = 1) -> Table:
    """Metrics of all `plain_designs` of a problem, from the cache folder where they are there.

    Args:
        problem: whose trace, device and map decide.
        jobs: processes.

    Raises:
        SpecError: the folder cannot be written.
    """
    path = cache_folder() / f"{problem.trace.name}-{problem.version}.npy"
    if path.exists():
        stored: Table = np.load(path)
        return stored
    table = evaluate_all(problem, list(plain_designs()), jobs=jobs)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.npy")
        np.save(draft, table)
        draft.replace(path)
    except OSError as error:
        raise SpecError("cache folder", str(path.parent), f"a folder that can be written; {error.strerror}") from error
    return table


def cache_folder() -> Path:
    """Where tables are kept."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "archwright" / "dram"


def best_row(table: Table, metric: str, *, may_forget: bool = False) -> int:
    """The row with the least of a metric, among those that keep their data unless `may_forget`.

    Example:
        >>> table = np.ones((2, len(METRICS)))
        >>> table[1] = [0.5] * (len(METRICS) - 1) + [8192.0]
        >>> best_row(table, "time_s"), best_row(table, "time_s", may_forget=True)
        (0, 1)
    """
    names = list(METRICS)
    keeps = table[:, names.index("postponed_refreshes")] <= 8
    values = table[:, names.index(metric)]
    return int(np.argmin(values if may_forget else np.where(keeps, values, np.inf)))


def main(words: Sequence[str] | None = None) -> None:
    """Evaluate the space on a trace, or a share of it, and print how long it took and what is best."""
    parser = argparse.ArgumentParser(prog="python -m archwright.memory.dram.exhaustive", description=main.__doc__)
    parser.add_argument("trace", help="a generator's name, or a file")
    parser.add_argument("--requests", type=int, default=2000, help="of a generated trace")
    parser.add_argument("--share", type=float, default=1.0, help="of the designs; below 1 nothing is stored")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    asked = parser.parse_args(words)
    problem, designs = DramController(trace=asked.trace, n_requests=asked.requests), list(plain_designs())
    start = time.perf_counter()
    if asked.share < 1.0:
        n = max(1, round(asked.share * len(designs)))
        designs = [designs[i] for i in np.random.default_rng(0).choice(len(designs), n, replace=False)]
        table = evaluate_all(problem, designs, jobs=asked.jobs)
    else:
        table = stored_table(problem, jobs=asked.jobs)
    taken = time.perf_counter() - start
    print(f"{len(table):,} runs in {taken:.1f} s, {taken / len(table) * 1e3:.3f} ms each on {asked.jobs} cores")
    for metric in ("time_s", "energy_j", "energy_delay_js"):
        best = best_row(table, metric)
        print(f"least {metric}: {table[best, list(METRICS).index(metric)]:.6g}, {Controller(**designs[best])}")


if __name__ == "__main__":
    main()
