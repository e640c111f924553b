"""A switcher that learns which routing suits which traffic, and recognises traffic by what sources send.

Contexts are found on the way: what is seen in an epoch belongs to the nearest known context, or opens one when it is
far from all. In each context a bandit chooses. A play is one phase from an empty network, so that it does not pay for
the queues of the play before; its reward is minus the mean latency of the packets delivered and of those left behind,
which wait for half the play at least.

After learning, every epoch takes the routing planned for the context of the epoch before, so a change of the traffic is
answered one epoch late. Planned is, of the routings within 5 % of a context's best, the one that does best over all
contexts: switching for less does not pay, since it comes late and may have to empty the network first. `refine` then
tries plans on whole rounds, where queues pass from one pattern to the next: every routing alone, and changes of the
best plan in one context after another.

Around it stand every routing alone, and an oracle that knows the pattern of the coming epoch and its best routing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from archwright.interconnect.adaptive.running import Course, Epoch, RunningNetwork, mean_latency
from archwright.learning.bandits import Bandit

Floats = np.ndarray[Any, np.dtype[np.float64]]
FAR = 0.2
"""Distance beyond which what is seen is a context of its own; epochs of one pattern are about 0.05 apart."""
MOST_CONTEXTS = 16
LONG_CYCLES = 1e6
"""Stands for the latency of a routing that was never tried."""
TOLERANCE = 0.05
"""Latency above a context's least for which it is not worth switching."""


class Switcher:
    """Chooses a routing by traffic.

    Args:
        course: where it runs.
        rule: of the bandits: a name in `learning.bandits.BANDITS`.

    Example:
        >>> course = Course(patterns=("uniform",), phase_cycles=500, routings=("xy", "yx"), size=4)
        >>> switcher = Switcher(course)
        >>> switcher.learn(2, seed=0, rng=np.random.default_rng(0))
        >>> len(switcher.contexts), len(switcher.run(1, seed=1))
        (1, 5)
    """

    def __init__(self, course: Course, rule: str = "ucb") -> None:
        self.course = course
        self.bandit = Bandit(rule, MOST_CONTEXTS, len(course.routings), width=0.25)
        self.contexts: list[Floats] = []
        self.planned: list[int] = [0]

    def nearest(self, seen: Floats) -> int:
        """The known context that is nearest to what is seen, `(4,)`; 0 where none is known."""
        distances = [float(np.linalg.norm(seen - one)) for one in self.contexts]
        return int(np.argmin(distances)) if distances else 0

    def recognise(self, seen: Floats) -> int:
        """The context of what is seen, `(4,)`; a new one where it is far from all and there is room."""
        nearest = self.nearest(seen)
        is_far = not self.contexts or float(np.linalg.norm(seen - self.contexts[nearest])) > FAR
        if is_far and len(self.contexts) < MOST_CONTEXTS:
            self.contexts.append(seen)
            return len(self.contexts) - 1
        return nearest

    def learn(self, plays: int, *, seed: int, rng: np.random.Generator) -> None:
        """Try routings.

        Args:
            plays: of every pattern, in turn.
            seed: of the sources.
            rng: of the bandits.
        """
        for play in range(plays):
            for place, pattern in enumerate(self.course.patterns):
                course = replace(self.course, patterns=(pattern,))
                self._play(RunningNetwork(course, seed + play * len(self.course.patterns) + place), rng)
        self.planned = self.plan()

    def _play(self, running: RunningNetwork, rng: np.random.Generator) -> None:
        """One phase; its first epoch shows the context, its routing is drawn."""
        first = running.step(int(rng.integers(len(self.course.routings))))
        context = self.recognise(first.seen)
        routing = self.bandit.choose(context, rng)
        own = [running.step(routing) for _ in range(self.course.phase_cycles // self.course.epoch_cycles - 1)]
        delivered, behind = sum(one.packets for one in own), max(own[-1].backlog - first.backlog, 0)
        waited = sum(one.packets * one.latency_cycles for one in own)
        waited += behind * 0.5 * self.course.epoch_cycles * len(own)
        self.bandit.learn(context, routing, -waited / max(delivered + behind, 1))

    def plan(self) -> list[int]:
        """Index of the routing for every context; 0 for all before anything was learned."""
        arms, n = self.bandit.arms, max(len(self.contexts), 1)
        played = arms.counts[:n] > 0
        latencies = np.where(played, -arms.sums[:n] / np.maximum(arms.counts[:n], 1.0), LONG_CYCLES)
        ratios = latencies / latencies.min(axis=1, keepdims=True)
        near = ratios <= 1.0 + TOLERANCE
        return [int(one) for one in np.where(near, ratios.mean(axis=0), np.inf).argmin(axis=1)]

    def run(self, rounds: int, *, seed: int) -> list[Epoch]:
        """Run with what was learned.

        Args:
            rounds: through all patterns.
            seed: of the sources.
        """
        return self._run(self.planned, rounds, seed)

    def refine(self, *, seed: int) -> None:
        """Improve the plan on whole rounds; one round per plan that is tried.

        Args:
            seed: of the sources.
        """
        arms = range(len(self.course.routings))
        costs: dict[tuple[int, ...], float] = {}

        def cost(plan: tuple[int, ...]) -> float:
            if plan not in costs:
                costs[plan] = mean_latency(self._run(plan, 1, seed))
            return costs[plan]

        best = min([tuple(self.planned), *((arm,) * len(self.planned) for arm in arms)], key=cost)
        for context in range(len(self.planned)):
            changed = [(*best[:context], arm, *best[context + 1 :]) for arm in arms]
            best = min([best, *changed], key=cost)
        self.planned = list(best)

    def _run(self, planned: Sequence[int], rounds: int, seed: int) -> list[Epoch]:
        running = RunningNetwork(self.course, seed)
        epochs = [running.step(planned[0])]
        for _ in range(_n_epochs(self.course, rounds) - 1):
            epochs.append(running.step(planned[self.nearest(epochs[-1].seen)]))
        return epochs


def run_fixed(course: Course, routing: int, rounds: int, *, seed: int) -> list[Epoch]:
    """One routing all the time.

    Args:
        course: what runs.
        routing: index in the course's.
        rounds: through all patterns.
        seed: of the sources.
    """
    running = RunningNetwork(course, seed)
    return [running.step(routing) for _ in range(_n_epochs(course, rounds))]


def run_oracle(course: Course, best: tuple[int, ...], rounds: int, *, seed: int) -> list[Epoch]:
    """The given routing of each pattern, from the pattern's first cycle on.

    Args:
        course: what runs.
        best: index of a routing by pattern: see `best_by_pattern`.
        rounds: through all patterns.
        seed: of the sources.
    """
    running = RunningNetwork(course, seed)
    return [running.step(best[running.phase]) for _ in range(_n_epochs(course, rounds))]


def best_by_pattern(course: Course, *, seed: int) -> tuple[int, ...]:
    """The routing with the least mean latency under each pattern alone, from an empty network, by exhaustion.

    Args:
        course: its phases are run one by one.
        seed: of the sources.
    """
    from archwright.interconnect.adaptive.load_table import Scenario, latency_table

    found = []
    for pattern in course.patterns:
        scenario = Scenario(
            pattern=pattern,
            routings=course.routings,
            loads=(course.load,),
            cycles=course.phase_cycles,
            size=course.size,
            n_vcs=course.n_vcs,
            buffer_flits=course.buffer_flits,
            seed=seed,
        )
        found.append(int(latency_table(scenario)[0].argmin()))
    return tuple(found)


def _n_epochs(course: Course, rounds: int) -> int:
    return rounds * course.round_cycles // course.epoch_cycles
