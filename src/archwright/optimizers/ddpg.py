"""DDPG: an actor sizes all components, a critic learns what sizes are worth, a replay memory keeps every trial.

Paper: Wang, Yang, Lee, Han, "Learning to Design Circuits", NeurIPS 2018 workshop on machine learning for systems,
arXiv:1812.02734, on deep deterministic policy gradients (Lillicrap et al., ICLR 2016). An episode is a few design
steps: the actor sees the previous design with its metrics and proposes all sizes anew; the reward of a step is what it
adds to the score, so an episode's rewards sum to the score of its last design. With `steps=1` every design is an
episode of its own and the state is constant.

    reward_t = score_t - score_(t-1), score_(-1) = 0;   critic: Q(s_t, a_t) -> reward_t + Q'(s_(t+1), mu'(s_(t+1)))

What differs from the paper, whose hyperparameters are not published:

- `head="mlp"` is the default, `head="seq2seq"` the paper's kind of network: components in the order in which the space
  lists them (the signal path), one per decoder step, with attention.
- `steps=1` is the default: an agent that sees the design before needs more trials for the same score.
- With several steps it sees the metrics and what the problem shows of components (operating points), but neither node
  voltages nor the response curve.
- Scores jump where the last constraint is met, which unsettles a critic: by default rewards are normal scores of the
  trials' ranks by an exact penalty. `reward="score"` takes the published rating itself, standardised.
- Each design is the one that the critics value most of some draws around the actor's (`candidates=1`: plain noise).
- Any space will do: without components, every axis is one. Choices and integers are learned through their keys, and
  the replay holds the keys of the design as it was rounded, not those that were asked.
- Batches: as many episodes run side by side as designs are asked at a time.

    archwright run PROBLEM --with ddpg --trials 10000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.errors import check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Trial
from archwright.learning.exploration import NoiseSchedule
from archwright.learning.rates import Rates
from archwright.learning.replay import Experience, Floats, Integers
from archwright.optimizers.agent import Agent, Practice
from archwright.optimizers.ddpg_states import DesignStates, Watch
from archwright.optimizers.keyed import check_option

if TYPE_CHECKING:
    from archwright.learning.actor_critic import ActorCritic

HEADS: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": 128, "critics": 3, "updates": 2.0, "actor_rate": 1e-3},
    "seq2seq": {"hidden": 64, "critics": 1, "updates": 8.0, "actor_rate": 3e-4},
}
"""Networks, with values of options that suit them where none is given."""


class Ddpg(Agent):
    """An actor with critics that learns from every trial told.

    Args:
        problem: what is searched.
        goals: say what a design that misses a constraint is worth.
        head: `mlp` decides all sizes at once, `seq2seq` one component after another with attention.
        cell: recurrent layers of `seq2seq`: `lstm` or `gru`.
        steps: designs in an episode, >= 1.
        reward: `penalty`, `rank` or `score`.
        hidden: width of the hidden layers; by default 128, 64 for `seq2seq`.
        critics: how many; by default 3, 1 for `seq2seq`.
        candidates: draws per design of which the critics choose one, >= 1.
        warm_up: random designs first, >= 1.
        noise_start: standard deviation of the exploration after the warm-up, in half ranges.
        noise_end: the floor it decays to.
        noise_half_life: trials in which it halves.
        actor_rate: step of Adam for the actor; by default 1e-3, 3e-4 for `seq2seq`.
        critic_rate: step of Adam for the critics.
        tau: how fast the slow copies follow.
        delay: updates of the critics per update of the actor.
        minibatch: transitions per update.
        updates: updates per trial up to trial 1,000; by default 2, 8 for `seq2seq`; less than 1 is possible.
        later_updates: updates per trial beyond.
        memory: trials that the replay keeps.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> ddpg = Ddpg(problem, Goals(problem.goals), head="seq2seq", warm_up=16)
        >>> len(ddpg.ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        head: str = "mlp",
        cell: str = "lstm",
        steps: int = 1,
        reward: str = "penalty",
        hidden: int | None = None,
        critics: int | None = None,
        candidates: int = 32,
        warm_up: int = 50,
        noise_start: float = 0.3,
        noise_end: float = 0.02,
        noise_half_life: float = 200.0,
        actor_rate: float | None = None,
        critic_rate: float = 3e-3,
        tau: float = 0.01,
        delay: int = 2,
        minibatch: int = 64,
        updates: float | None = None,
        later_updates: float = 2.0,
        memory: int = 50_000,
    ) -> None:
        given = {"hidden": hidden, "critics": critics, "updates": updates}
        suited = _suited(head, actor_rate=actor_rate, **given)
        self.hidden, self.steps = suited["hidden"], steps
        self.rates = Rates(suited["actor_rate"], critic_rate, tau, delay)
        schedule = NoiseSchedule(warm_up, noise_start, noise_end, noise_half_life)
        n_critics, early = suited["critics"], suited["updates"]
        practice = Practice(schedule, candidates, n_critics, minibatch, early, later_updates, memory, reward)
        for name, value in (("steps", steps), ("hidden", self.hidden)):
            check_option(name, value, 1, np.inf, whole=True)
        self.watch = Watch(problem, steps=steps)
        super().__init__(problem, goals, practice, {**self.watch.columns, "previous": (), "step": ()})
        self.cell, components, is_flat = _cell(cell), self.watch.components, head == "mlp"
        self.states = DesignStates(self.replay, components, self.rewards_of, steps=steps, is_flat=is_flat)
        self.open: dict[int, int] = {}  # trial after which an episode goes on -> its row

    def _notes(self, n: int) -> list[dict[str, Any]]:
        """Open episodes go on, oldest first; then new ones begin."""
        after: list[int | None] = [*sorted(self.open)[:n]]
        return [{"after": one} for one in after + [None] * (n - len(after))]

    def _states(self, notes: Sequence[Mapping[str, Any]]) -> Floats:
        if self.steps == 1:
            return self.states.of(np.array([-1]))
        return self.states.of(np.array([-1 if note["after"] is None else self.open[note["after"]] for note in notes]))

    def _row(self, trial: Trial) -> dict[str, Any]:
        hint = trial.hint or {}
        previous = self.open.pop(hint.get("after", -1), -1)
        step = 0 if previous < 0 else int(self.replay.column("step", np.array([previous]))[0]) + 1
        if "seed" in hint and step + 1 < self.steps:
            self.open[trial.number] = self.replay.added
        return {**self.watch.of(trial), "previous": previous, "step": step}

    def _heard(self, trials: Sequence[Trial]) -> None:
        self.states.refresh()

    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        from archwright.learning.actor_critic import ActorCritic
        from archwright.learning.networks import MlpActor, MlpCritic
        from archwright.learning.seeding import seeded
        from archwright.learning.sequence import SequenceActor, SequenceCritic

        width, hidden, cell, n_critics = self.states.width, self.hidden, self.cell, self.practice.critics
        n, entries = self.space.horizon, self.states.components.entries
        if self.states.is_flat:
            flat = seeded(lambda: MlpActor(width, n, hidden), rng)
            critics = [seeded(lambda: MlpCritic(width, n, hidden), rng) for _ in range(n_critics)]
            return ActorCritic(flat, critics, self.rates, has_targets=self.steps > 1)
        actor = seeded(lambda: SequenceActor(width, entries, hidden, cell=cell), rng)
        readers = [seeded(lambda: SequenceCritic(width, entries, hidden, cell=cell), rng) for _ in range(n_critics)]
        return ActorCritic(actor, readers, self.rates, has_targets=self.steps > 1)

    def rewards(self, rows: Integers) -> Floats:
        """What the trials in `rows` of the replay added to the worth of the trial before them."""
        previous = self.replay.column("previous", rows).astype(np.int64)
        return self.states.worth(rows) - self.states.worth(previous)

    def _experience(self, rows: Integers) -> Experience:
        actions, rewards = self.actions(rows), self.rewards(rows)
        if self.steps == 1:
            return Experience(self.states.of(np.array([-1])), actions, rewards)
        before = self.states.of(self.replay.column("previous", rows).astype(np.int64))
        is_last = self.replay.column("step", rows) + 1 >= self.steps
        return Experience(before, actions, rewards, self.states.of(rows), is_last.astype(float))

    def _extra(self) -> dict[str, Any]:
        return {"open": self.open}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.open = dict(state["open"])
        self.states.refresh()


def _suited(head: str, **given: float | None) -> dict[str, Any]:
    """What was given, and what suits the head where nothing was."""
    usual = HEADS[check_name("head", head, HEADS)]
    return usual | {name: value for name, value in given.items() if value is not None}


def _cell(name: str) -> str:
    from archwright.learning.sequence import CELLS

    return check_name("cell", name, CELLS)
