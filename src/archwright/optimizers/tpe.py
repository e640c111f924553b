"""TPE: draws where good designs are dense and bad ones are rare (Optuna's sampler).

Papers: Bergstra, Bardenet, Bengio, Kegl, "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; constraints and
several objectives of Ozaki and others, "Multiobjective Tree-Structured Parzen Estimator", JAIR 2022; the sampler itself
is Optuna's `TPESampler` with its defaults. The best trials make a density l of keys, the rest a density g; of some
draws from l the one with the largest l / g is asked (it has the largest expected improvement).

How `ask` stays pure although Optuna keeps a study: told trials go into a study in memory, with the violation as its
constraint. `ask` gives the study a new sampler, seeded from its generator, has it ask, and closes the asked trials as
failed, which the sampler does not look at. Within a batch they count as running, so the batch spreads (constant liar).

What differs: every decision is a key in [0, 1], choices too. A trial without an answer has an infinite violation
instead of Optuna's state "failed", so that TPE learns to stay away. A design whose answer is known teaches
nothing: it is drawn anew, a few times from the densities and then at random, since in spaces of choices the densities
narrow down to one design and would ask it for ever.

    archwright run PROBLEM --with tpe --trials 500
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Design
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import check_option, count_objectives, optional_package, propose, told

REDRAWS, RANDOM_DRAWS = 5, 50
"""Draws from the densities, then at random, until a design is new."""


class Tpe:
    """Optuna's tree-structured Parzen estimator over the keys.

    Args:
        problem: what is searched.
        goals: what is wanted.
        startup: random trials before the densities are used, >= 1.
        candidates: draws per proposal of which the best is asked, >= 1.

    Raises:
        SpecError: an option is out of range.
        SimulatorMissing: the package `optuna` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(Tpe(problem, Goals(problem.goals)).ask(3, np.random.default_rng(0)))
        3
    """

    batch = 4

    def __init__(self, problem: Problem, goals: Goals, *, startup: int = 10, candidates: int = 24) -> None:
        check_option("startup", startup, 1, 1_000_000, whole=True)
        check_option("candidates", candidates, 1, 1_000_000, whole=True)
        self.space, self.goals = problem.space, goals
        self.startup, self.candidates = int(startup), int(candidates)
        self.optuna = optional_package("optuna")
        self.box = {
            f"{i:06d}": self.optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(self.space.horizon)
        }
        self.known: set[str] = set()
        with self._quiet():
            self.study = self.optuna.create_study(directions=["minimize"] * count_objectives(goals))

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """`n` designs, each aware of those before it."""
        with self._quiet():
            self.study.sampler = self.optuna.samplers.TPESampler(
                seed=int(rng.integers(2**31)), n_startup_trials=self.startup, n_ei_candidates=self.candidates
            )
            asked: list[Any] = []
            proposals, taken = list[Proposal](), set(self.known)
            for _ in range(n):
                proposals.append(self._propose(asked, taken, rng))
                taken.add(_text(proposals[-1].design))
            for one in asked:
                self.study.tell(one, state=self.optuna.trial.TrialState.FAIL)
        return proposals

    def _propose(self, asked: list[Any], taken: Set[str], rng: np.random.Generator) -> Proposal:
        """A design that is not taken, as far as some draws find one; Optuna's trials go to `asked`."""
        for draw in range(REDRAWS + RANDOM_DRAWS):
            if draw < REDRAWS:
                asked.append(self.study.ask(self.box))
                keys = [asked[-1].params[name] for name in self.box]
            else:
                keys = rng.random(self.space.horizon).tolist()
            (proposal,) = propose(self.space, np.array([keys]))
            if _text(proposal.design) not in taken:
                break
        return proposal

    def tell(self, trials: Sequence[Trial]) -> None:
        """Add the trials to the study, each design once."""
        new = [trial for trial in trials if _text(trial.design) not in self.known]
        self.known |= {_text(trial.design) for trial in new}
        batch = told(self.space, self.goals, new)
        objectives = np.where(np.isfinite(batch.violations)[:, None], batch.objectives, 0.0)
        rows = zip(batch.keys.tolist(), objectives.tolist(), batch.violations.tolist(), strict=True)
        with self._quiet():
            for keys, values, violation in rows:
                params = dict(zip(self.box, keys, strict=True))
                self.study.add_trial(
                    self.optuna.create_trial(
                        params=params, distributions=self.box, values=values, constraints={"violation": violation}
                    )
                )

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Keep Optuna's log lines to itself."""
        logging: Any = self.optuna.logging
        before = logging.get_verbosity()
        logging.set_verbosity(logging.WARNING)
        try:
            yield
        finally:
            logging.set_verbosity(before)


def _text(design: Design) -> str:
    return json.dumps(design)
