"""GCN-RL: DDPG over the graph of components, whose policy can be carried to another technology or circuit.

Paper: Wang, Wang, Yang, Shen, Sun, Lee, Han, "GCN-RL Circuit Designer: Transferable Transistor Sizing with Graph Neural
Networks and Reinforcement Learning", DAC 2020, arXiv:2005.00406. Every design is an episode of one step: the actor
reads the state (index, type, technology features) of every component, mixes it along the wires with graph convolutions
and writes sizes with a layer per type of component; the critic reads states and sizes the same way. Weights are shared
by all components, so a trained policy fits another circuit.

    A = truncated normal around mu(S);   critic: Q(S, A) -> R - B, B a moving average;   actor: climb Q(S, mu(S))

A parameter owned by several components (a matching group) takes the mean of what they want, then its grid: the replay
holds the design as refined.

What differs from the paper:

- Rewards are normal scores of the trials' ranks by default; `reward="score"` takes the scores, standardised. Designs
  that miss a specification are ranked by how far they miss it, where the paper gives all of them -1.
- Graph convolutions are residual by default (`residual=False`: the paper's), else seven layers make like components
  alike; widths and rates are ours, the paper's are not published.
- All states are the same in every trial, so the actor's gradient is computed once per update, not once per sample.

`aggregate=False` is the paper's ablation NG-RL: no component sees another. `index="scalar"` makes weights independent
of the number of components; `weights` and `initial_weights` carry them over.

    archwright run PROBLEM --with gcn_ddpg --trials 10000
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import decode_many, encode_many
from archwright.core.trial import Proposal, Trial
from archwright.learning.actor_critic import ActorCritic, Rates, Transitions
from archwright.learning.blobs import pack, unpack
from archwright.learning.components import graph_of
from archwright.learning.exploration import NoiseSchedule, truncated_normal
from archwright.learning.graph_convolution import GraphActor, GraphCritic, Wiring
from archwright.learning.replay import Floats, Replay
from archwright.learning.rewards import REWARDS, merit_of
from archwright.learning.seeding import one_thread, seeded, told_rng
from archwright.learning.transfer import StateLayout, take_over
from archwright.optimizers.keyed import check_option

AT_A_TIME = 32
"""Updates whose minibatches are put together at once."""
BASELINE_DECAY = 0.95
"""Share of the moving average of rewards that one more trial leaves."""


class GcnDdpg:
    """An actor-critic over a component graph, one design per episode.

    Args:
        problem: what is searched; its components must be joined by edges.
        goals: say what a design that misses a constraint is worth.
        index: how a state names its component: `one-hot` or `scalar`.
        aggregate: False cuts the edges (the paper's ablation).
        n_layers: graph convolutions in actor and critic.
        residual: each convolution adds to its input.
        reward: `penalty`, `rank` or `score`.
        hidden: width of all layers.
        warm_up: random designs first, >= 1.
        noise_start: standard deviation of the exploration after the warm-up, in half ranges.
        noise_end: the floor it decays to.
        noise_half_life: trials in which it halves.
        actor_rate: step of Adam for the actor.
        critic_rate: step of Adam for the critic.
        minibatch: trials per update.
        updates: updates per trial; less than 1 is possible.
        memory: trials that the replay keeps.
        initial_weights: what `weights` gave for this or another problem, or a file with it.

    Raises:
        SpecError: the problem has no component graph, an option is out of its range, the weights do not fit.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(3)
        >>> parts = {"left": ["x1"], "middle": ["x2"], "right": ["x3"]}
        >>> problem.space = problem.space.with_graph(parts, [("left", "middle"), ("middle", "right")])
        >>> gcn = GcnDdpg(problem, Goals(problem.goals), warm_up=16)
        >>> len(gcn.ask(8, np.random.default_rng(0)))
        8
    """

    batch = 8

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        index: str = "one-hot",
        aggregate: bool = True,
        n_layers: int = 7,
        residual: bool = True,
        reward: str = "penalty",
        hidden: int = 64,
        warm_up: int = 50,
        noise_start: float = 0.3,
        noise_end: float = 0.02,
        noise_half_life: float = 200.0,
        actor_rate: float = 1e-3,
        critic_rate: float = 1e-3,
        minibatch: int = 64,
        updates: float = 4.0,
        memory: int = 50_000,
        initial_weights: str | Path | bytes | None = None,
    ) -> None:
        for name, value in (("n_layers", n_layers), ("hidden", hidden), ("minibatch", minibatch)):
            check_option(name, value, 1, np.inf, whole=True)
        check_option("updates", updates, 0, np.inf)
        self.space, self.goals, components = problem.space, goals, graph_of(problem, method="gcn_ddpg")
        self.layout, self.wiring = StateLayout.of(components, index), Wiring(components, aggregate=aggregate)
        self.state = torch.tensor(components.states(index=index), dtype=torch.float32)
        self.hidden, self.n_layers, self.residual = hidden, n_layers, residual
        self.rewards_of = REWARDS[check_name("reward", reward, REWARDS)]
        self.schedule = NoiseSchedule(warm_up, noise_start, noise_end, noise_half_life)
        self.rates, self.minibatch, self.updates = Rates(actor_rate, critic_rate), minibatch, updates
        self.replay = Replay(memory, {"keys": (self.space.horizon,), "violation": (), "merit": ()})
        self.n_told, self.n_updates, self.baseline = 0, 0, 0.0
        self.learner: ActorCritic | None = None
        self.initial = None if initial_weights is None else read_weights(initial_weights)
        self._new_learner(np.random.default_rng(0))  # refuses weights that do not fit, before any trial

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs during the warm-up, then designs around the actor's."""
        seed = int(rng.integers(2**31))
        actions = rng.uniform(-1.0, 1.0, (n, self.space.horizon))
        positions = range(self.n_told, self.n_told + n)
        is_guided = np.array([self.learner is not None and not self.schedule.is_random(at) for at in positions])
        if is_guided.any():
            sigmas = np.array([[self.schedule.sigma(at)] for at in positions])
            mean = np.broadcast_to(self.policy(), actions.shape)
            actions[is_guided] = truncated_normal(mean, sigmas, rng)[is_guided]
        return [Proposal(design, {"seed": seed}) for design in decode_many(self.space, (actions + 1.0) / 2.0)]

    def policy(self) -> Floats:
        """What the actor does, without noise: `(horizon,)` in [-1, 1]; needs a finished warm-up."""
        assert self.learner is not None
        with one_thread(), torch.no_grad():
            return np.asarray(self.learner.actor(self.state)[0], dtype=float)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials; once the warm-up is over, make the updates that are due."""
        for trial, keys in zip(trials, encode_many(self.space, [t.design for t in trials]), strict=True):
            self.replay.add(keys=keys, violation=trial.violation, merit=merit_of(trial, self.goals))
        self.n_told += len(trials)
        rewards = self.rewards()
        for reward in rewards[-len(trials) :].tolist():
            self.baseline += (1.0 - BASELINE_DECAY) * (reward - self.baseline)
        due = int(self.updates * self.n_told) - self.n_updates
        if self.schedule.is_random(self.n_told) or due <= 0:
            return
        rng = told_rng(trials)
        with one_thread():
            if self.learner is None:
                self.learner = self._new_learner(rng)
            for first in range(0, due, AT_A_TIME):
                self._learn(self.learner, rewards, min(AT_A_TIME, due - first), rng)

    def rewards(self) -> Floats:
        """Reward of every trial in memory, oldest first."""
        alive = self.replay.alive()
        return self.rewards_of(self.replay.column("violation", alive), self.replay.column("merit", alive))

    def _learn(self, learner: ActorCritic, rewards: Floats, n_updates: int, rng: np.random.Generator) -> None:
        rows = self.replay.sample((n_updates, self.minibatch), rng)
        actions = torch.tensor(2.0 * self.replay.column("keys", rows) - 1.0, dtype=torch.float32)
        returns = rewards[rows - (self.replay.added - len(self.replay))] - self.baseline
        for some, each in zip(actions, torch.tensor(returns, dtype=torch.float32), strict=True):
            learner.update(Transitions(self.state, some, each))
        self.n_updates += n_updates

    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        shape = (self.state.shape[1], self.wiring, self.hidden, self.n_layers)
        actor = seeded(lambda: GraphActor(*shape, residual=self.residual), rng)
        critic = seeded(lambda: GraphCritic(*shape, residual=self.residual), rng)
        if self.initial is not None:
            theirs = StateLayout.from_plain(self.initial["layout"])
            take_over(actor, self.layout, self.initial["actor"], theirs)
            take_over(critic, self.layout, self.initial["critic"], theirs)
        return ActorCritic(actor, critic, self.rates, has_targets=False)

    def weights(self) -> bytes:
        """The weights of actor and critic, to start another problem's search from; write them to a file at will.

        Raises:
            SpecError: nothing is learned yet, because the warm-up is not over.
        """
        if self.learner is None:
            raise SpecError(
                "weights", f"{self.n_told} trials told", f"more than the warm-up of {self.schedule.warm_up}"
            )
        networks = {"actor": self.learner.actor.state_dict(), "critic": self.learner.critic.state_dict()}
        return pack({"layout": self.layout.as_plain(), **networks})

    def save(self) -> bytes:
        """The networks, their optimizers and the replay."""
        learner = None if self.learner is None else self.learner.state()
        counts = {"told": self.n_told, "updates": self.n_updates, "baseline": self.baseline}
        return pack({**counts, "replay": self.replay.state(), "learner": learner})

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        state = unpack(blob)
        self.n_told, self.n_updates, self.baseline = state["told"], state["updates"], state["baseline"]
        self.replay.restore(state["replay"])
        self.learner = None
        if state["learner"] is not None:
            self.learner = self._new_learner(np.random.default_rng(0))
            self.learner.restore(state["learner"])


def read_weights(source: str | Path | bytes) -> dict[str, Any]:
    """The weights that `GcnDdpg.weights` gave, from bytes or from a file.

    Raises:
        SpecError: there is no such file, or it holds something else.
    """
    if not isinstance(source, bytes):
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise SpecError("initial_weights", str(source), f"a file that can be read; {error.strerror}") from error
    found = unpack(source, "initial_weights")
    if not {"layout", "actor", "critic"} <= set(found):
        raise SpecError("initial_weights", sorted(found), "weights that gcn_ddpg saved")
    return found
