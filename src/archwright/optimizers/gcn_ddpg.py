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

- Rewards are normal scores of the trials' ranks by an exact penalty, where the paper gives -1 to every design that
  misses a specification; `reward="score"` takes scores as they are, standardised.
- Graph convolutions are residual by default (`residual=False`: the paper's), else seven layers make like components
  alike; widths and rates are ours, the paper's are not published.
- Matched components are one node from the start, which costs less and decides the same (`merge=False`: the paper's).
- Each design is the one that the critics value most of some draws around the actor's (`candidates=1`: the paper's).
- All states are the same in every trial, so the actor's gradient is computed once per update, not once per sample.

`aggregate=False` is the paper's ablation NG-RL: no component sees another. `index="scalar"` makes weights independent
of the number of components; `start_from` carries the weights of another study over, never its replay.

    archwright run PROBLEM --with gcn_ddpg --trials 10000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.core.trial import Trial
from archwright.learning.components import Components, graph_of
from archwright.learning.exploration import NoiseSchedule
from archwright.learning.rates import Rates
from archwright.learning.replay import Experience, Floats, Integers
from archwright.optimizers.agent import Agent, Practice
from archwright.optimizers.keyed import check_option

if TYPE_CHECKING:
    from archwright.learning.actor_critic import ActorCritic

BASELINE_DECAY = 0.95
"""Share of the moving average of rewards that one more trial leaves."""


class GcnDdpg(Agent):
    """An actor with critics over a component graph, one design per episode.

    Args:
        problem: what is searched; its components must be joined by edges.
        goals: say what a design that misses a constraint is worth.
        index: how a state names its component: `one-hot` or `scalar`.
        aggregate: False cuts the edges (the paper's ablation).
        merge: matched components are one node of the graph.
        n_layers: graph convolutions in actor and critic.
        residual: each convolution adds to its input.
        reward: `penalty`, `rank` or `score`.
        hidden: width of all layers.
        critics: how many.
        candidates: draws per design of which the critics choose one, >= 1.
        warm_up: random designs first, >= 1.
        noise_start: standard deviation of the exploration after the warm-up, in half ranges.
        noise_end: the floor it decays to.
        noise_half_life: trials in which it halves.
        actor_rate: step of Adam for the actor.
        critic_rate: step of Adam for the critics.
        delay: updates of the critics per update of the actor.
        minibatch: trials per update.
        updates: updates per trial up to trial 1,000; less than 1 is possible.
        later_updates: updates per trial beyond.
        memory: trials that the replay keeps.
        start_from: the weights to begin with: of a stored study as `STORE:NAME`, or what `weights` gave, or its file.

    Raises:
        SpecError: the problem has no component graph, an option is out of its range, the weights do not fit.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(3)
        >>> parts = {"left": ["x1"], "middle": ["x2"], "right": ["x3"]}
        >>> problem.space = problem.space.with_graph(parts, [("left", "middle"), ("middle", "right")])
        >>> gcn = GcnDdpg(problem, Goals(problem.goals), warm_up=16)
        >>> len(gcn.ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        index: str = "one-hot",
        aggregate: bool = True,
        merge: bool = True,
        n_layers: int = 7,
        residual: bool = True,
        reward: str = "penalty",
        hidden: int = 32,
        critics: int = 2,
        candidates: int = 32,
        warm_up: int = 50,
        noise_start: float = 0.3,
        noise_end: float = 0.02,
        noise_half_life: float = 200.0,
        actor_rate: float = 3e-4,
        critic_rate: float = 3e-3,
        delay: int = 1,
        minibatch: int = 64,
        updates: float = 8.0,
        later_updates: float = 1.5,
        memory: int = 50_000,
        start_from: str | Path | bytes | None = None,
    ) -> None:
        for name, value in (("n_layers", n_layers), ("hidden", hidden)):
            check_option(name, value, 1, np.inf, whole=True)
        self.hidden, self.n_layers, self.residual = hidden, n_layers, residual
        self.rates = Rates(actor_rate, critic_rate, delay=delay)
        schedule = NoiseSchedule(warm_up, noise_start, noise_end, noise_half_life)
        practice = Practice(schedule, candidates, critics, minibatch, updates, later_updates, memory, reward)
        components = graph_of(problem, method="gcn_ddpg")
        super().__init__(problem, goals, practice, {})
        self._read(components.merged() if merge else components, index, aggregate=aggregate)
        self.baseline, self.rewards = 0.0, np.zeros(0)
        self.source = None if start_from is None else read_weights(start_from)
        self._new_learner(np.random.default_rng(0))  # refuses weights that do not fit, before any trial

    def _read(self, components: Components, index: str, *, aggregate: bool) -> None:
        from archwright.learning.graph_convolution import Wiring
        from archwright.learning.transfer import StateLayout

        self.layout, self.wiring = StateLayout.of(components, index), Wiring(components, aggregate=aggregate)
        self.state = components.states(index=index)

    def _states(self, notes: Sequence[Mapping[str, Any]]) -> Floats:
        return self.state

    def policy(self) -> Floats:
        """What the actor does, without noise: `(horizon,)` in [-1, 1]; needs a finished warm-up."""
        assert self.learner is not None
        found: Floats = self.learner.policy(self.state)[0]
        return found

    def _heard(self, trials: Sequence[Trial]) -> None:
        self.rewards = self.worths()
        for reward in self.rewards[-len(trials) :].tolist():
            self.baseline += (1.0 - BASELINE_DECAY) * (reward - self.baseline)

    def _experience(self, rows: Integers) -> Experience:
        rewards = self.rewards[rows - (self.replay.added - len(self.replay))]
        return Experience(self.state, self.actions(rows), rewards - self.baseline)

    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        from archwright.learning.actor_critic import ActorCritic
        from archwright.learning.graph_convolution import GraphActor, GraphCritic
        from archwright.learning.seeding import seeded
        from archwright.learning.transfer import StateLayout, take_over

        shape, residual = (self.state.shape[1], self.wiring, self.hidden, self.n_layers), self.residual
        actor = seeded(lambda: GraphActor(*shape, residual=residual), rng)
        n_critics = self.practice.critics
        critics = [seeded(lambda: GraphCritic(*shape, residual=residual), rng) for _ in range(n_critics)]
        if self.source is not None:
            theirs = StateLayout.from_plain(self.source["layout"])
            take_over(actor, self.layout, self.source["actor"], theirs)
            for critic, weights in zip(critics, self.source["critics"], strict=False):
                take_over(critic, self.layout, weights, theirs)
        return ActorCritic(actor, critics, self.rates, has_targets=False)

    def weights(self) -> bytes:
        """The weights of actor and critics, to start another problem's search from; write them to a file at will.

        Raises:
            SpecError: nothing is learned yet, because the warm-up is not over.
        """
        from archwright.learning.blobs import pack

        if self.learner is None:
            warm_up = self.practice.schedule.warm_up
            raise SpecError("weights", f"{self.n_told} trials told", f"more than the warm-up of {warm_up}")
        critics = [critic.state_dict() for critic in self.learner.critics]
        return pack({"layout": self.layout.as_plain(), "actor": self.learner.actor.state_dict(), "critics": critics})

    def _extra(self) -> dict[str, Any]:
        return {"baseline": self.baseline}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.baseline, self.rewards = state["baseline"], self.worths()


def read_weights(source: str | Path | bytes) -> dict[str, Any]:
    """The weights that `GcnDdpg.weights` gave, from bytes, from a file, or of the study at `STORE:NAME`.

    Raises:
        SpecError: there is no such file or study, or it holds something else.
        StoreError: the store cannot be read.
    """
    from archwright.learning.blobs import unpack

    found = unpack(source if isinstance(source, bytes) else _stored(str(source)), "start_from")
    if not {"layout", "actor", "critics"} <= set(found):
        raise SpecError("start_from", sorted(found), "weights that gcn_ddpg saved")
    return found


def _stored(place: str) -> bytes:
    store, _, name = place.rpartition(":")
    if store and not Path(place).exists():
        return _of_study(store, name)
    try:
        return Path(place).read_bytes()
    except OSError as error:
        allowed = f"STORE:NAME of a study, or a file that can be read; {error.strerror}"
        raise SpecError("start_from", place, allowed) from error


def _of_study(place: str, name: str) -> bytes:
    with Store.open(place, read_only=True, create=False) as store:
        specs = {spec.name: spec for _, spec in store.studies()}
        spec = specs[check_name("start_from", name, specs)]
        study = Study.open(
            store, name, spec.problem, spec.optimizer, spec.goals, seed=spec.seed, batch=spec.batch,
            options=spec.options,
        )  # fmt: skip
        taught = study.optimizer()
    if not isinstance(taught, GcnDdpg):
        raise SpecError("start_from", f"a study with {spec.optimizer}", "one with gcn_ddpg")
    return taught.weights()
