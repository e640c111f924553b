"""Bayesian optimization: a Gaussian process guesses the metrics, the most promising design is asked next.

Papers: Jones, Schonlau, Welch, "Efficient Global Optimization of Expensive Black-Box Functions", 1998 (expected
improvement); Gardner and others, "Bayesian Optimization with Inequality Constraints", ICML 2014; Eriksson and Poloczek,
"Scalable Constrained Bayesian Optimization", AISTATS 2021 (slacks); Ginsbourger, Le Riche, Carraro, "Kriging Is
Well-Suited to Parallelize Optimization", 2010 (batches); Knowles, "ParEGO", 2006 (several objectives).

One process guesses the objective, one the slack of every constraint: the relative shortfall where it is missed, minus
the relative margin where it is met. Asked is the design of largest

    log EI(objective) + sum_j log P(slack_j <= 0)          once a feasible design is known             (1)
    log EI(sum_j max(slack_j, 0))                          before, the sum taken as normal with its exact moments   (2)

found from random and nearby starts by L-BFGS with exact gradients. Slacks are taken as sign(c) log(1 + |c|), objectives
in median deviations, the worse half of them as log(1 + c), so that neither outliers nor units matter. Where trials had
no answer, a process on 1 (none) and -1/4 (some) adds a factor P(answer). Within a batch, what was asked is believed to
come out at the mean (the kriging believer). With several objectives that no references make one score of, each
proposal draws weights and improves the augmented largest weighted objective.

What differs: lengths have the prior of Hvarfner and others (2024), see `learning.gaussian_processes`. Keys are those
of the rounded design, and a design is not asked twice. Kernels are fitted to at most `fitted` trials and given at most
`remembered`: the best half and the latest half. Nothing is kept between asks but the trials themselves, so resuming
costs nothing.

    archwright run PROBLEM --with gaussian_process --trials 300
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.belief import Belief, fit_belief
from archwright.optimizers.climbing import climb, first_new, nearby, rounded
from archwright.optimizers.keyed import Column, check_option, propose
from archwright.optimizers.observations import Observations, observe

N_CANDIDATES = 256
N_CENTRES = 5
N_CLIMBS = 4


class GaussianProcess:
    """Expected improvement under constraints, in batches.

    Args:
        problem: what is searched.
        goals: what is wanted.
        startup: random trials first, >= 2; by default twice the number of keys, within 8 and 50.
        fitted: most trials that kernels are fitted to, >= 2.
        remembered: most trials that guesses are made from, >= 2.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Branin
        >>> problem = Branin()
        >>> len(GaussianProcess(problem, Goals(problem.goals)).ask(4, np.random.default_rng(0)))
        4
    """

    batch = 4

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        startup: int | None = None,
        fitted: int = 150,
        remembered: int = 500,
    ) -> None:
        self.space, self.goals = problem.space, goals
        self.startup = min(50, max(8, 2 * self.space.horizon)) if startup is None else startup
        self.fitted, self.remembered = fitted, remembered
        for name in ("startup", "fitted", "remembered"):
            check_option(name, getattr(self, name), 2, 100_000, whole=True)
        self.seen = observe(self.space, goals, [])

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until `startup` trials are told and two have metrics, then the most promising ones."""
        if len(self.seen) < self.startup or self.seen.is_done.sum() < 2:
            return propose(self.space, rounded(self.space, rng.random((n, self.space.horizon))))
        known = self.seen.rows(self.seen.best_and_latest(self.remembered))
        taken = {row.tobytes() for row in self.seen.keys}
        chosen: list[Column] = []
        for _ in range(n):
            if not chosen or not self.goals.is_scalar:
                belief = fit_belief(known, self.goals, self.fitted, rng)
                belief = belief.believing(np.array(chosen)) if chosen else belief
            else:
                belief = belief.believing(chosen[-1][None, :])
            chosen.append(first_new(self.space, self._promising(belief, known, rng), taken))
            taken.add(chosen[-1].tobytes())
        return propose(self.space, np.array(chosen))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials."""
        self.seen = self.seen.joined(observe(self.space, self.goals, trials))

    def _promising(self, belief: Belief, known: Observations, rng: np.random.Generator) -> Iterator[Keys]:
        """Keys of promising designs, the best first: climbed ones, the candidates they came from, random ones."""
        centres, anywhere = known.keys[known.order()[:N_CENTRES]], rng.random((N_CANDIDATES, self.space.horizon))
        candidates = np.concatenate([anywhere, nearby(centres, N_CANDIDATES, rng)])
        ordered = candidates[np.argsort(-belief.promises(candidates), kind="stable")]
        climbed = [climb(belief.promise_with_slope, start) for start in ordered[:N_CLIMBS]]
        climbed.sort(key=lambda one: -one[0])
        yield np.array([keys for _, keys in climbed])
        yield ordered
        yield rng.random((N_CANDIDATES, self.space.horizon))
