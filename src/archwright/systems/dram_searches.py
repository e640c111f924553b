"""Searches of the DRAM controller's space over many seeds, on tables of all its designs; stored and resumable.

A search asks for designs as a study does: in batches, each with the generator of its seed and first number. It ends
after a number of designs, repeats included, as the published agents' steps are counted; or when it has found the
optimum, which the table knows, since nothing better is to come. Stored is one number per design: its row of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from archwright.core.goal import Goals
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.core.trial import judge
from archwright.memory.dram.exhaustive import stored_table
from archwright.memory.dram.problem import MOST_POSTPONED, DramController
from archwright.memory.dram.tabled import TabledController
from archwright.systems.scope import Scope

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

N_REQUESTS = 2000
ROWS = "rows"
METHODS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "MARL-PPO": ("multi_agent_ppo", {}),
    "PPO": ("multi_agent_ppo", {"agents": "one-for-all"}),
    "TDM-PPO": ("multi_agent_ppo", {"agents": "one-in-turn"}),
    "MARL-SAC": ("multi_agent_sac", {}),
    "SAC": ("multi_agent_sac", {"agents": "one-for-all"}),
    "genetic": ("genetic_algorithm", {}),
    "ant colony": ("ant_colony", {}),
    "Bayesian": ("gaussian_process", {}),
    "coordinates": ("coordinate_search", {}),
    "random": ("random", {}),
    "NSGA-II": ("nsga2", {}),
}
"""The published methods, as what they are here; NSGA-II looks for fronts."""
FRONT = "front"


class Search(NamedTuple):
    """A method on a trace.

    Args:
        method: of `METHODS`.
        trace: a generator's name.
        reward: a metric of the tabled problem, or `FRONT`.
        seed: of the study.
        n_asked: designs, repeats included.
    """

    method: str
    trace: str
    reward: str
    seed: int
    n_asked: int

    @property
    def name(self) -> str:
        """Name of its study in the store."""
        return f"dram-marl {self.method} {self.trace} {self.reward} seed {self.seed} asked {self.n_asked}"

    @property
    def goals(self) -> tuple[str, ...]:
        """The reward, or power against time; and data kept."""
        wanted = ("min power_w", "min time_s") if self.reward == FRONT else (f"max {self.reward}",)
        return (*wanted, f"postponed_refreshes <= {MOST_POSTPONED}")


@cache
def tabled(trace: str) -> TabledController:
    """The problem of a trace, from its table; made by one process where it is not stored yet."""
    problem = DramController(trace=trace, n_requests=N_REQUESTS)
    return TabledController(problem, stored_table(problem))


@cache
def rewards_of(trace: str, reward: str) -> Floats:
    """The reward of every row of a trace's table."""
    values: Floats = tabled(trace).rewards()[reward]
    return values


def run_search(address: str, search: Search) -> None:
    """Run a search, unless its rows are stored."""
    method, options = METHODS[search.method]
    with Store.open(address) as store:
        study = Study.open(
            store, search.name, tabled(search.trace), method, search.goals, seed=search.seed, options=options
        )
        if store.artifact(study.id, ROWS) is None:
            store.save_artifact(study.id, ROWS, np.array(_rows(study, search), dtype=np.int32).tobytes())


def _rows(study: Study, search: Search) -> list[int]:
    problem, optimizer, rows = tabled(search.trace), study.optimizer(), list[int]()
    goals, best = Goals.read(search.goals, problem.metrics), _best_rows(search)
    while len(rows) < search.n_asked and best.isdisjoint(rows[-study.spec.batch :]):
        first = len(rows)
        proposals = optimizer.ask(study.spec.batch, np.random.default_rng([search.seed, first]))
        fresh = problem.rows_of([one.design for one in proposals])
        pairs = enumerate(zip(proposals, fresh, strict=True), start=first)
        optimizer.tell(
            [
                judge(i, one.design, problem.answer(row), goals, seconds=0.0, attempts=1, hint=one.hint)
                for i, (one, row) in pairs
            ]
        )
        rows += fresh
    return rows[: search.n_asked]


def _best_rows(search: Search) -> set[int]:
    """Rows with the highest reward; none where a front is looked for."""
    if search.reward == FRONT:
        return set()
    values = rewards_of(search.trace, search.reward)
    return set(np.flatnonzero(values == values.max()).tolist())


def run_searches(scope: Scope, searches: Sequence[Search]) -> list[Integers]:
    """Run what is not stored yet; the rows that each search asked for."""
    for done, search in enumerate(scope.each(run_search, searches)):
        scope.on_progress(search.name, done + 1, len(searches))
    with Store.open(scope.store) as store:
        return list(_stored(store, searches))


def _stored(store: Store, searches: Sequence[Search]) -> Iterator[Integers]:
    for search in searches:
        found = store.find_study(search.name)
        blob = None if found is None else store.artifact(found[0], ROWS)
        yield np.frombuffer(blob or b"", dtype=np.int32).astype(np.int64)


class Outcome(NamedTuple):
    """What came of a search.

    Args:
        share: best reward, as a share of the optimum.
        asked: designs up to the first with 95 % of the optimum; None where there was none.
        distinct: the same without repeats.
    """

    share: float
    asked: int | None
    distinct: int | None


def outcome_of(rows: Integers, values: Floats, near: float = 0.95) -> Outcome:
    """What came of a search.

    Args:
        rows: that it asked for.
        values: rewards of all rows; minus infinity where data is forgotten.
        near: share of the optimum that counts as found.

    Example:
        >>> outcome_of(np.array([0, 0, 1, 2]), np.array([1.0, 3.8, 4.0, -np.inf]))
        Outcome(share=1.0, asked=3, distinct=2)
    """
    optimum, asked = values.max(), values[rows]
    share = max(0.0, float(asked.max()) / float(optimum))
    hits = np.flatnonzero(asked >= near * optimum)
    if not len(hits):
        return Outcome(share, None, None)
    first = int(hits[0])
    return Outcome(share, first + 1, len(np.unique(rows[: first + 1])))
