"""What is believed of every metric that a goal names: one Gaussian process each, however many goals share it.

Objectives are signed metrics, to be minimized; constraints are signed gaps, met up to 0. A metric that spans decades
enters by its logarithm, one with far outliers by its inverse hyperbolic sine; both keep the order, so bounds go along.
Trials without an answer never enter as numbers: a process of its own learns where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from archwright.core.goal import Goals
from archwright.core.space import Keys, Space, encode_many
from archwright.core.trial import Trial
from archwright.learning.gaussian_processes import GaussianProcesses, fit_gaussian_processes
from archwright.optimizers.belief import HAS_ANSWER
from archwright.optimizers.gaussian_posterior import condition
from archwright.optimizers.keyed import Column, Indices, Mask
from archwright.optimizers.observations import best_and_latest

DECADES_RATIO = 30.0
"""A metric whose 95th percentile is so many times its 5th spans decades."""

OUTLIER_SPREADS = 30.0
"""A metric with values so many median deviations away has far outliers."""


class Roles(NamedTuple):
    """Which metric plays which part in the goals.

    Args:
        metrics: every metric that a goal names, once.
        targets: (m,) index of each objective's metric.
        senses: (m,) 1 where it is minimized, -1 where maximized.
        bounded: (c,) index of each constraint's metric.
        sides: (c,) 1 where the bound is the most allowed, -1 where the least.
        bounds: (c,) in the metrics' units.
        is_log: (k,) a goal compares the metric on a log scale.
    """

    metrics: tuple[str, ...]
    targets: Indices
    senses: Column
    bounded: Indices
    sides: Column
    bounds: Column
    is_log: Mask


def roles_of(goals: Goals) -> Roles:
    """The parts that metrics play in `goals`.

    Example:
        >>> roles_of(Goals.read(["max gain", "power <= 2", "min power"])).metrics
        ('gain', 'power')
    """
    metrics = tuple(dict.fromkeys(one.metric for one in goals.goals))
    position = {name: at for at, name in enumerate(metrics)}
    on_log = {one.metric for one in goals.goals if one.scale == "log"}
    return Roles(
        metrics,
        np.array([position[one.metric] for one in goals.targets], dtype=np.int64),
        np.array([-1.0 if one.sense == "max" else 1.0 for one in goals.targets]),
        np.array([position[one.metric] for one in goals.constraints], dtype=np.int64),
        np.array([-1.0 if one.sense == ">=" else 1.0 for one in goals.constraints]),
        np.array([one.value for one in goals.constraints], dtype=np.float64),
        np.array([name in on_log for name in metrics]),
    )


@dataclass(frozen=True, slots=True)
class Measurements:
    """Told trials by metric; rows without an answer hold zeros in `values`.

    Args:
        keys: (n, horizon) of the designs, not those that were asked.
        is_done: (n,) metrics are known.
        violations: (n,) infinite without an answer.
        scores: (n,) the scores of trials.
        values: (n, k) metrics in the order of `Roles.metrics`.
    """

    keys: Keys
    is_done: Mask
    violations: Column
    scores: Column
    values: Keys

    def __len__(self) -> int:
        """How many trials."""
        return len(self.is_done)

    def rows(self, which: Indices | Mask) -> Measurements:
        """The rows that `which` selects: a mask or row numbers."""
        return Measurements(*(getattr(self, name)[which] for name in self.__slots__))

    def joined(self, other: Measurements) -> Measurements:
        """These rows, then those of `other`."""
        return Measurements(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__slots__))

    @property
    def is_met(self) -> Mask:
        """(n,) every constraint is met."""
        return np.asarray(self.violations == 0.0)

    def order(self) -> Indices:
        """Row numbers, best first: the smaller violation, then the larger score."""
        return np.lexsort((-self.scores, self.violations))

    def best_and_latest(self, n: int) -> Indices:
        """At most `n` row numbers, rising: the best half, and the latest of the others."""
        return best_and_latest(self.order(), n)


def measure(space: Space, roles: Roles, trials: Sequence[Trial]) -> Measurements:
    """`trials` as arrays."""
    nothing = (0.0,) * len(roles.metrics)
    rows = [[t.metrics[name] for name in roles.metrics] if t.state == "done" else nothing for t in trials]
    return Measurements(
        encode_many(space, [trial.design for trial in trials]).reshape(-1, space.horizon),
        np.array([trial.state == "done" for trial in trials], dtype=bool),
        np.array([trial.violation for trial in trials], dtype=float),
        np.array([trial.score for trial in trials], dtype=float),
        np.array(rows, dtype=float).reshape(-1, len(roles.metrics)),
    )


class Warp(NamedTuple):
    """A rising function that brings a metric's values close together.

    Args:
        kind: `linear`, `log` or `asinh`.
        centre: of the inverse hyperbolic sine.
        unit: of it, > 0.
    """

    kind: Literal["linear", "log", "asinh"] = "linear"
    centre: float = 0.0
    unit: float = 1.0

    def __call__(self, values: Column) -> Column:
        """The function at `values`, any shape."""
        if self.kind == "log":
            return np.log10(values)
        return np.arcsinh((values - self.centre) / self.unit) if self.kind == "asinh" else values


def warp_for(values: Column, bounds: Column, *, is_log: bool = False) -> Warp:
    """The warp that suits a metric.

    Args:
        values: (n,) seen so far.
        bounds: (b,) that it is held to; the logarithm must exist for them too.
        is_log: a goal compares it on a log scale.

    Example:
        >>> warp_for(np.geomspace(1e3, 1e9, 20), np.array([1e6])).kind
        'log'
    """
    low, high = np.quantile(values, [0.05, 0.95])
    is_positive = bool((values > 0.0).all() and (bounds > 0.0).all())
    if is_positive and (is_log or high > DECADES_RATIO * low):
        return Warp("log")
    middle = float(np.median(values))
    unit = 1.4826 * float(np.median(np.abs(values - middle)))
    if unit > 0.0 and np.abs(values - middle).max() > OUTLIER_SPREADS * unit:
        return Warp("asinh", middle, unit)
    return Warp()


@dataclass(frozen=True)
class MetricBelief:
    """Processes for every metric, and what the goals make of them.

    Args:
        roles: of the metrics.
        model: processes for the warped metrics.
        outputs: (n, k) warped metrics at the model's inputs.
        bounds: (c,) warped.
        answer: below 0 where there is an answer; None while every trial had one.
    """

    roles: Roles
    model: GaussianProcesses
    outputs: Keys
    bounds: Column
    answer: GaussianProcesses | None

    @property
    def gap_units(self) -> Column:
        """(c,) standard deviation of each constraint's metric over the trials."""
        units: Column = self.model.scales[self.roles.bounded]
        return units

    def objectives(self, values: Keys) -> Keys:
        """(n, m) to be minimized, of (n, k) warped metrics."""
        return np.asarray(values[:, self.roles.targets] * self.roles.senses)

    def gaps(self, values: Keys) -> Keys:
        """(n, c) at most 0 where the constraint is met, of (n, k) warped metrics."""
        return np.asarray((values[:, self.roles.bounded] - self.bounds) * self.roles.sides)

    def predict(self, points: Keys) -> tuple[Keys, Keys]:
        """Mean and deviation of every warped metric at `(n, horizon)` points, (n, k) each."""
        mean, variance = self.model.predict(points)
        return mean, np.sqrt(variance)

    def lacks_answer(self, points: Keys) -> tuple[Column, Column]:
        """Mean and deviation (n,) of a quantity that is below 0 where there is an answer."""
        if self.answer is None:
            return np.full(len(points), HAS_ANSWER), np.full(len(points), 1e-6)
        mean, variance = self.answer.predict(points)
        return mean[:, 0], np.sqrt(variance[:, 0])

    def believing(self, points: Keys) -> MetricBelief:
        """The same, as if the means at `(n, horizon)` points had come true."""
        outputs = np.concatenate([self.outputs, self.model.predict(points)[0]])
        inputs = np.concatenate([self.model.inputs, points])
        return replace(self, model=condition(self.model, inputs, outputs), outputs=outputs)


def warped(done: Measurements, roles: Roles) -> tuple[Keys, Column]:
    """Every metric and every bound on the scale that suits the metric, (n, k) and (c,).

    Args:
        done: trials with an answer, at least one.
        roles: of the metrics.
    """
    bounds = [roles.bounds[roles.bounded == column] for column in range(len(roles.metrics))]
    columns = zip(done.values.T, bounds, roles.is_log.tolist(), strict=True)
    warps = [warp_for(values, held, is_log=is_log) for values, held, is_log in columns]
    outputs = np.column_stack([warp(values) for warp, values in zip(warps, done.values.T, strict=True)])
    held = [warps[at](bound) for at, bound in zip(roles.bounded.tolist(), roles.bounds, strict=True)]
    return outputs, np.array(held, dtype=float)


def fit_metric_belief(known: Measurements, roles: Roles, *, kernel: str, fitted: int) -> MetricBelief:
    """Fit a process to every metric.

    Args:
        known: at least two of them done.
        roles: of the metrics.
        kernel: `matern52` or `rbf`.
        fitted: trials that kernels are fitted to, at most; all are given to the processes.
    """
    done = known.rows(known.is_done)
    outputs, bounds = warped(done, roles)
    answer = None
    if not known.is_done.all():
        has_none = np.where(known.is_done, HAS_ANSWER, 1.0)[:, None]
        answer = _fit(known.keys, has_none, known.best_and_latest(fitted), "matern52")
    model = _fit(done.keys, outputs, done.best_and_latest(fitted), kernel)
    return MetricBelief(roles, model, outputs, bounds, answer)


def _fit(keys: Keys, outputs: Keys, rows: Indices, kernel: str) -> GaussianProcesses:
    model = fit_gaussian_processes(keys[rows], outputs[rows], kernel=kernel)
    return model if len(rows) == len(keys) else condition(model, keys, outputs)
