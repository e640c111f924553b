"""DDPG that decides one thing after another: AMC's agent, which walks through a network layer by layer.

Paper: He, Lin, Liu, Wang, Li, Han, "AMC: AutoML for Model Compression and Acceleration on Mobile Devices", ECCV 2018,
arXiv:1802.03494. One actor makes all decisions of a design in turn. What it sees is the decision's own row of what the
problem shows of the draft (for a layer: sizes, cost, cost removed so far, cost still to come), and its last action. The
score of the finished design is the reward of every decision that led to it.

    critic: Q(s_t, a_t) -> reward - b + Q'(s_(t+1), mu'(s_(t+1))),   b: moving average of the rewards in minibatches

Networks, rates, noise, replay and updates are the paper's: two hidden layers of 300, 1e-4 and 1e-3, truncated normal
noise of half the range that falls by 5 % a design after 100 random ones, an update per decision. What differs:

- Rewards are standardised (`reward="score"`), so that one setting serves any unit.
- Noise has a floor (`noise_end`), and doubles for a design that the replay holds already, up to six times: an actor
  that repeats itself learns nothing more.
- Minibatches hold every decision equally often, and the replay holds actions as the design was rounded.
- Any space will do: where a problem shows nothing of its drafts, the actor sees how far it is, and its last action.

    archwright run PROBLEM --with ddpg_walk --trials 800
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Observable, Problem
from archwright.core.space import Draft, Keys, decode_many, encode_many
from archwright.core.trial import Trial
from archwright.learning.exploration import NoiseSchedule
from archwright.learning.rates import Rates
from archwright.learning.replay import Experience, Floats, Integers
from archwright.learning.rewards import moving_baselines
from archwright.optimizers.agent import Agent, Practice
from archwright.optimizers.keyed import check_option

if TYPE_CHECKING:
    from archwright.learning.actor_critic import ActorCritic


REDRAWS = 6
"""How often a design that is known is drawn again, each time with twice the noise."""


class DdpgWalk(Agent):
    """An actor that makes the decisions of a design in turn, with a critic of single decisions.

    Args:
        problem: what is searched.
        goals: say what a design that misses a constraint is worth.
        reward: `score`, `penalty` or `rank`.
        hidden: width of the two hidden layers.
        critics: how many.
        candidates: draws per decision of which the critics choose one, >= 1; 1 is plain noise.
        warm_up: random designs first, >= 1.
        noise_start: standard deviation of the exploration after the warm-up, in half ranges.
        noise_end: the floor it decays to.
        noise_half_life: designs in which it halves; 13.5 takes off 5 % a design.
        actor_rate: step of Adam for the actor.
        critic_rate: step of Adam for the critics.
        tau: how fast the slow copies follow.
        smoothing: share of a minibatch's mean reward in the moving baseline, 0 to 1.
        minibatch: decisions per update.
        updates: updates per design; by default one per decision.
        memory: designs that the replay keeps.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(DdpgWalk(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    batch = 1

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        reward: str = "score",
        hidden: int = 300,
        critics: int = 1,
        candidates: int = 1,
        warm_up: int = 100,
        noise_start: float = 1.0,
        noise_end: float = 0.05,
        noise_half_life: float = 13.5,
        actor_rate: float = 1e-4,
        critic_rate: float = 1e-3,
        tau: float = 0.01,
        smoothing: float = 0.5,
        minibatch: int = 64,
        updates: float | None = None,
        memory: int = 100,
    ) -> None:
        horizon = problem.space.horizon
        self.hidden, self.smoothing = hidden, smoothing
        self.rates = Rates(actor_rate, critic_rate, tau, 1)
        check_option("hidden", hidden, 1, np.inf, whole=True)
        check_option("smoothing", smoothing, 0.0, 1.0)
        each = float(horizon) if updates is None else updates
        schedule = NoiseSchedule(warm_up, noise_start, noise_end, noise_half_life)
        practice = Practice(schedule, candidates, critics, minibatch, each, each, memory, reward)
        self.walks = WalkStates(problem)
        super().__init__(problem, goals, practice, {"states": (horizon, self.walks.width), "length": ()})
        self.baseline: float | None = None
        self.worth_of_rows = np.empty(0)

    def _guided(
        self, learner: ActorCritic, notes: Sequence[Mapping[str, Any]], sigmas: Floats, rng: np.random.Generator
    ) -> Floats:
        actions = self._walked(learner, sigmas, rng)
        for _ in range(REDRAWS):
            again = np.flatnonzero(self._is_known(actions))
            if not len(again):
                break
            sigmas = np.where(np.isin(np.arange(len(sigmas)), again), 2.0 * sigmas, sigmas)
            actions[again] = self._walked(learner, sigmas[again], rng)
        return actions

    def _is_known(self, actions: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which designs, as they are rounded, the replay holds already."""
        keys = encode_many(self.space, decode_many(self.space, (actions + 1.0) / 2.0))
        seen = self.replay.column("keys", self.replay.alive())
        is_same = np.abs(keys[:, None] - seen[None]).max(axis=2) < 1e-9
        return np.asarray(np.any(is_same, axis=1))

    def _walked(self, learner: ActorCritic, sigmas: Floats, rng: np.random.Generator) -> Floats:
        drafts = [self.space.start() for _ in sigmas]
        actions = np.zeros((len(sigmas), self.space.horizon))
        for step in range(self.space.horizon):
            states = np.array([self.walks.state(*one) for one in zip(drafts, actions[:, :step], strict=True)])
            actions[:, step] = learner.explore(states, sigmas, self.practice.candidates, rng)[:, 0]
            drafts = [_chosen(draft, action) for draft, action in zip(drafts, actions[:, step], strict=True)]
        return actions

    def _states(self, notes: Sequence[Mapping[str, Any]]) -> Floats:
        """The state in which every design begins."""
        return self.walks.state(self.space.start(), np.empty(0))[None]

    def _row(self, trial: Trial) -> dict[str, Any]:
        states = self.walks.of(trial.design)
        padded = np.zeros((self.space.horizon, self.walks.width))
        padded[: len(states)] = states
        return {"states": padded, "length": len(states)}

    def _heard(self, trials: Sequence[Trial]) -> None:
        self.worth_of_rows = self.worths()

    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        from archwright.learning.actor_critic import ActorCritic
        from archwright.learning.networks import MlpActor, MlpCritic
        from archwright.learning.seeding import seeded

        width, hidden = self.walks.width, self.hidden
        actor = seeded(lambda: MlpActor(width, 1, hidden), rng)
        n_critics = self.practice.critics
        critics = [seeded(lambda: MlpCritic(width, 1, hidden, is_normed=False), rng) for _ in range(n_critics)]
        return ActorCritic(actor, critics, self.rates, has_targets=True)

    def _experience(self, rows: Integers) -> Experience:
        """The k-th row gives its k-th decision, counted round and round."""
        length = self.replay.column("length", rows).astype(np.int64)
        step = np.arange(len(rows)) % length
        states, at = self.replay.column("states", rows), np.arange(len(rows))
        following = states[at, np.minimum(step + 1, self.space.horizon - 1)]
        rewards = self.worth_of_rows[rows - (self.replay.added - len(self.replay))]
        baselines = moving_baselines(rewards, self.practice.minibatch, self.smoothing, self.baseline)
        self.baseline = float(baselines[-1])
        is_last = (step + 1 >= length).astype(float)
        return Experience(
            states[at, step], self.actions(rows)[at, step][:, None], rewards - baselines, following, is_last
        )

    def _extra(self) -> dict[str, Any]:
        return {"baseline": self.baseline}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.baseline = state["baseline"]
        self.worth_of_rows = self.worths()


class WalkStates:
    """The states that a walk through the drafts of a problem passes.

    Args:
        problem: shows a row per decision if it is `Observable` with as many nodes as decisions.
    """

    def __init__(self, problem: Problem) -> None:
        self.space, self.seen = problem.space, None
        if isinstance(problem, Observable) and len(problem.observe(self.space.start()).nodes) == self.space.horizon:
            self.seen = problem
        self.width = len(self.state(self.space.start(), np.empty(0)))

    def state(self, draft: Draft, actions: Floats) -> Floats:
        """What is seen of a draft after `actions`, each in [-1, 1]: the next decision's row, and the last action."""
        last = actions[-1] if len(actions) else 1.0
        if self.seen is None:
            return np.array([len(actions) / self.space.horizon, last, actions.mean() if len(actions) else 0.0])
        return np.append(self.seen.observe(draft).nodes[len(actions)], last)

    def of(self, design: Any) -> Floats:
        """States `(n_decisions, width)` in which the decisions of a design are made."""
        keys: Keys = encode_many(self.space, [design])[0]
        draft, states = self.space.start(), []
        for step, value in enumerate(self.space.choices(design)):
            states.append(self.state(draft, 2.0 * keys[:step] - 1.0))
            draft = draft.choose(value)
        return np.array(states)


def _chosen(draft: Draft, action: float) -> Draft:
    decision = draft.next()
    return draft if decision is None else draft.choose(decision.at((action + 1.0) / 2.0))
