"""Simulated annealing: walks that climb as well as fall, ever less so as they cool.

Papers: Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing", Science 1983; Cauchy steps of Szu and
Hartley, "Fast Simulated Annealing", 1987; step control of Corana, Marchesi, Martini, Ridella, "Minimizing Multimodal
Functions of Continuous Variables with the Simulated Annealing Algorithm", ACM TOMS 1987; weights per walk of Czyzak
and Jaszkiewicz, "Pareto Simulated Annealing", 1998.

Several chains walk at once. A move changes one key by w times a Cauchy number, reflected at the bounds; it is taken
with the probability of Metropolis et al. (1953)

    P = min(1, exp(-dE / T)),   T = final^(k / steps)  after k trials of `steps`                     (1)

dE is measured in standard deviations of the losses told so far, so T = 1 is hot for any unit. After 20 moves of a
key, its w grows (a > 0.6) or shrinks (a < 0.4) with the share a of moves taken, Corana's c = 2:

    w <- w (1 + c (a - 0.6) / 0.4),    w <- w / (1 + c (0.4 - a) / 0.4)                              (2)

What differs: chains share w, so a few hundred trials teach it; it cools a little after every trial instead of in
plateaus; where Corana returns to the best design at every plateau, the worst chain does, whenever every key was moved
once per chain on average. A missed constraint has an energy of its own (the violation, in its own standard deviations);
the step into feasibility is always taken. With several objectives every chain minimizes its own weighted largest
objective. After `steps` trials it starts anew: one chain from the best design, the others from random ones.

The uniform number that decides a move is drawn by `ask` and kept in the hint, so `tell` needs no generator.

    archwright run PROBLEM --with annealing --trials 5000
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import Column, Told, check_option, nothing_told, propose, quasi_random_point, told

MOVES_PER_ADAPTATION = 20
GROWTH = 2.0


class Annealing:
    """Simulated annealing by parallel chains.

    Args:
        problem: what is searched.
        goals: what is wanted.
        chains: walks at a time, >= 1; also the natural batch.
        steps: trials from hot to cold, all chains together, >= 1; best set to the budget.
        final: the last temperature, above 0 to 1, in standard deviations of the losses told.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> annealing = Annealing(problem, Goals(problem.goals), chains=4)
        >>> len(annealing.ask(4, np.random.default_rng(0)))
        4
    """

    def __init__(
        self, problem: Problem, goals: Goals, *, chains: int = 10, steps: int = 5000, final: float = 1e-8
    ) -> None:
        check_option("chains", chains, 1, 100_000, whole=True)
        check_option("steps", steps, 1, float("inf"), whole=True)
        check_option("final", final, 1e-300, 1.0)
        self.space, self.goals = problem.space, goals
        self.batch, self.steps, self.final = int(chains), int(steps), final
        self.current = self.best = nothing_told(self.space.horizon, goals)
        n_objectives = self.current.objectives.shape[1]
        self.weights = chain_weights(self.batch, n_objectives)
        self.violation_spread, self.objective_spread = Spread(1), Spread(n_objectives)
        self.rescues = self.batch > 1 and n_objectives == 1
        self.next_chain = 0
        self._heat()

    def _heat(self) -> None:
        self.cooled = self.since_rescue = 0
        self.widths = np.ones(self.space.horizon)
        self.moves = np.zeros((2, self.space.horizon))  # of each key: tried and taken since the last adaptation

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until every chain has a place, then one move for each of the next `n` chains."""
        n_keys = self.space.horizon
        if len(self.current) < self.batch:
            return propose(self.space, rng.random((n, n_keys)))
        chains = (self.next_chain + np.arange(n)) % self.batch
        axes = rng.integers(n_keys, size=n)
        keys = self.current.keys[chains]
        moved = (keys[np.arange(n), axes] + self.widths[axes] * rng.standard_cauchy(n)) % 2.0
        keys[np.arange(n), axes] = np.where(moved > 1.0, 2.0 - moved, moved)
        columns = zip(chains.tolist(), axes.tolist(), rng.random(n).tolist(), strict=True)
        return propose(self.space, keys, [{"chain": c, "axis": a, "uniform": u} for c, a, u in columns])

    def tell(self, trials: Sequence[Trial]) -> None:
        """Take or refuse every move, adapt the steps, cool; start anew when cold."""
        batch = told(self.space, self.goals, trials)
        self.violation_spread.add(batch.violations[np.isfinite(batch.violations), None])
        self.objective_spread.add(batch.objectives[batch.violations == 0])
        everything = self.best.joined(batch)
        self.best = everything.rows(everything.order()[:1])
        for i, trial in enumerate(trials):
            hint = trial.hint or {}
            if "chain" in hint and len(self.current) == self.batch:
                self._decide(batch.rows(np.array([i])), hint)
            else:
                self._place(batch.rows(np.array([i])))
        self._adapt()
        if self.cooled >= self.steps:
            self.current = self.best
            self._heat()

    def _place(self, newcomer: Told) -> None:
        """A random start or a design from elsewhere: a free chain takes it, else the worst if it is better."""
        everyone = self.current.joined(newcomer)
        if len(everyone) > self.batch:
            everyone = everyone.rows(np.sort(everyone.order()[:-1]))
        self.current = everyone

    def _decide(self, move: Told, hint: Mapping[str, Any]) -> None:
        chain, axis = hint["chain"] % self.batch, hint["axis"]
        self.next_chain = (hint["chain"] + 1) % self.batch
        self.moves[0, axis] += 1
        self.cooled += 1
        self.since_rescue += 1
        temperature = self.final ** (min(self.cooled, self.steps) / self.steps)
        climb = self._climb(move, chain)
        if climb <= 0 or hint["uniform"] < math.exp(-climb / temperature):
            self.moves[1, axis] += 1
            self.current = self.current.replaced(np.array([chain]), move)

    def _climb(self, move: Told, chain: int) -> float:
        """dE of equation (1): how much worse the move is, in standard deviations."""
        after, before = float(move.violations[0]), float(self.current.violations[chain])
        if after == 0.0 and before == 0.0:
            return self._energy(move.objectives[0], chain) - self._energy(self.current.objectives[chain], chain)
        if math.isinf(after) or math.isinf(before):
            return -1.0 if after <= before else math.inf
        return -1.0 if after == 0.0 else (after - before) / float(self.violation_spread.deviation[0])

    def _energy(self, objectives: Column, chain: int) -> float:
        scaled = self.weights[chain] * (objectives - self.objective_spread.lowest) / self.objective_spread.deviation
        return float(scaled.max() + 0.05 * scaled.sum()) if len(scaled) > 1 else float(scaled[0])

    def _adapt(self) -> None:
        """Corana's steps, equation (2), and the rescue of the worst chain."""
        ready = self.moves[0] >= MOVES_PER_ADAPTATION
        share = self.moves[1] / np.maximum(self.moves[0], 1)
        grown = 1 + GROWTH * np.maximum(share - 0.6, 0) / 0.4
        shrunk = 1 + GROWTH * np.maximum(0.4 - share, 0) / 0.4
        self.widths = np.where(ready, np.clip(self.widths * grown / shrunk, 1e-9, 1.0), self.widths)
        self.moves = np.where(ready, 0.0, self.moves)
        if self.since_rescue >= self.batch * self.space.horizon and self.rescues:
            self.since_rescue = 0
            self.current = self.current.replaced(self.current.order()[-1:], self.best)


class Spread:
    """Mean, standard deviation and minimum of rows that come batch by batch (Chan, Golub, LeVeque 1979).

    Args:
        width: numbers per row.
    """

    def __init__(self, width: int) -> None:
        self.count, self.mean, self.squares = 0, np.zeros(width), np.zeros(width)
        self.lowest = np.full(width, np.inf)

    def add(self, rows: Keys) -> None:
        """Take in `(n, width)` finite rows."""
        if len(rows) == 0:
            return
        shift = rows.mean(axis=0) - self.mean
        total = self.count + len(rows)
        self.squares = self.squares + ((rows - rows.mean(axis=0)) ** 2).sum(axis=0)
        self.squares += shift**2 * self.count * len(rows) / total
        self.mean = self.mean + shift * len(rows) / total
        self.count, self.lowest = total, np.minimum(self.lowest, rows.min(axis=0))

    @property
    def deviation(self) -> Column:
        """The standard deviation, `(width,)`; 1 where all rows are equal."""
        deviation = np.sqrt(self.squares / max(self.count, 1))
        return np.where(deviation > 0, deviation, 1.0)


def chain_weights(chains: int, n_objectives: int) -> Keys:
    """Weights of the objectives for each chain, `(chains, n_objectives)`, evenly spread, each row summing to 1.

    Example:
        >>> chain_weights(2, 2).round(2).tolist()
        [[0.5, 0.5], [0.12, 0.88]]
    """
    cuts = np.array([quasi_random_point(n_objectives - 1, chain) for chain in range(chains)])
    cuts = np.sort(cuts.reshape(chains, n_objectives - 1), axis=1)
    return np.diff(cuts, axis=1, prepend=0.0, append=1.0)
