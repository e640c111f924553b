"""A plain genetic algorithm: tournaments, one-point crossover, mutation by drawing a gene anew, the best one survives.

Source: Goldberg, "Genetic Algorithms in Search, Optimization and Machine Learning", 1989, chapters 1 and 4. The genes
are the keys of a design. A trial with the smaller violation wins a tournament, then the one with the better score.

What differs: children are told in batches of any size; a generation ends when there are enough of them. With several
objectives that no references make one score of, non-dominated rank decides nothing: use `nsga2` there.

    archwright run PROBLEM --with genetic_algorithm --trials 5000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.generations import Generations
from archwright.optimizers.keyed import check_option, propose, told


class GeneticAlgorithm:
    """A plain genetic algorithm with elitism.

    Args:
        problem: what is searched.
        goals: what is wanted.
        population: members of a generation, >= 2; also the natural batch.
        crossover: probability that a child has two parents, 0 to 1.
        mutation: probability that a gene is drawn anew; 1 / genes by default.
        tournament: members that compete to be a parent, >= 1.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(GeneticAlgorithm(problem, Goals(problem.goals)).ask(10, np.random.default_rng(0)))
        10
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        population: int = 50,
        crossover: float = 0.9,
        mutation: float | None = None,
        tournament: int = 3,
    ) -> None:
        check_option("population", population, 2, 100_000, whole=True)
        check_option("tournament", tournament, 1, 100_000, whole=True)
        self.space, self.goals, self.batch = problem.space, goals, int(population)
        self.crossover, self.tournament = crossover, int(tournament)
        self.mutation = 1.0 / self.space.horizon if mutation is None else mutation
        for name, probability in (("crossover", crossover), ("mutation", self.mutation)):
            check_option(name, probability, 0.0, 1.0)
        self.generations = Generations(self.batch, self.space.horizon, goals)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until a generation is complete, then `n` children."""
        if not self.generations.has_begun:
            return propose(self.space, rng.random((n, self.space.horizon)))
        return propose(self.space, self._children(n, rng), [{"bred": True}] * n)

    def _children(self, n: int, rng: np.random.Generator) -> Keys:
        members = self.generations.members  # the best first
        parents = rng.integers(self.batch, size=(2, n, self.tournament)).min(axis=2)
        first, second = members.keys[parents[0]], members.keys[parents[1]]
        cuts = rng.integers(1, max(self.space.horizon, 2), size=n)
        cuts[rng.random(n) >= self.crossover] = self.space.horizon
        children: Keys = np.where(np.arange(self.space.horizon) < cuts[:, None], first, second)
        is_mutated = rng.random(children.shape) < self.mutation
        children[is_mutated] = rng.random(int(np.count_nonzero(is_mutated)))
        return children

    def tell(self, trials: Sequence[Trial]) -> None:
        """Count children towards the next generation; others found the first one or replace the worst members."""
        batch = told(self.space, self.goals, trials)
        is_bred = np.array([bool((trial.hint or {}).get("bred")) for trial in trials])
        self.generations.found(batch.rows(~is_bred))
        self.generations.bear(batch.rows(is_bred))
