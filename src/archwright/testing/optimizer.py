"""The laws of an optimizer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from archwright.core.errors import Failed, Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.core.optimizer import Batched, Optimizer, Resumable
from archwright.core.problem import Outcome, Problem
from archwright.core.space import check_design
from archwright.core.trial import Proposal, Trial, judge
from archwright.testing.functions import Sphere
from archwright.testing.problem import untouched_randomness
from archwright.testing.space import draw_designs

Make = Callable[[Problem, Goals], Optimizer]
Answer = Callable[[int, Outcome], Outcome]

SIZES = (5, 1, 8, 3)
"""Batch sizes that the laws use: a study's last batch, and one after a kill, may have any."""


def check_optimizer(
    make: Make, problem: Problem, *, rng: np.random.Generator, batches: int = 4, sphere_trials: int | None = 600
) -> None:
    """Hold an optimizer to everything that studies rely on, on `problem`; and to learning, on a sphere.

    Args:
        make: called as `make(problem, goals)`, like a class of `archwright.optimizers`.
        problem: cheap; every law evaluates about twenty designs.
        rng: draws seeds and foreign designs.
        batches: told per law, >= 2; more where the method begins to learn late.
        sphere_trials: within so many evaluations of a sphere in 3 variables it must find a value half as large as
            random search does, in the median of three seeds; None for one that only fills the space.

    Raises:
        AssertionError: a law is broken; the message says which and how to mend it.

    Example:
        >>> from archwright.optimizers.random import Random
        >>> check_optimizer(Random, Sphere(2), rng=np.random.default_rng(0), sphere_trials=None)
    """
    goals = Goals.read(problem.goals, problem.metrics)
    seed, sizes = int(rng.integers(2**31)), [SIZES[i % len(SIZES)] for i in range(batches)]
    optimizer = make(problem, goals)
    if isinstance(optimizer, Batched):
        assert isinstance(optimizer.batch, int) and optimizer.batch >= 1, f"batch is {optimizer.batch!r}, not 1 or more"
        sizes[0] = optimizer.batch
    _check_purity(optimizer, problem, seed)
    told = _drive(optimizer, problem, goals, sizes, seed)
    _check_replay(make, optimizer, problem, goals, told, seed)
    if isinstance(optimizer, Resumable):
        _check_saving(make, optimizer, problem, goals, seed, sum(sizes))
    _check_foreign(make, problem, goals, sizes, seed, rng)
    for what, answer in _MISFORTUNES.items():
        with _blaming(f"when {what}"):
            _drive(make(problem, goals), problem, goals, sizes, seed, answer)
    if sphere_trials is not None:
        check_learning(make, sphere_trials, seed=seed)


def ask(optimizer: Optimizer, problem: Problem, n: int, seed: Sequence[int]) -> list[Proposal]:
    """`n` proposals, held to being what was asked for.

    Args:
        optimizer: whom to ask.
        problem: whose designs they must be.
        n: how many.
        seed: of the generator: the study's, and the number of the first trial.

    Raises:
        AssertionError: another number of them, a design that is not the problem's, or a hint that is not plain JSON.
    """
    with untouched_randomness("ask"), _untouched_torch():
        proposals = optimizer.ask(n, np.random.default_rng(list(seed)))
    assert len(proposals) == n, f"asked for {n} designs, it proposes {len(proposals)}; give exactly as many"
    for proposal in proposals:
        assert isinstance(proposal, Proposal), f"ask gives {proposal!r}; it must give Proposal(design, hint)"
        try:
            check_design(problem.space, proposal.design)
        except SpecError as error:
            raise AssertionError(
                f"it proposes a design outside the space: {error}; decode keys or use drafts"
            ) from error
        _carried(proposal.hint)
    return proposals


def check_learning(make: Make, trials: int, *, seed: int, batch: int = 16) -> None:
    """Hold an optimizer to beating random search on a sphere in 3 variables, in the median of three seeds.

    Args:
        make: called as `make(problem, goals)`.
        trials: evaluations allowed, >= `batch`.
        seed: of the first run.
        batch: designs asked at a time, where the optimizer names none.

    Raises:
        AssertionError: it does not.
    """
    problem: Any = Sphere(3)
    goals = Goals.read(problem.goals)
    bests, randoms = [], []
    for run in range(seed, seed + 3):
        optimizer = make(problem, goals)
        size = optimizer.batch if isinstance(optimizer, Batched) else batch
        sizes = [min(size, trials - done) for done in range(0, trials, size)]
        told = _drive(optimizer, problem, goals, sizes, run)
        bests.append(min(trial.objectives[0] for batch_told in told for trial in batch_told))
        designs = problem.space.decode_many(np.random.default_rng(run).random((trials, 3)))
        randoms.append(min(problem.values(problem.space.to_array(designs))[:, 0]))
    best, chance = float(np.median(bests)), float(np.median(randoms))
    assert best <= 0.5 * chance, (
        f"in {trials} trials it finds {best:.3g} on a sphere, random search {chance:.3g}; it does not learn from tell "
        "(pass sphere_trials=None for a method that only fills the space)"
    )


def _carried(hint: Any) -> Any:
    """The hint as the store gives it back."""
    if hint is None:
        return None
    assert isinstance(hint, Mapping), f"the hint {hint!r} must be a dict of plain JSON, or None"
    try:
        return json.loads(json.dumps(hint, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(
            f"a hint is not plain JSON ({error}); a study stores it and gives it back in tell"
        ) from error


def _drive(
    optimizer: Optimizer,
    problem: Problem,
    goals: Goals,
    sizes: Sequence[int],
    seed: int,
    answer: Answer = lambda _, outcome: outcome,
) -> list[list[Trial]]:
    told: list[list[Trial]] = []
    number = 0
    for n in sizes:
        proposals = ask(optimizer, problem, n, (seed, number))
        trials = _judged(problem, goals, proposals, number, answer)
        _tell(optimizer, trials)
        told.append(trials)
        number += n
    return told


def _tell(optimizer: Optimizer, trials: Sequence[Trial]) -> None:
    with untouched_randomness("tell"), _untouched_torch():
        optimizer.tell(trials)


def _check_purity(optimizer: Optimizer, problem: Problem, seed: int) -> None:
    first = ask(optimizer, problem, 4, (seed, 0))
    ask(optimizer, problem, 7, (seed, 1))
    again = ask(optimizer, problem, 4, (seed, 0))
    assert first == again, "asked twice with the same generator it answers otherwise; ask must not change the optimizer"


def _check_replay(
    make: Make, optimizer: Optimizer, problem: Problem, goals: Goals, told: Sequence[Sequence[Trial]], seed: int
) -> None:
    number = sum(map(len, told))
    twin = make(problem, goals)
    for trials in told:
        _tell(twin, trials)
    for n in (3, 1):
        first, second = (ask(one, problem, n, (seed, number)) for one in (optimizer, twin))
        assert first == second, (
            "told the same batches, a new one proposes otherwise; let state depend on tell alone, randomness on the "
            "rng of ask (what tell needs of it travels in the hint)"
        )


def _check_saving(make: Make, optimizer: Any, problem: Problem, goals: Goals, seed: int, number: int) -> None:
    blob = optimizer.save()
    assert isinstance(blob, bytes), f"save gives {type(blob).__name__}; it must give bytes"
    twin: Any = make(problem, goals)
    twin.load(blob)
    first, second = (ask(one, problem, 3, (seed, number)) for one in (optimizer, twin))
    assert first == second, "after load it proposes otherwise than before save; save the whole state"


def _check_foreign(
    make: Make, problem: Problem, goals: Goals, sizes: Sequence[int], seed: int, rng: np.random.Generator
) -> None:
    optimizer = make(problem, goals)
    with _blaming("when told designs of others, which carry no hint"):
        trials = _judged(problem, goals, [Proposal(one) for one in draw_designs(problem.space, rng, sum(sizes))], 0)
        _tell(optimizer, trials)
        own = ask(optimizer, problem, 4, (seed, len(trials)))
        mixed = _judged(problem, goals, [Proposal(trials[0].design), *own], len(trials))
        _tell(optimizer, mixed)
        ask(optimizer, problem, 3, (seed, len(trials) + len(mixed)))


def _judged(
    problem: Problem,
    goals: Goals,
    proposals: Sequence[Proposal],
    number: int,
    answer: Answer = lambda _, outcome: outcome,
) -> list[Trial]:
    outcomes = problem.evaluate([one.design for one in proposals], rng=np.random.default_rng(number))
    return [
        judge(i, one.design, answer(i, outcome), goals, seconds=0.0, attempts=1, hint=_carried(one.hint))
        for i, (one, outcome) in enumerate(zip(proposals, outcomes, strict=True), start=number)
    ]


_MISFORTUNES: Mapping[str, Answer] = {
    "some trials are infeasible": lambda number, outcome: outcome if number % 3 else Infeasible("does not exist"),
    "some trials fail": lambda number, outcome: outcome if number % 2 else Failed("no convergence"),
    "every trial is infeasible": lambda number, outcome: Infeasible("does not exist"),
    "every trial fails": lambda number, outcome: Failed("no convergence"),
}


@contextmanager
def _blaming(when: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{when}: {error!r}") from error


@contextmanager
def _untouched_torch() -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_rng_state()
    yield
    assert bool((torch.get_rng_state() == before).all()), (
        "torch's global generator is used; seed one from the rng of ask"
    )
