"""Local genetic search: copies of the best design are fine-tuned by small steps of single decisions.

Paper: Kao, Jeong, Krishna, "ConfuciuX", MICRO 2020, section 4 (second stage). A generation begins as copies of one
design. A child is one of the best members with a decision moved by up to half of `alpha` of its range; sometimes two
components of the same member swap one of their decisions, which keeps a budget nearly as it was.

What differs from the paper: a child beyond the budget costs its simulation and never becomes a parent while there are
feasible ones (there its mutation is undone before it is counted); steps are taken in the key view, so that whole
numbers, choices and real numbers move alike. On its own it begins with random designs.

    archwright run PROBLEM --with local_genetic --trials 2000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys, decode_many
from archwright.core.trial import Proposal, Trial
from archwright.learning.components import components_of
from archwright.optimizers.generations import Generations
from archwright.optimizers.keyed import check_option, propose, told

TRIES = 3
"""Mutations until a child differs from its parent: the paper's."""


class LocalGenetic:
    """Genetic search around the best design told.

    Args:
        problem: what is searched.
        goals: what is wanted.
        population: members of a generation, >= 2; also the natural batch.
        parents: best members that breed, >= 1, at most the population.
        alpha: largest step of a decision, in half ranges, above 0 to 2.
        swap: probability that two components of a child swap one decision, 0 to 1.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(LocalGenetic(problem, Goals(problem.goals)).ask(10, np.random.default_rng(0)))
        10
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        population: int = 20,
        parents: int = 8,
        alpha: float = 0.5,
        swap: float = 0.2,
    ) -> None:
        check_option("population", population, 2, 100_000, whole=True)
        check_option("parents", parents, 1, population, whole=True)
        check_option("alpha", alpha, 1e-9, 2.0)
        check_option("swap", swap, 0.0, 1.0)
        self.space, self.goals, self.batch = problem.space, goals, int(population)
        self.parents, self.alpha, self.swap = int(parents), alpha, swap
        self.axes = components_of(problem).deciders().axes
        self.generations = Generations(self.batch, self.space.horizon, goals)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until a generation is complete, then `n` children near its best members."""
        if not self.generations.has_begun:
            return propose(self.space, rng.random((n, self.space.horizon)))
        return propose(self.space, self._children(n, rng), [{"bred": True}] * n)

    def _children(self, n: int, rng: np.random.Generator) -> Keys:
        members = self.generations.members  # the best first
        parents = members.keys[rng.integers(self.parents, size=n)]
        for row in np.flatnonzero(rng.random(n) < self.swap).tolist():
            self._swap(parents[row], rng)
        children, designs = parents.copy(), decode_many(self.space, parents)
        same = np.arange(n)
        for _ in range(TRIES):
            axes = rng.integers(self.space.horizon, size=len(same))
            steps = 0.5 * self.alpha * rng.uniform(-1.0, 1.0, len(same))
            children[same, axes] = np.clip(parents[same, axes] + steps, 0.0, 1.0)
            moved = decode_many(self.space, children[same])
            same = same[[one == designs[row] for row, one in zip(same.tolist(), moved, strict=True)]]
        return children

    def _swap(self, keys: Keys, rng: np.random.Generator) -> None:
        """Let two components that both have a drawn slot swap their decisions in it."""
        slot = int(rng.integers(max(map(len, self.axes))))
        owners = [axes[slot] for axes in self.axes if len(axes) > slot]
        if len(owners) > 1:
            first, second = rng.choice(owners, 2, replace=False)
            keys[[first, second]] = keys[[second, first]]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Count children towards the next generation; when a design from elsewhere is the best, begin from it anew."""
        batch = told(self.space, self.goals, trials)
        is_bred = np.array([bool((trial.hint or {}).get("bred")) for trial in trials])
        others = batch.rows(~is_bred)
        if len(others):
            everyone = self.generations.members.joined(others)
            best = everyone.order()[0]
            is_new = not self.generations.has_begun or best >= len(self.generations.members)
            if is_new:
                self.generations.members = everyone.rows(np.full(self.batch, best))
        self.generations.bear(batch.rows(is_bred))
