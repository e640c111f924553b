"""PAC-MOO: several costly objectives under many constraints, weighted by the user's preferences.

Paper: Ahmadianshalchi, Belakaria, Doppa, "Preference-Aware Constrained Multi-Objective Bayesian Optimization",
arXiv:2303.13034. In the first stage designs of the largest probability of feasibility are asked until enough are
feasible. Then functions are drawn from the posterior of every output and their cheap constrained problem is solved by
NSGA-II; asked is the design that tells most of the best values on that sampled front, among those whose predicted means
meet every constraint:

    alpha(x) = b sum_i p_i A_i(x) + (1 - b) / C sum_j A_j(x),   A(x) = g phi(g) / (2 Phi(g)) - log Phi(g)     (1)
    g = (mu(x) - y) / sigma(x),   y the smallest value of the output's sampled function over the sampled front (2)

with preferences `p` over the objectives and balance `b`. (Everything is minimized here; the paper maximizes.)

What differs: candidates are the sampled front itself, where the paper climbs from random points. Equation (1) does not
care how bad the other objectives are, so its climbs end beside the front (on the widened OSY they leave a hypervolume
of 7,900 where the sampled front's members reach 22,000 of 22,609). And since the best values of all objectives lie at
the ends of the front, a share `filling` of the proposals goes to the candidate that would add most preference-weighted
hypervolume instead; `filling=0` asks by (1) alone. The one that is asked is refined on the means, in an objective drawn
by the preferences; one that fills the front without loss in the others. Lengths are learned per key (Matern-5/2 by
default, `kernel="rbf"` is the paper's); features belong to the fitted kernel and samples are exact at the data
(`learning.posterior_samples`), where the authors' program draws from the kernel before it was fitted. One process
serves all goals on a metric. Where no mean is feasible, the probability of feasibility is climbed instead of a
constant, from random and nearby points by L-BFGS-B. Within a batch, what was asked is believed to come out at the mean,
and functions are drawn anew. Keys are those of the rounded design, and no design is asked twice.

    archwright run PROBLEM --with pac_moo --option preferences=[0.8,0.2] --trials 100
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.learning.gaussian_processes import KERNELS
from archwright.optimizers.climbing import climb, first_new, nearby, rounded
from archwright.optimizers.keyed import Column, check_option, propose
from archwright.optimizers.metric_beliefs import Measurements, MetricBelief, fit_metric_belief, measure, roles_of
from archwright.optimizers.pac_moo_acquisition import (
    Feasibility,
    filled_volume,
    information,
    refined,
    sampled_best,
)

N_RANDOM = 1000
N_NEARBY = 200
N_CENTRES = 5
N_CLIMBS = 3


class PacMoo:
    """Preference-aware constrained search by the entropy of best values.

    Args:
        problem: what is searched.
        goals: what is wanted.
        preferences: weights of the objectives in the order of the goals, >= 0; scaled to sum to 1; equal by default.
        balance: share of the objectives in the information, 0 to 1; the rest is shared by the constraints.
        filling: share of the proposals that fill the front, 0 to 1.
        starts: feasible designs to be found before objectives count, >= 1; those of other origin count too.
        startup: random trials first, >= 2; by default twice the number of keys, within 8 and 50.
        samples: posterior functions drawn per proposal, >= 1.
        kernel: `matern52` or `rbf`.
        fitted: most trials that kernels are fitted to, >= 2.
        remembered: most trials that are believed in: the best half and the latest half, >= 2.

    Raises:
        SpecError: an option is out of range, or another number of preferences than of objectives.

    Example:
        >>> from archwright.testing.functions import Bnh
        >>> problem = Bnh()
        >>> method = PacMoo(problem, Goals(problem.goals), preferences=[0.8, 0.2])
        >>> len(method.ask(2, np.random.default_rng(0)))
        2
    """

    batch = 1

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        preferences: Sequence[float] | None = None,
        balance: float = 0.5,
        filling: float = 0.5,
        starts: int = 6,
        startup: int | None = None,
        samples: int = 1,
        kernel: str = "matern52",
        fitted: int = 200,
        remembered: int = 500,
    ) -> None:
        self.space, self.goals, self.roles = problem.space, goals, roles_of(goals)
        self.preferences = _weights(preferences, len(goals.targets))
        for name, share in (("balance", balance), ("filling", filling)):
            check_option(name, share, 0.0, 1.0)
        check_name("kernel", kernel, KERNELS)
        self.balance, self.filling, self.kernel = float(balance), float(filling), kernel
        self.starts, self.samples = starts, samples
        self.startup = min(50, max(8, 2 * self.space.horizon)) if startup is None else startup
        self.fitted, self.remembered = fitted, remembered
        for name, least in (("starts", 1), ("samples", 1), ("startup", 2), ("fitted", 2), ("remembered", 2)):
            check_option(name, getattr(self, name), least, 100_000, whole=True)
        self.seen = measure(self.space, self.roles, [])

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs at first, then likely feasible ones, then those that tell most of the best values."""
        if not self._has_started():
            return propose(self.space, rounded(self.space, rng.random((n, self.space.horizon))))
        known = self.seen.rows(self.seen.best_and_latest(self.remembered))
        belief = fit_metric_belief(known, self.roles, kernel=self.kernel, fitted=self.fitted)
        taken = {row.tobytes() for row in self.seen.keys}
        chosen: list[Column] = []
        for _ in range(n):
            belief = belief.believing(chosen[-1][None, :]) if chosen else belief
            chosen.append(first_new(self.space, self._promising(belief, known, rng), taken))
            taken.add(chosen[-1].tobytes())
        return propose(self.space, np.array(chosen))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials."""
        self.seen = self.seen.joined(measure(self.space, self.roles, trials))

    def _has_started(self) -> bool:
        """Enough is known to believe something: `startup` trials, or the feasible designs that were wanted."""
        is_enough = len(self.seen) >= self.startup or int(self.seen.is_met.sum()) >= self.starts
        return is_enough and int(self.seen.is_done.sum()) >= 2

    def _promising(self, belief: MetricBelief, known: Measurements, rng: np.random.Generator) -> Iterator[Keys]:
        """Keys of promising designs, the best first; in the end random ones."""
        feasibility = Feasibility(belief)
        if len(self.roles.targets) > 0 and int(known.is_met.sum()) >= min(self.starts, self.remembered):
            best = sampled_best(belief, self.samples, rng)
            allowed = best.keys[feasibility.is_expected(best.keys)]
            if len(allowed):
                promises = self._promises(belief, allowed, best.least, rng)
                ordered = allowed[np.lexsort(promises)[::-1]]
                preferred = int(rng.choice(len(self.preferences), p=self.preferences))
                is_filling = len(promises) > 1
                yield refined(belief, ordered[0], preferred, holds_others=is_filling)[None, :]
                yield ordered
        anywhere = rng.random((N_RANDOM, self.space.horizon))
        near = nearby(known.keys[known.order()[:N_CENTRES]], N_NEARBY, rng)
        yield from _climbed(feasibility, np.concatenate([anywhere, near]))
        yield rng.random((N_RANDOM, self.space.horizon))

    def _promises(
        self, belief: MetricBelief, allowed: Keys, least: Keys, rng: np.random.Generator
    ) -> tuple[Column, ...]:
        """What candidates are compared by, the decisive column last."""
        told = information(belief, allowed, least, self.preferences, self.balance)
        is_filling = rng.random() < self.filling
        return (told, filled_volume(belief, allowed, self.preferences, rng)) if is_filling else (told,)


def _climbed(feasibility: Feasibility, candidates: Keys) -> Iterator[Keys]:
    """What the likeliest candidates lead to, the likeliest first, and the candidates themselves."""
    ordered = candidates[np.argsort(-feasibility.values(candidates), kind="stable")]
    ends = np.array([climb(feasibility.value_with_slope, start)[1] for start in ordered[:N_CLIMBS]])
    yield ends[np.argsort(-feasibility.values(ends), kind="stable")]
    yield ordered


def _weights(preferences: Sequence[float] | None, n_objectives: int) -> Column:
    """Preferences that sum to 1."""
    if preferences is None:
        return np.full(n_objectives, 1.0 / max(n_objectives, 1))
    try:
        weights = np.asarray(preferences, dtype=float)
    except (TypeError, ValueError):
        weights = np.empty((0, 0))
    is_allowed = weights.shape == (n_objectives,) and bool(np.isfinite(weights).all() and (weights >= 0.0).all())
    if not is_allowed or not weights.sum() > 0.0:
        raise SpecError("preferences", preferences, f"{n_objectives} weights from 0 up, one per objective, not all 0")
    return np.asarray(weights / weights.sum())
