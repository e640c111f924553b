"""Answers that are known already: the same problem, version and design are never simulated twice.

A failed evaluation is no answer and is not kept.
"""

from __future__ import annotations

import marshal
from typing import Any

from archwright.core.goal import Goals
from archwright.core.problem import Problem, Stochastic
from archwright.core.space import Design
from archwright.core.store import Store
from archwright.core.trial import Trial

Key = bytes

_LATEST = 4096  # designs whose keys are kept at hand between asking and storing

_NESTED = {dict, list}
_MARSHAL_VERSION = 2  # the last one without references: equal values have equal bytes


class EvaluationCache:
    """The answered trials of one problem, by the digest of their designs.

    Args:
        problem: its name and version are part of every key.
        seed: of the study; part of the key where metrics vary with the generator.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> cache = EvaluationCache(Sphere(2), seed=0)
        >>> cache.key({"x1": 1.0, "x2": 2.0}) == cache.key({"x2": 2.0, "x1": 1.0})
        True
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self._about = (problem.name, problem.version, seed if isinstance(problem, Stochastic) else None)
        self._trials: dict[Key, Trial] = {}
        self._latest: dict[int, tuple[Design, Key]] = {}  # a design is asked for, and then stored

    def __len__(self) -> int:
        """How many answers are known."""
        return len(self._trials)

    def key(self, design: Design) -> Key:
        """What stands for `design`, whatever the order of its parameters."""
        latest = self._latest.get(id(design))
        if latest is not None and latest[0] is design:
            return latest[1]
        key = marshal.dumps((*self._about, _ordered(design)), _MARSHAL_VERSION)
        if len(self._latest) >= _LATEST:
            self._latest.clear()
        self._latest[id(design)] = (design, key)
        return key

    def get(self, key: Key) -> Trial | None:
        """The trial that answered this design, or None."""
        return self._trials.get(key)

    def put(self, trial: Trial) -> None:
        """Remember the answer of `trial`, unless it failed; the first answer of a design stays."""
        key = self.key(trial.design)
        self._latest.pop(id(trial.design), None)
        if trial.state != "failed":
            self._trials.setdefault(key, trial)


def _ordered(design: Design) -> Any:
    """`design` with the parameters of every object in one order."""
    if isinstance(design, dict):
        parts = sorted(design.items())
        if _NESTED.isdisjoint(map(type, design.values())):
            return tuple(parts)
        return tuple([(name, _ordered(value)) for name, value in parts])
    return [_ordered(value) for value in design] if isinstance(design, list) else design


def store_lookup(
    store: Store, problem: Problem, seed: int, goals: Goals, *, known_as: str | None = None
) -> EvaluationCache:
    """Every answer that the studies of a store hold for this problem in this version, judged by `goals`.

    Args:
        store: where to look.
        problem: studies of the same name and version count.
        seed: where metrics vary with the generator, only studies of this seed count.
        goals: of the study that asks.
        known_as: how studies name the problem, where not by its own name (a file's path, a name with options).
    """
    cache = EvaluationCache(problem, seed)
    wanted = (known_as or problem.name, problem.version)
    for study_id, spec in store.studies():
        is_same = (spec.problem, spec.problem_version) == wanted
        if is_same and (not isinstance(problem, Stochastic) or spec.seed == seed):
            for trial in store.trials(study_id, goals=goals):
                cache.put(trial)
    return cache
