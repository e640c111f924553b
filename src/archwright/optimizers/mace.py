"""MACE: batches of designs on which several acquisition functions agree to differ.

Papers: Lyu, Yang, Yan, Zhou, Zeng, "Batch Bayesian Optimization via Multi-objective Acquisition Ensemble for Automated
Analog Circuit Design", ICML 2018; its form with constraints, Zhang, Yang, Yan, Zhou, Zeng, "An Efficient Batch-
Constrained Bayesian Optimization Approach for Analog Circuit Synthesis via Multiobjective Acquisition Ensemble", IEEE
Trans. CAD 2022. No acquisition function is best everywhere, so the front of all is computed by NSGA-II and the batch is
drawn from it at random. Minimized are

    mu - kappa sigma,   -log EI,   -log PI                              once a design is feasible            (1)
    -log PF,   sum_j max(mu_j, 0),   sum_j max(mu_j / sigma_j, 0)       with constraints                     (2)

`mu_j` being the believed slack of a constraint, above 0 where it is missed.

What differs: EI, PI and PF enter by their logarithms, which orders them alike and does not underflow. Slacks,
objectives and the process for trials without an answer are those of `gaussian_process`, as are the augmented weighted
largest of several objectives (drawn once per batch) and the rule that no design is asked twice.

    archwright run PROBLEM --with mace --trials 300
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.pareto import non_dominated
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.acquisition import (
    log_expected_improvement,
    log_probability_improved,
    log_probability_met,
)
from archwright.optimizers.belief import Belief, fit_belief
from archwright.optimizers.climbing import first_new, nearby, rounded
from archwright.optimizers.keyed import Column, check_option, propose
from archwright.optimizers.nsga2 import evolve
from archwright.optimizers.observations import Observations, observe

N_CENTRES = 5


class Mace:
    """Batches from the front of expected improvement, probability of improvement and lower confidence bound.

    Args:
        problem: what is searched.
        goals: what is wanted.
        startup: random trials first, >= 2; by default twice the number of keys, within 8 and 50.
        kappa: deviations below the mean that the confidence bound stands, >= 0.
        population: of NSGA-II on the acquisition functions, >= 4.
        evaluations: of them in all, at least one population.
        fitted: most trials that kernels are fitted to, >= 2.
        remembered: most trials that guesses are made from, >= 2.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Branin
        >>> problem = Branin()
        >>> len(Mace(problem, Goals(problem.goals)).ask(4, np.random.default_rng(0)))
        4
    """

    batch = 4

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        startup: int | None = None,
        kappa: float = 2.0,
        population: int = 100,
        evaluations: int = 3000,
        fitted: int = 150,
        remembered: int = 500,
    ) -> None:
        self.space, self.goals = problem.space, goals
        self.startup = min(50, max(8, 2 * self.space.horizon)) if startup is None else startup
        self.kappa, self.population, self.evaluations = kappa, population, evaluations
        self.fitted, self.remembered = fitted, remembered
        check_option("kappa", kappa, 0.0, 1e3)
        check_option("population", population, 4, 10_000, whole=True)
        check_option("evaluations", evaluations, population, 10_000_000, whole=True)
        for name in ("startup", "fitted", "remembered"):
            check_option(name, getattr(self, name), 2, 100_000, whole=True)
        self.seen = observe(self.space, goals, [])

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until `startup` trials are told and two have metrics, then members of the front."""
        if len(self.seen) < self.startup or self.seen.is_done.sum() < 2:
            return propose(self.space, rounded(self.space, rng.random((n, self.space.horizon))))
        known = self.seen.rows(self.seen.best_and_latest(self.remembered))
        belief = fit_belief(known, self.goals, self.fitted, rng)
        taken = {row.tobytes() for row in self.seen.keys}
        members = self._front(belief, known, rng)
        chosen: list[Column] = []
        for _ in range(n):
            chosen.append(first_new(self.space, self._promising(members, rng), taken))
            taken.add(chosen[-1].tobytes())
        return propose(self.space, np.array(chosen))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials."""
        self.seen = self.seen.joined(observe(self.space, self.goals, trials))

    def _front(self, belief: Belief, known: Observations, rng: np.random.Generator) -> Keys:
        """Keys (f, horizon) on the front of the acquisition functions, in random order."""
        half = self.population // 2
        near = nearby(known.keys[known.order()[:N_CENTRES]], half, rng)
        first = np.concatenate([near, rng.random((self.population - half, self.space.horizon))])

        def judge(keys: Keys) -> tuple[Keys, Column]:
            return ensemble(belief, keys, self.kappa), np.zeros(len(keys))

        last = evolve(judge, first, self.evaluations, rng)
        return np.asarray(rng.permutation(last.keys[non_dominated(last.objectives)]))

    def _promising(self, members: Keys, rng: np.random.Generator) -> Iterator[Keys]:
        yield members
        yield rng.random((self.population, self.space.horizon))


def ensemble(belief: Belief, keys: Keys, kappa: float) -> Keys:
    """The acquisition functions (1) and (2) of `(n, horizon)` keys, one column each, to be minimized."""
    columns: list[Column] = []
    if belief.objective is not None:
        mean, variance = belief.objective.model.predict(keys)
        middle, deviation = mean[:, 0], np.sqrt(variance[:, 0])
        columns.append(middle - kappa * deviation)
        columns.append(-log_expected_improvement(middle, deviation, belief.best).value)
        columns.append(-log_probability_improved(middle, deviation, belief.best).value)
    unlikely = np.zeros(len(keys))
    if belief.slacks is not None:
        mean, variance = belief.slacks.model.predict(keys)
        deviations = np.sqrt(variance)
        unlikely -= log_probability_met(mean, deviations).value.sum(axis=1)
        columns.append(np.maximum(mean, 0.0).sum(axis=1))
        columns.append(np.maximum(mean / deviations, 0.0).sum(axis=1))
    if belief.answer is not None:
        mean, variance = belief.answer.model.predict(keys)
        unlikely -= log_probability_met(mean[:, 0], np.sqrt(variance[:, 0])).value
    if belief.slacks is not None or belief.answer is not None or not columns:
        columns.append(unlikely)
    return np.column_stack(columns)
