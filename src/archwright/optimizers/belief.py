"""What is believed of a problem after some trials, and what a design promises by it.

The acquisition function of `gaussian_process`, equations (1) and (2) there: processes for the objective, for the slack
of every constraint and for whether there is an answer, combined into one number with its gradient in the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from archwright.core.goal import Goals
from archwright.core.space import Keys
from archwright.learning.gaussian_processes import GaussianProcesses, fit_gaussian_processes
from archwright.optimizers.acquisition import (
    Promise,
    log_expected_improvement,
    log_probability_met,
    missed_moments,
)
from archwright.optimizers.gaussian_posterior import condition, predict_with_slope
from archwright.optimizers.keyed import Column, Indices, Mask
from archwright.optimizers.observations import Observations, signed_log, tamed

AUGMENTATION = 0.05
"""Share of the weighted sum in ParEGO's scalarisation (Knowles 2006, equation 2)."""

HAS_ANSWER = -0.25
"""Output of a trial with an answer, where one without has 1: halfway between both, none is expected. With -1, half of
the trials fail once the best design lies at the edge of where the simulator converges."""

SMALLEST_STEP = 1e-3
"""Of a missed sum, what is left to improve on when a design is believed to meet everything."""


@dataclass(frozen=True)
class Guess:
    """Processes with the outputs they were given.

    Args:
        model: the processes.
        outputs: (n, m) at the model's inputs.
    """

    model: GaussianProcesses
    outputs: Keys

    def believing(self, points: Keys) -> Guess:
        """The same, as if the own means at `(k, d)` points had come true."""
        outputs = np.concatenate([self.outputs, self.model.predict(points)[0]])
        return Guess(condition(self.model, np.concatenate([self.model.inputs, points]), outputs), outputs)


@dataclass(frozen=True)
class Belief:
    """Guesses and what is to be improved on.

    Args:
        objective: of the (weighted) objective; None while nothing is feasible or without objectives.
        slacks: of every constraint; None without constraints.
        answer: below 0 where there is one; None while every trial had one.
        best: the smallest objective of a feasible trial.
        least_missed: the smallest sum of missed slacks; 0 once a trial is feasible.
    """

    objective: Guess | None
    slacks: Guess | None
    answer: Guess | None
    best: float
    least_missed: float

    def believing(self, points: Keys) -> Belief:
        """The same, as if every guess at `(k, d)` points had come true: what is believed reached is no improvement."""
        objective, slacks, answer = (
            None if guess is None else guess.believing(points) for guess in (self.objective, self.slacks, self.answer)
        )
        missed = np.zeros(len(points))
        if slacks is not None:
            missed = np.maximum(slacks.outputs[-len(points) :], 0.0).sum(axis=1)
        least = min(self.least_missed, max(float(missed.min()), SMALLEST_STEP * self.least_missed))
        best = self.best
        if objective is not None:
            best = min(best, float(objective.outputs[-len(points) :, 0].min(initial=np.inf, where=missed == 0.0)))
        return Belief(objective, slacks, answer, best, least)

    def promises(self, points: Keys) -> Column:
        """The logarithm of what each of `(k, d)` points promises, `(k,)`."""
        total = np.zeros(len(points))
        for guess, promise in self._parts():
            mean, variance = guess.model.predict(points)
            total += promise(mean, np.sqrt(variance)).value
        return total

    def promise_with_slope(self, point: Column) -> tuple[float, Column]:
        """The same of one `(d,)` point, and its gradient, `(d,)`."""
        total, slope = 0.0, np.zeros(len(point))
        for guess, promise in self._parts():
            seen = predict_with_slope(guess.model, point)
            one = promise(seen.mean[None, :], seen.deviation[None, :])
            total += float(one.value[0])
            slope += one.by_mean[0] @ seen.mean_slope + one.by_deviation[0] @ seen.deviation_slope
        return total, slope

    def _parts(self) -> Iterator[tuple[Guess, Callable[[Keys, Keys], Promise]]]:
        if self.objective is not None:
            yield self.objective, lambda mean, deviation: _summed(log_expected_improvement(mean, deviation, self.best))
        if self.slacks is not None and self.least_missed > 0.0:
            yield self.slacks, lambda mean, deviation: log_less_missed(mean, deviation, self.least_missed)
        elif self.slacks is not None:
            yield self.slacks, lambda mean, deviation: _summed(log_probability_met(mean, deviation))
        if self.answer is not None:
            yield self.answer, lambda mean, deviation: _summed(log_probability_met(mean, deviation))


def _summed(promise: Promise) -> Promise:
    return promise._replace(value=promise.value.sum(axis=1))


def log_less_missed(mean: Keys, deviation: Keys, least: float) -> Promise:
    """Equation (2) of `gaussian_process`: log EI of the sum of missed slacks over the least sum so far.

    Args:
        mean: (k, c) of the slacks.
        deviation: (k, c).
        least: the sum to improve on, > 0.

    Returns:
        Values (k,), derivatives (k, c).
    """
    average, variance = missed_moments(mean, deviation)
    spread = np.sqrt(variance.value.sum(axis=1))
    promise = log_expected_improvement(average.value.sum(axis=1), spread, least)
    by_average, by_variance = promise.by_mean[:, None], (promise.by_deviation / (2.0 * spread))[:, None]
    return Promise(
        promise.value,
        by_average * average.by_mean + by_variance * variance.by_mean,
        by_average * average.by_deviation + by_variance * variance.by_deviation,
    )


def fit_belief(known: Observations, goals: Goals, fitted: int, rng: np.random.Generator) -> Belief:
    """Fit every guess to `known`, kernels to at most `fitted` of them.

    Args:
        known: at least two of them done.
        goals: whose objectives and constraints they hold.
        fitted: >= 2.
        rng: draws the weights of several objectives.
    """
    done = known.rows(known.is_done)
    is_met = done.violations == 0.0
    rows = done.best_and_latest(fitted)
    slacks = signed_log(done.slacks)
    objective, best = None, np.inf
    if goals.targets and is_met.any():
        values = tamed(scalarised(done.objectives, is_met, rng))
        objective, best = _fit(done.keys, values[:, None], rows), float(values[is_met].min())
    return Belief(
        objective,
        _fit(done.keys, slacks, rows) if goals.constraints else None,
        None if known.is_done.all() else _fit_answer(known, fitted),
        best,
        0.0 if is_met.any() else float(np.maximum(slacks, 0.0).sum(axis=1).min()),
    )


def _fit_answer(known: Observations, fitted: int) -> Guess:
    has_none = np.where(known.is_done, HAS_ANSWER, 1.0)
    return _fit(known.keys, has_none[:, None], known.best_and_latest(fitted))


def _fit(keys: Keys, outputs: Keys, rows: Indices) -> Guess:
    """Kernels fitted to some rows, guesses made from all."""
    model = fit_gaussian_processes(keys[rows], outputs[rows], kernel="matern52")
    return Guess(model if len(rows) == len(keys) else condition(model, keys, outputs), outputs)


def scalarised(objectives: Keys, is_met: Mask, rng: np.random.Generator) -> Column:
    """One objective as it is; several as the augmented largest of randomly weighted ones (Knowles 2006, equation 2).

    Args:
        objectives: (n, m) to be minimized.
        is_met: (n,) rows whose range makes the unit of each objective.
        rng: draws the weights.
    """
    n_objectives = objectives.shape[1]
    if n_objectives == 1:
        return objectives[:, 0]
    low, high = objectives[is_met].min(axis=0), objectives[is_met].max(axis=0)
    weighted = rng.dirichlet(np.ones(n_objectives)) * (objectives - low) / np.where(high > low, high - low, 1.0)
    total: Column = weighted.max(axis=1) + AUGMENTATION * weighted.sum(axis=1)
    return total
