"""Evolution strategy: one normal cloud of keys that moves and breathes with the ranks of its samples.

Papers: Wierstra, Schaul, Glasmachers, Sun, Peters, Schmidhuber, "Natural Evolution Strategies", JMLR 2014 (utilities by
rank, the step size of rotationally symmetric distributions). Mirrored sampling, noise kept as seeds: Salimans, Ho,
Chen, Sidor, Sutskever, "Evolution Strategies as a Scalable Alternative to Reinforcement Learning", 2017. All keys share
one standard deviation: it is the evolution strategy to print beside learned agents (GCN-RL, DAC 2020, does so without
saying which), and the plain baseline of CMA-ES, which learns a covariance as well.

    mean  <- mean + sigma * sum_i u_i e_i
    sigma <- sigma * exp(rate / 2 * sum_i u_i (|e_i|^2 / horizon - 1)),   keys_i = mean + sigma e_i

What differs: keys are clipped to [0, 1], as the space would clip them; sigma has a floor and a ceiling.

    archwright run PROBLEM --with evolution_strategy --trials 10000
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys, encode_many
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import check_option, propose

Column = np.ndarray[Any, np.dtype[np.float64]]

SIGMA_RANGE = (1e-6, 1.0)
"""Between these the standard deviation moves."""


class EvolutionStrategy:
    """An isotropic natural evolution strategy.

    Args:
        problem: what is searched.
        goals: not used; the trials come judged.
        population: samples per step of the distribution; by default `4 + 3 ln(horizon)`, made even.
        sigma: the first standard deviation, in keys.
        rate: learning rate of the standard deviation; by default `(3 + ln horizon) / (5 sqrt(horizon))`.

    Raises:
        SpecError: an option out of its range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> strategy = EvolutionStrategy(problem, Goals(problem.goals))
        >>> first, second = strategy.ask(2, np.random.default_rng(0))
        >>> [round(a + b, 9) for a, b in zip(first.hint["keys"], second.hint["keys"])]
        [1.0, 1.0]
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        population: int | None = None,
        sigma: float = 0.2,
        rate: float | None = None,
    ) -> None:
        self.space, horizon = problem.space, problem.space.horizon
        check_option("sigma", sigma, *SIGMA_RANGE)
        usual = 4 + math.floor(3 * math.log(horizon))
        self.population = usual + usual % 2 if population is None else population
        check_option("population", self.population, 2, np.inf, whole=True)
        self.rate = (3 + math.log(horizon)) / (5 * math.sqrt(horizon)) if rate is None else rate
        check_option("rate", self.rate, 0.0, np.inf)
        self.batch = self.population
        self.mean, self.sigma = np.full(horizon, 0.5), float(sigma)
        self.pending: list[tuple[dict[str, Any], Trial]] = []
        self.best = (np.inf, np.inf)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """`n` samples of the distribution; each second one mirrors the one before it."""
        seed = int(rng.integers(2**31))
        last = self.pending[-1][0] if len(self.pending) % 2 else None
        notes: list[dict[str, Any]] = [{"noise": last["noise"], "row": last["row"], "sign": -1}] if last else []
        notes += [{"noise": seed, "row": i // 2, "sign": (1, -1)[i % 2]} for i in range(n - len(notes))]
        return propose(self.space, np.clip(self.mean + self.sigma * self._noise(notes[:n]), 0.0, 1.0), notes)

    def _noise(self, notes: Sequence[Mapping[str, Any]]) -> Keys:
        """Standard normal numbers `(n, horizon)`: a row of what each note's seed gives, or its mirror."""
        rows: dict[int, int] = {}
        for note in notes:
            rows[note["noise"]] = max(rows.get(note["noise"], 0), note["row"] + 1)
        tables = {seed: np.random.default_rng(seed).standard_normal((n, len(self.mean))) for seed, n in rows.items()}
        signs = np.array([note["sign"] for note in notes], dtype=float)
        noise: Keys = np.array([tables[note["noise"]][note["row"]] for note in notes]) * signs[:, None]
        return noise

    def tell(self, trials: Sequence[Trial]) -> None:
        """Collect samples; once there is a population, move the distribution."""
        for trial in trials:
            hint = trial.hint or {}
            if "noise" in hint:
                self.pending.append((dict(hint), trial))
            elif trial.state == "done" and trial.rank_key < self.best:
                self.mean = encode_many(self.space, [trial.design])[0]  # a better design from elsewhere
            if trial.state == "done":
                self.best = min(self.best, trial.rank_key)
        if len(self.pending) >= self.population:
            self._move()

    def _move(self) -> None:
        noise = self._noise([note for note, _ in self.pending])
        gains = utilities([trial for _, trial in self.pending])
        lengths = (noise**2).mean(axis=1) - 1.0
        low, high = SIGMA_RANGE
        self.mean = np.clip(self.mean + self.sigma * gains @ noise, 0.0, 1.0)
        self.sigma = float(np.clip(self.sigma * math.exp(self.rate / 2 * (gains @ lengths)), low, high))
        self.pending = []


def utilities(trials: Sequence[Trial]) -> Column:
    """What each trial is worth by its rank: the better half counts, the sum is 0; equal trials share their worth.

    Trials without an answer rank last and are never worth more than the worst share.

    Returns:
        (n,) floats.

    Source: Wierstra et al., JMLR 2014, section 3.1.
    """
    n = len(trials)
    ranked = sorted(range(n), key=lambda i: trials[i].rank_key)
    raw = np.maximum(0.0, math.log(n / 2 + 1) - np.log(np.arange(1, n + 1)))
    by_rank = raw / raw.sum() - 1.0 / n
    worth = np.empty(n)
    start = 0
    for end in range(1, n + 1):
        if end == n or trials[ranked[end]].rank_key != trials[ranked[start]].rank_key:
            worth[ranked[start:end]] = by_rank[start:end].mean()
            start = end
    return worth
