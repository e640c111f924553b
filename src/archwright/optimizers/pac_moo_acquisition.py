"""What a design promises PAC-MOO: to be feasible, to tell of the best values, or to fill the front; see `pac_moo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from archwright.core.pareto import non_dominated
from archwright.core.space import Keys
from archwright.learning.posterior_samples import PosteriorSample, sample_posterior
from archwright.optimizers.acquisition import log_probability_met, max_value_entropy
from archwright.optimizers.climbing import climb, nearby
from archwright.optimizers.gaussian_posterior import predict_with_slope
from archwright.optimizers.keyed import Column, Mask
from archwright.optimizers.metric_beliefs import MetricBelief
from archwright.optimizers.nsga2 import evolve

POPULATION = 100
EVALUATIONS = 1500
N_VOLUME_POINTS = 20_000
STRESS = 3.0
"""How steeply the weight of volume falls from the best to the worst value of an objective."""
PENALTY = 1e3
"""Of the squared excess over a bound, in deviations of its metric, while a candidate is refined."""
MARGIN = 2e-3
"""Deviations by which refinement stays away from bounds: more than the penalty lets it overshoot."""
PROGRESS = 3e-3
"""Deviations by which the best known value of an objective must be bettered to be worth a design."""
MET_WITHIN = 1e-3
"""Deviations of a metric by which a bound may be missed and still count as met on the front."""


@dataclass(frozen=True)
class Feasibility:
    """The logarithm of the probability that every constraint is met and there is an answer.

    Args:
        belief: of the metrics.
    """

    belief: MetricBelief

    def values(self, points: Keys) -> Column:
        """(n,) of (n, horizon) points."""
        mean, deviation = self.belief.predict(points)
        gaps, spreads = self.belief.gaps(mean), deviation[:, self.belief.roles.bounded]
        total = log_probability_met(gaps, spreads).value.sum(axis=1)
        missing, spread = self.belief.lacks_answer(points)
        return np.asarray(total + log_probability_met(missing, spread).value)

    def value_with_slope(self, point: Column) -> tuple[float, Column]:
        """The same of one (horizon,) point, and its gradient."""
        belief, roles = self.belief, self.belief.roles
        seen = predict_with_slope(belief.model, point)
        one = log_probability_met(belief.gaps(seen.mean[None, :])[0], seen.deviation[roles.bounded])
        by_mean = (one.by_mean * roles.sides) @ seen.mean_slope[roles.bounded]
        slope = by_mean + one.by_deviation @ seen.deviation_slope[roles.bounded]
        if belief.answer is None:
            return float(one.value.sum()), slope
        answer = predict_with_slope(belief.answer, point)
        has = log_probability_met(answer.mean, answer.deviation)
        slope = slope + has.by_mean @ answer.mean_slope + has.by_deviation @ answer.deviation_slope
        return float(one.value.sum() + has.value[0]), slope

    def is_expected(self, points: Keys) -> Mask:
        """(n,) whether the means meet every constraint and an answer is expected."""
        met = (self.belief.gaps(self.belief.model.predict(points)[0]) <= 0.0).all(axis=1)
        return np.asarray(met & (self.belief.lacks_answer(points)[0] < 0.0))


class SampledBest(NamedTuple):
    """What solving sampled problems gave.

    Args:
        least: (S, m + c) the smallest value of every objective and every gap over each sampled front.
        keys: (f, horizon) of all sampled fronts.
    """

    least: Keys
    keys: Keys


def sampled_best(belief: MetricBelief, n_samples: int, rng: np.random.Generator) -> SampledBest:
    """Draw functions, solve their constrained problem by NSGA-II, and take the best values on its front.

    Args:
        belief: whose posterior they are drawn from; its own front is in the first population.
        n_samples: how many problems.
        rng: draws functions, first populations and children.
    """
    fronts, least = [], []
    for _ in range(n_samples):
        drawn = sample_posterior(belief.model, rng)
        front = _solve(belief, drawn, rng)
        values = drawn(front)
        least.append(np.concatenate([belief.objectives(values).min(axis=0), belief.gaps(values).min(axis=0)]))
        fronts.append(front)
    return SampledBest(np.array(least), np.concatenate(fronts))


def _solve(belief: MetricBelief, drawn: PosteriorSample, rng: np.random.Generator) -> Keys:
    """Keys (f, horizon) of the front of one sampled problem; where nothing is feasible, of the least missed."""

    def judge(keys: Keys) -> tuple[Keys, Column]:
        values = drawn(keys)
        missed = np.maximum(belief.gaps(values) / belief.gap_units, 0.0).sum(axis=1)
        return belief.objectives(values), missed

    good = belief.model.inputs[front_rows(belief)][: 2 * POPULATION // 5]
    near = nearby(good, POPULATION // 10, rng) if len(good) else good
    anywhere = rng.random((POPULATION - len(good) - len(near), belief.model.inputs.shape[1]))
    last = evolve(judge, np.concatenate([good, near, anywhere]), EVALUATIONS, rng)
    best = last.violations == last.violations.min()
    return np.asarray(last.keys[best][non_dominated(last.objectives[best])])


def front_rows(belief: MetricBelief) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of the belief's data that meet every constraint and that no other dominates."""
    gaps = belief.gaps(belief.outputs)
    met = np.flatnonzero((gaps <= MET_WITHIN * belief.gap_units).all(axis=1))
    return np.asarray(met[non_dominated(belief.objectives(belief.outputs[met]))])


def refined(belief: MetricBelief, point: Column, objective: int, *, holds_others: bool = True) -> Column:
    """A design near `point` that is believed better in one objective and no worse in any other or in a constraint.

    A few thousand evaluations of NSGA-II leave a front rough; one climb by L-BFGS-B on the means brings the one design
    that is asked down to it (the epsilon-constraint method of Haimes, Lasdon, Wismer, 1971). Constraints are held with
    one deviation to spare, so that little is risked while little is known.

    Args:
        belief: of the metrics.
        point: (horizon,) where the means meet every constraint.
        objective: number of the one to be bettered.
        holds_others: the other objectives may not become worse; without it, the end must be believed better than every
            design of the data, else `point` stays.
    """
    roles = belief.roles
    units = np.maximum(belief.model.scales, 1e-300)
    start = belief.objectives(belief.predict(point[None, :])[0])[0]
    held = np.delete(np.arange(len(roles.targets)), objective) if holds_others else np.empty(0, dtype=np.int64)
    columns, signs = (
        np.concatenate([roles.targets[held], roles.bounded]),
        np.concatenate([roles.senses[held], roles.sides]),
    )

    def excess(mean: Column) -> Column:
        over = np.concatenate([belief.objectives(mean[None, :])[0][held] - start[held], belief.gaps(mean[None, :])[0]])
        return np.asarray(over / units[columns])

    def promise(at: Column) -> tuple[float, Column]:
        seen = predict_with_slope(belief.model, at)
        target, sense = roles.targets[objective], roles.senses[objective]
        doubt = np.where(np.arange(len(columns)) < len(held), 0.0, seen.deviation[columns] / units[columns])
        over = np.maximum(excess(seen.mean) + doubt + MARGIN, 0.0)
        value = -sense * seen.mean[target] / units[target] - PENALTY * float(over @ over)
        by_mean, by_deviation = np.zeros(len(units)), np.zeros(len(units))
        by_mean[target] = -sense / units[target]
        np.add.at(by_mean, columns, -2.0 * PENALTY * over * signs / units[columns])
        np.add.at(by_deviation, roles.bounded, -2.0 * PENALTY * over[len(held) :] / units[roles.bounded])
        return float(value), by_mean @ seen.mean_slope + by_deviation @ seen.deviation_slope

    end = climb(promise, point)[1]
    mean = belief.predict(end[None, :])[0][0]
    least = start[objective]
    if not holds_others:
        known = belief.objectives(belief.outputs[front_rows(belief)])[:, objective]
        least = min(least, float(known.min(initial=np.inf)) - PROGRESS * units[roles.targets[objective]])
    is_better = belief.objectives(mean[None, :])[0][objective] < least
    is_allowed = bool((excess(mean) <= 0.0).all()) and bool(Feasibility(belief).is_expected(end[None, :])[0])
    return end if is_better and is_allowed else point


def information(belief: MetricBelief, points: Keys, least: Keys, preferences: Column, balance: float) -> Column:
    """Equation (1) of `pac_moo`: what designs tell of the best values, (n,) in nats.

    Args:
        belief: of the metrics.
        points: (n, horizon).
        least: (S, m + c) as `SampledBest.least`.
        preferences: (m,) summing to 1.
        balance: share of the objectives.
    """
    roles = belief.roles
    mean, deviation = belief.predict(points)
    outputs = np.concatenate([belief.objectives(mean), belief.gaps(mean)], axis=1)
    spreads = deviation[:, np.concatenate([roles.targets, roles.bounded])]
    n_constraints = len(roles.bounded)
    share = balance if n_constraints else 1.0
    weights = np.concatenate([share * preferences, np.full(n_constraints, (1.0 - share) / max(n_constraints, 1))])
    told = [max_value_entropy(outputs, spreads, best).value @ weights for best in least]
    return np.asarray(np.mean(told, axis=0))


def filled_volume(belief: MetricBelief, points: Keys, preferences: Column, rng: np.random.Generator) -> Column:
    """The share of a weighted volume that designs would newly dominate if their means came true, (n,) in 0 to 1.

    The volume lies between the best values of front and points and the worst of the front, a tenth beyond. Its weight
    is a mixture by the preferences: part i falls as `exp(-3 u_i)` from the best (u = 0) to the worst (u = 1) value of
    objective i, so that a preferred objective draws designs towards its own end of the front (weighted hypervolume:
    Zitzler, Brockhoff, Thiele, EMO 2007).

    Args:
        belief: of the metrics.
        points: (n, horizon).
        preferences: (m,) summing to 1.
        rng: draws the points by which the volume is measured.
    """
    front = belief.objectives(belief.outputs[front_rows(belief)])
    offered = belief.objectives(belief.predict(points)[0])
    low = np.minimum(front.min(axis=0, initial=np.inf), offered.min(axis=0))
    high = (front if len(front) else offered).max(axis=0)
    width = 1.1 * np.where(high > low, high - low, 1.0)
    probes = rng.random((N_VOLUME_POINTS, len(preferences)))
    stressed = rng.choice(len(preferences), size=N_VOLUME_POINTS, p=preferences)
    rows = np.arange(N_VOLUME_POINTS)
    probes[rows, stressed] = -np.log1p(probes[rows, stressed] * np.expm1(-STRESS)) / STRESS
    probes = low + probes * width
    for point in front:
        probes = probes[(probes < point).any(axis=1)]
    return np.array([(probes >= point).all(axis=1).sum() for point in offered]) / N_VOLUME_POINTS
