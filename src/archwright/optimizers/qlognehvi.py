"""Constrained noisy expected hypervolume improvement in its logarithm, by BoTorch: the peer to compare with.

Papers: Daulton, Balandat, Bakshy, "Parallel Bayesian Optimization of Multiple Noisy Objectives with Expected
Hypervolume Improvement", NeurIPS 2021; Ament, Daulton, Eriksson, Balandat, Bakshy, "Unexpected Improvements to Expected
Improvement for Bayesian Optimization", NeurIPS 2023. One independent process per metric; asked are the `q` designs
whose joint expected gain of hypervolume, weighted by the probability that the constraints are met, is largest.

What differs: with one objective the gain is expected improvement (`qLogNoisyExpectedImprovement`), with constraints
alone the missed sum is the objective. Without `reference` the reference point lies a tenth of the range beyond the
worst values of the feasible front. Metrics are warped as in `metric_beliefs`; where trials had no answer, a further
process makes having one a constraint. Everything that torch draws comes from the generator that `ask` is given.

    archwright run PROBLEM --with qlognehvi --trials 100
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import non_dominated
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.belief import HAS_ANSWER
from archwright.optimizers.climbing import first_new, rounded
from archwright.optimizers.keyed import Column, check_option, optional_package, propose
from archwright.optimizers.metric_beliefs import Measurements, measure, roles_of, warped

MC_SAMPLES = 64
RESTARTS = 4
RAW_SAMPLES = 128
CLIMB_STEPS = 50
N_ANYWHERE = 256


class Qlognehvi:
    """Constrained qLogNEHVI of BoTorch, in double precision.

    Args:
        problem: what is searched.
        goals: what is wanted.
        startup: random trials first, >= 2; by default twice the number of keys, within 16 and 50.
        reference: worst values of the objectives that count, in the metrics' units and the order of the goals.
        remembered: most trials that guesses are made from: the best half and the latest half, >= 2.

    Raises:
        SpecError: an option is out of range, or another number of references than of objectives.
        SimulatorMissing: BoTorch is not installed.

    Example:
        >>> from archwright.testing.functions import Bnh
        >>> problem = Bnh()
        >>> len(Qlognehvi(problem, Goals(problem.goals)).ask(2, np.random.default_rng(0)))
        2
    """

    batch = 1

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        startup: int | None = None,
        reference: Sequence[float] | None = None,
        remembered: int = 300,
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is made with a tool that torch will give up
            optional_package("botorch")
        self.space, self.goals, self.roles = problem.space, goals, roles_of(goals)
        self.startup = min(50, max(16, 2 * self.space.horizon)) if startup is None else startup
        self.remembered = remembered
        for name in ("startup", "remembered"):
            check_option(name, getattr(self, name), 2, 100_000, whole=True)
        if reference is not None and np.shape(reference) != (len(goals.targets),):
            raise SpecError("reference", reference, f"{len(goals.targets)} numbers, one per objective")
        self.reference = None if reference is None else np.asarray(reference, dtype=float) * self.roles.senses
        self.seen = measure(self.space, self.roles, [])

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until `startup` trials are told and two have metrics, then those of the largest gain."""
        if len(self.seen) < self.startup or self.seen.is_done.sum() < 2:
            return propose(self.space, rounded(self.space, rng.random((n, self.space.horizon))))
        known = self.seen.rows(self.seen.best_and_latest(self.remembered))
        seed = int(rng.integers(2**31))
        taken = {row.tobytes() for row in self.seen.keys}
        chosen: list[Column] = []
        for candidate in _on_torch(lambda: self._candidates(known, n, seed), seed):
            anywhere = rng.random((N_ANYWHERE, self.space.horizon))
            chosen.append(first_new(self.space, [candidate[None, :], anywhere], taken))
            taken.add(chosen[-1].tobytes())
        return propose(self.space, np.array(chosen))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials."""
        self.seen = self.seen.joined(measure(self.space, self.roles, trials))

    def _candidates(self, known: Measurements, n: int, seed: int) -> Keys:
        """`n` designs of the largest joint gain, (n, horizon)."""
        from botorch.optim import optimize_acqf
        from torch import double, tensor

        box = tensor([[0.0] * self.space.horizon, [1.0] * self.space.horizon], dtype=double)
        options = {"seed": seed, "maxiter": CLIMB_STEPS, "batch_limit": RESTARTS}
        found, _ = optimize_acqf(
            self._acquisition(known), box, q=n, num_restarts=RESTARTS, raw_samples=RAW_SAMPLES, options=options,
            sequential=True,
        )  # fmt: skip
        return np.asarray(found.detach().numpy())

    def _acquisition(self, known: Measurements) -> Any:
        """BoTorch's acquisition function for what is known."""
        from botorch.acquisition.logei import qLogNoisyExpectedImprovement
        from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
        from botorch.acquisition.multi_objective.objective import WeightedMCMultiOutputObjective
        from botorch.acquisition.objective import GenericMCObjective
        from botorch.sampling.normal import SobolQMCNormalSampler
        from torch import Size, double, tensor

        done, roles = known.rows(known.is_done), self.roles
        model, constraints, outputs = self._model(known)
        shared = {
            "model": model, "X_baseline": tensor(done.keys, dtype=double), "prune_baseline": True,
            "sampler": SobolQMCNormalSampler(Size([MC_SAMPLES]), seed=0), "constraints": constraints or None,
        }  # fmt: skip
        if len(roles.targets) < 2:
            column, sign = (int(roles.targets[0]), roles.senses[0]) if len(roles.targets) else (0, 1.0)
            objective = GenericMCObjective(lambda values, X=None: -sign * values[..., column])
            return qLogNoisyExpectedImprovement(objective=objective, **shared)
        weights = tensor(-roles.senses, dtype=double)
        objectives = WeightedMCMultiOutputObjective(weights, outcomes=roles.targets.tolist())
        worst = self._worst(outputs[:, roles.targets] * roles.senses, done)
        return qLogNoisyExpectedHypervolumeImprovement(ref_point=(-worst).tolist(), objective=objectives, **shared)

    def _model(self, known: Measurements) -> tuple[Any, list[Callable[[Any], Any]], Keys]:
        """Processes, constraints on what they say (met up to 0), and the outputs they were given."""
        from botorch.models import ModelListGP

        done, roles = known.rows(known.is_done), self.roles
        outputs, bounds = warped(done, roles) if len(roles.targets) else (done.violations[:, None], np.empty(0))
        processes = [_fit(done.keys, column) for column in outputs.T]
        constraints: list[Callable[[Any], Any]] = [
            partial(_gap, column=column, side=side, bound=bound)
            for column, side, bound in zip(roles.bounded.tolist(), roles.sides, bounds, strict=False)
        ]
        if not known.is_done.all():
            processes.append(_fit(known.keys, np.where(known.is_done, HAS_ANSWER, 1.0)))
            constraints.append(partial(_gap, column=len(processes) - 1, side=1.0, bound=0.0))
        return ModelListGP(*processes), constraints, outputs

    def _worst(self, objectives: Keys, done: Measurements) -> Column:
        """The reference point, to be minimized: the one that was given, or a tenth beyond the front."""
        if self.reference is not None:
            return self.reference
        met = objectives[done.is_met] if done.is_met.any() else objectives
        front = met[non_dominated(met)]
        width = front.max(axis=0) - front.min(axis=0)
        return np.asarray(front.max(axis=0) + 0.1 * np.where(width > 0.0, width, 1.0))


def _gap(values: Any, *, column: int, side: float, bound: float) -> Any:
    """At most 0 where a constraint is met."""
    return side * (values[..., column] - bound)


def _fit(keys: Keys, outputs: Column) -> Any:
    """One fitted process of BoTorch."""
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Standardize
    from torch import double, tensor

    likelihoods = optional_package("gpytorch.mlls")
    column = tensor(outputs[:, None], dtype=double)
    transform = Standardize(m=1) if outputs.std() > 0.0 else None
    process = SingleTaskGP(tensor(keys, dtype=double), column, outcome_transform=transform)
    fit_gpytorch_mll(likelihoods.ExactMarginalLogLikelihood(process.likelihood, process))
    return process


def _on_torch(work: Callable[[], Keys], seed: int) -> Keys:
    """What `work` gives, on one thread, with torch's generator seeded inside and put back afterwards."""
    import torch

    from archwright.learning.seeding import one_thread

    with torch.random.fork_rng(devices=[]), one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BoTorch warns of data it finds badly scaled and of climbs it starts again
        torch.manual_seed(seed)
        return work()
