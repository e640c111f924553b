"""Constrained optimization with exact gradients: the best step of local models within a trust region, again and again.

A problem that is `Differentiable` tells how each metric moves with each parameter. From one random design on, the
method

1. models ln metrics over ln parameters by the gradients of all designs told so far (`gradient_model`),
2. takes the step to the best design that the models promise within a trust region (`gradient_step`), and
3. keeps the new design if loss plus penalties became less. With rho, the share of the promised improvement that came,

    rho > 0.75 and a step to the border: radius doubles;    rho < 0.25: radius becomes half of the step        (1)

Where the models promise nothing more, or the radius has vanished, it starts anew from a random design. Every trial is
one evaluation and one gradient of the same design; nothing is simulated that is not a trial. Gradients are computed in
`tell`, so a resumed study computes them again and goes on as it would have.

On a grid of sizes (`step` of a parameter) the step is solved for continuous sizes first; parameters are then rounded
one by one, the others adapted to each choice, and the best design that was not asked yet is next.

Sources: R. Fletcher, S. Leyffer, P. L. Toint, "On the global convergence of a filter-SQP algorithm", SIAM Journal on
Optimization 13, 2002 (trust regions and sequential quadratic programming; here an exact penalty decides, no filter);
S. W. Director, R. A. Rohrer, "The generalized adjoint network and network sensitivities", 1969 (gradients of circuits).
What differs: models are quadratic per metric, not one Hessian of the Lagrangian, so that goals may be any.

    archwright run three-stage-tia --with gradient --trials 100
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Differentiable, Gradients, Problem
from archwright.core.record import Record
from archwright.core.space import Design
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.annealing import chain_weights
from archwright.optimizers.gradient_model import Archive, Coordinates, local_model
from archwright.optimizers.gradient_rounding import candidates
from archwright.optimizers.gradient_step import Rating
from archwright.optimizers.keyed import Column, check_option, propose

LEAST_RADIUS, LARGEST_RADIUS = 1e-4, 2.0
LEAST_PROMISE = 1e-7
"""Where the models promise a smaller share of the loss, the search has converged."""
REACH = 4.0
"""Designs within so many radii shape the models."""
FACTORS = (1.0, 0.4, 2.0, 0.15, 4.0)
"""Radii, times the current one, of the steps that one batch asks."""
LARGEST_RATIO = 1e6
"""Metrics that vary by more are not modelled by logarithms."""


@dataclass(frozen=True)
class Region:
    """Where the search stands: number of the start, row of its best design, radius."""

    run: int
    center: int | None
    radius: float


class Gradient:
    """Trust-region search with exact gradients, many starts one after another.

    Args:
        problem: what is searched; it must be `Differentiable`, its space a record of numbers.
        goals: what is wanted; objectives without references are weighted, otherwise at every start.
        radius: first trust radius, in ln of a parameter, 1e-3 to 2.

    Raises:
        SpecError: a problem without derivatives or with choices, an option out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> method = Gradient(problem, Goals(problem.goals))
        >>> len(method.ask(2, np.random.default_rng(0)))
        2
    """

    batch = 1

    def __init__(self, problem: Problem, goals: Goals, *, radius: float = 0.5) -> None:
        check_option("radius", radius, 1e-3, LARGEST_RADIUS)
        if not isinstance(problem, Differentiable):
            raise SpecError(
                f"gradient on {problem.name}", "no derivatives", "a problem that knows those of its metrics"
            )
        self.problem, self.goals = problem, goals
        self.coordinates = Coordinates(problem.space)
        assert isinstance(problem.space, Record)
        self.space = problem.space
        self.names = tuple(dict.fromkeys(one.metric for one in goals.goals))
        self.first_radius = float(radius)
        n, k = self.space.horizon, len(self.names)
        self.archive = Archive(np.empty((0, n)), np.empty((0, k)), np.empty((0, k, n)))
        self.known: set[tuple[float, ...]] = set()
        self.region = Region(0, None, self.first_radius)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Steps from the best design of this start; random designs where there is none, or nothing more to gain."""
        region, asked, steps = self.region, set(self.known), list[Proposal]()
        for factor in FACTORS[:n] if region.center is not None else ():
            step = self._step(min(region.radius * factor, LARGEST_RADIUS), asked)
            if step is not None:
                steps.append(step)
                asked.add(self._digest(step.design))
        start = region.run + (region.center is not None and not steps)
        notes = [{"start": start} for _ in range(n - len(steps))]
        return steps + propose(self.space, rng.random((n - len(steps), self.space.horizon)), notes)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn the gradients of all designs that have metrics, and move or shrink the trust region."""
        self.known.update(self._digest(trial.design) for trial in trials)
        done = [trial for trial in trials if trial.state == "done"]
        assert isinstance(self.problem, Differentiable)
        answers = iter(self.problem.gradients([trial.design for trial in done]))
        for trial in trials:
            answer = next(answers) if trial.state == "done" else None
            self._begin(trial)
            if isinstance(answer, Gradients):
                self._take(trial, answer)
            elif trial.hint is not None and "promise" in trial.hint:
                self.region = replace(self.region, radius=0.5 * self.region.radius)
        if self.region.radius < LEAST_RADIUS:
            self.region = Region(self.region.run + 1, None, self.first_radius)

    def _begin(self, trial: Trial) -> None:
        start = (trial.hint or {}).get("start", self.region.run)
        if start > self.region.run:
            self.region = Region(start, None, self.first_radius)

    def _take(self, trial: Trial, answer: Gradients) -> None:
        values = self.space.to_array([trial.design])[0]
        chain = self.coordinates.chain(values)
        u = np.array([trial.metrics[name] for name in self.names])
        g = np.array([answer.slopes[name] * chain for name in self.names])
        row, region = len(self.archive.u), self.region
        self.archive = self.archive.joined(self.coordinates.of(values[None])[0], u, g)
        if region.center is None:
            self.region = replace(region, center=row)
            return
        rating = self._rating()
        modelled = self.archive.logarithmic(rating.is_log)
        gain = rating.height(modelled.u[region.center]) - rating.height(modelled.u[row])
        radius = self._radius(trial, gain, float(np.abs(modelled.z[row] - modelled.z[region.center]).max()))
        self.region = Region(region.run, row if gain > 0 else region.center, radius)

    def _radius(self, trial: Trial, gain: float, length: float) -> float:
        """Equation (1); a better design from elsewhere begins with the first radius."""
        radius, promise = self.region.radius, (trial.hint or {}).get("promise")
        if promise is None:
            return self.first_radius if gain > 0 else radius
        if gain < 0.25 * promise:
            return min(radius, 0.5 * max(length, LEAST_RADIUS))
        return (
            min(2.0 * max(radius, length), LARGEST_RADIUS)
            if gain > 0.75 * promise and length > 0.7 * radius
            else radius
        )

    def _rating(self) -> Rating:
        """The goals, on logarithms of metrics that are above 0 in every design told, and so are bounds and references.

        What may fall to 0, as a metric without reference may, has no logarithm that a model could follow.
        """
        smallest, largest = self.archive.u.min(axis=0), self.archive.u.max(axis=0)
        is_bounded = [
            all(self._is_positive(one) for one in self.goals.goals if one.metric == name) for name in self.names
        ]
        is_log = (smallest > 0) & (largest < LARGEST_RATIO * smallest) & np.array(is_bounded)
        return Rating(self.goals, self.names, is_log, self._weights())

    def _weights(self) -> Column:
        """Of each objective: 1 where all have references; else a share that differs from start to start, in units."""
        targets = self.goals.targets
        if not targets or all(one.value is not None for one in targets):
            return np.ones(len(targets))
        merits = np.array([[one.merit(u) for u in self.archive.u[:, self.names.index(one.metric)]] for one in targets])
        spread = np.ptp(merits, axis=1)
        unit = np.where(spread > 0, spread, np.maximum(np.abs(merits[:, 0]), 1e-300))
        weights: Column = len(targets) * chain_weights(self.region.run + 1, len(targets))[-1] / unit
        return weights

    @staticmethod
    def _is_positive(one: Goal) -> bool:
        return one.value is not None and one.value > 0

    def _step(self, radius: float, asked: set[tuple[float, ...]]) -> Proposal | None:
        """The best design within `radius` that the models promise to be better and that was not asked; or None."""
        center = self.region.center
        assert center is not None
        rating = self._rating()
        model = local_model(self.archive.logarithmic(rating.is_log), center, REACH * radius, 2 * self.space.horizon)
        now = rating.height(model.u)
        for z in candidates(model, rating, self.coordinates, radius):
            design = self.space.from_array(self.coordinates.values(z[None]))[0]
            promise = now - rating.height(model.at(z - model.z))
            if promise > LEAST_PROMISE * abs(now) and self._digest(design) not in asked:
                return Proposal(design, {"start": self.region.run, "promise": promise})
        return None

    def _digest(self, design: Design) -> tuple[float, ...]:
        return tuple(self.space.to_array([design])[0].tolist())
