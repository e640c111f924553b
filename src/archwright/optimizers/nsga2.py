"""NSGA-II: a genetic algorithm for one or several objectives under constraints.

Paper: Deb, Pratap, Agarwal, Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE Trans.
Evolutionary Computation 2002. Parents win binary tournaments by dominance, then by crowding distance; children come
from simulated binary crossover (SBX) and polynomial mutation, both bounded; parents and children together are cut back
to the population by front, then by crowding. A smaller violation beats a larger one, whatever the objectives.

SBX (Deb and Agrawal 1995; bounded form of Deb 2001) spreads two keys y1 < y2 by beta_q, drawn so that children near
the parents are likelier the larger the index eta:

    beta = 1 + 2 min(y1, 1 - y2) / (y2 - y1)  for the nearer bound of each side,  alpha = 2 - beta^-(eta + 1)    (1)
    beta_q = (u alpha)^(1 / (eta + 1))  if u <= 1 / alpha, else  (1 / (2 - u alpha))^(1 / (eta + 1))             (2)
    c1 = (y1 + y2 - beta_q (y2 - y1)) / 2,  c2 = (y1 + y2 + beta_q (y2 - y1)) / 2                                (3)

What differs: tournaments compare by dominance, as the authors' program does, where the paper's text compares fronts
(with fronts, one run of four loses the ends of the front of ZDT2). A child that would be a copy of its parent gets one
mutated key, since an evaluation of a copy teaches nothing. With one objective, or constraints alone, it is a plain
elitist genetic algorithm.

    archwright run PROBLEM --with nsga2 --trials 10000
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from archwright.core.goal import Goals
from archwright.core.pareto import crowding_distances, non_dominated_sort
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import Column, Indices, Told, check_option, compare, nothing_told, propose, told


class Nsga2:
    """NSGA-II with the paper's constants.

    Args:
        problem: what is searched.
        goals: what is wanted.
        population: members, >= 2; also the natural batch.
        crossover: probability that two parents are crossed, 0 to 1; each key then with probability 0.5.
        crossover_index: eta of SBX, >= 0; larger keeps children nearer to their parents.
        mutation: probability that a key is mutated, 0 to 1; one over the number of keys by default.
        mutation_index: eta of the polynomial mutation, >= 0.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Zdt1
        >>> problem = Zdt1(5)
        >>> genetic = Nsga2(problem, Goals(problem.goals), population=20)
        >>> len(genetic.ask(20, np.random.default_rng(0)))
        20
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        population: int = 100,
        crossover: float = 0.9,
        crossover_index: float = 20.0,
        mutation: float | None = None,
        mutation_index: float = 20.0,
    ) -> None:
        self.space, self.goals = problem.space, goals
        mutation = 1.0 / self.space.horizon if mutation is None else mutation
        check_option("population", population, 2, 100_000, whole=True)
        for name, probability in (("crossover", crossover), ("mutation", mutation)):
            check_option(name, probability, 0.0, 1.0)
        for name, index in (("crossover_index", crossover_index), ("mutation_index", mutation_index)):
            check_option(name, index, 0.0, 1e6)
        self.batch = int(population)
        self.breeding = Breeding(mutation, crossover, crossover_index, mutation_index)
        self.members = nothing_told(self.space.horizon, goals, wants_front=True)
        self.crowding: Column = np.empty(0)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until the population is complete, then `n` children."""
        if len(self.members) < self.batch:
            return propose(self.space, rng.random((n, self.space.horizon)))
        return propose(self.space, self.breeding.children(self.members, self.crowding, n, rng))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Cut members and newcomers together back to the population."""
        everyone = self.members.joined(told(self.space, self.goals, trials, wants_front=True))
        self.members, self.crowding = survivors(everyone, self.batch)


@dataclass(frozen=True, slots=True)
class Breeding:
    """How members make children.

    Args:
        mutation: probability that a key is mutated.
        crossover: probability that two parents are crossed.
        crossover_index: eta of SBX.
        mutation_index: eta of the polynomial mutation.
    """

    mutation: float
    crossover: float = 0.9
    crossover_index: float = 20.0
    mutation_index: float = 20.0

    def children(self, members: Told, crowding: Column, n: int, rng: np.random.Generator) -> Keys:
        """`n` children of parents that win tournaments, `(n, horizon)`."""
        n_pairs = (n + 1) // 2
        parents = members.keys[_tournaments(members, crowding, 2 * n_pairs, rng)]
        children = self._cross(parents[:n_pairs], parents[n_pairs:], rng)
        return self._mutate(children, parents, rng)[:n]

    def _cross(self, first: Keys, second: Keys, rng: np.random.Generator) -> Keys:
        crossed = (rng.random((len(first), 1)) < self.crossover) & (rng.random(first.shape) < 0.5)
        near, far = simulated_binary_crossover(first, second, self.crossover_index, rng)
        swapped = rng.random(first.shape) < 0.5
        ours, theirs = np.where(swapped, far, near), np.where(swapped, near, far)
        return np.concatenate([np.where(crossed, ours, first), np.where(crossed, theirs, second)])

    def _mutate(self, children: Keys, parents: Keys, rng: np.random.Generator) -> Keys:
        mutated = np.asarray(rng.random(children.shape) < self.mutation)
        copies = np.flatnonzero((children == parents).all(axis=1) & ~mutated.any(axis=1))
        mutated[copies, rng.integers(children.shape[1], size=len(copies))] = True
        return np.where(mutated, polynomial_mutation(children, self.mutation_index, rng), children)


def _tournaments(members: Told, crowding: Column, n: int, rng: np.random.Generator) -> Indices:
    """`n` winners; every member enters equally often, as far as the numbers allow."""
    n_shuffles = -(-2 * n // len(members))
    drawn = np.concatenate([rng.permutation(len(members)) for _ in range(n_shuffles)])[: 2 * n]
    first, second = drawn[:n], drawn[n:]
    wins, loses = compare(members.rows(first), members.rows(second))
    is_first = np.where(wins == loses, crowding[first] >= crowding[second], wins)
    return np.where(is_first, first, second)


def survivors(everyone: Told, n: int) -> tuple[Told, Column]:
    """The best `n` of `everyone`, and how crowded each is among them."""
    ranks = non_dominated_sort(everyone.objectives, everyone.violations)
    crowding = crowding_distances(everyone.objectives, ranks)
    order = np.lexsort((-crowding, ranks))[:n]
    return everyone.rows(order), crowding[order]


def evolve(
    judge: Callable[[Keys], tuple[Keys, Column]], first: Keys, evaluations: int, rng: np.random.Generator
) -> Told:
    """NSGA-II on a function that answers whole batches at once.

    Args:
        judge: gives objectives (k, m), to be minimized, and violations (k,) of (k, horizon) keys.
        first: (population, horizon) keys to begin with.
        evaluations: points to judge in all, a whole number of populations.
        rng: draws tournaments, crossings and mutations.

    Returns:
        The last population, the best first.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> last = evolve(lambda x: ((x - 0.3) ** 2, np.zeros(len(x))), rng.random((20, 1)), 400, rng)
        >>> bool(abs(last.keys[0, 0] - 0.3) < 1e-3)
        True
    """

    def judged(keys: Keys) -> Told:
        objectives, violations = judge(keys)
        return Told(keys, violations, violations, objectives)

    breeding = Breeding(1.0 / first.shape[1])
    members, crowding = survivors(judged(first), len(first))
    for _ in range(evaluations // len(first) - 1):
        children = judged(breeding.children(members, crowding, len(first), rng))
        members, crowding = survivors(members.joined(children), len(first))
    return members


def simulated_binary_crossover(first: Keys, second: Keys, index: float, rng: np.random.Generator) -> tuple[Keys, Keys]:
    """Two children per pair and key, equations (1) to (3): the lower and the upper one.

    Args:
        first: (n, horizon) keys in [0, 1].
        second: likewise.
        index: eta >= 0.
        rng: draws one number per key, shared by both children.
    """
    low, high = np.minimum(first, second), np.maximum(first, second)
    width = high - low
    distinct = width > 1e-14
    safe = np.where(distinct, width, 1.0)
    u = rng.random(first.shape)
    spreads = []
    for room in (low, 1.0 - high):
        alpha = 2.0 - (1.0 + 2.0 * room / safe) ** -(index + 1.0)
        inside = u * alpha <= 1.0
        ratio = np.where(inside, u * alpha, 1.0 / np.where(inside, 1.0, 2.0 - u * alpha))
        spreads.append(np.where(distinct, ratio ** (1.0 / (index + 1.0)), 1.0) * width)
    middle = low + high
    return np.clip((middle - spreads[0]) / 2, 0.0, 1.0), np.clip((middle + spreads[1]) / 2, 0.0, 1.0)


def polynomial_mutation(keys: Keys, index: float, rng: np.random.Generator) -> Keys:
    """Every key moved by a bounded polynomial step (Deb and Goyal 1996; bounded form of Deb 2001).

    Args:
        keys: (n, horizon) in [0, 1].
        index: eta >= 0; a step of about 1 / eta is typical.
        rng: draws one number per key.
    """
    u = rng.random(keys.shape)
    down = u < 0.5
    room = np.where(down, keys, 1.0 - keys)
    weight = np.where(down, 2.0 * u, 2.0 * (1.0 - u))
    step = 1.0 - (weight + (1.0 - weight) * (1.0 - room) ** (index + 1.0)) ** (1.0 / (index + 1.0))
    return np.clip(keys + np.where(down, -step, step), 0.0, 1.0)
