"""Any problem as a parallel PettingZoo environment: an agent per axis, one team reward.

In a step every agent decides its axis, the design that results is evaluated, and all agents get its score. They see the
same: the metrics of the last design. This is the game of Krishnan et al., "Multi-Agent Reinforcement Learning for
Microprocessor Design Space Exploration", arXiv:2211.16385, 2022, whose learners are `optimizers.multi_agent_ppo`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Box, Discrete
from pettingzoo import ParallelEnv

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Problem
from archwright.core.record import Record
from archwright.core.space import Pick, decode
from archwright.core.trial import judge

Array = np.ndarray[Any, np.dtype[np.float32]]


class TeamEnv(ParallelEnv):  # type: ignore[misc]  # pettingzoo's classes are seen untyped
    """The axes of a problem as the agents of a `pettingzoo.ParallelEnv`.

    An agent's action is an index where its axis is a choice of named parameters (`Discrete`), else a key in [0, 1]
    (`Box`). An observation is `(n_metrics + 1,)` float32: the metrics of the last design in the order of
    `problem.metrics` and 1.0, or zeros before the first and after one without an answer. `infos` hold the design, its
    metrics, violation and state.

    Args:
        problem: any.
        goals: texts or goals; the problem's own by default.
        designs: of an episode, >= 1; the published environment plays one.
        failure_reward: paid for a design that is infeasible or failed.

    Raises:
        SpecError: a goal or `designs` makes no sense.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> env = TeamEnv(Sphere(2))
        >>> _ = env.reset(seed=0)
        >>> env.step({"x1": np.array([0.5], np.float32), "x2": np.array([0.75], np.float32)})[1]
        {'x1': -6.25, 'x2': -6.25}
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "archwright_team_v0", "render_modes": []}

    def __init__(
        self,
        problem: Problem,
        goals: Iterable[Goal | str] | None = None,
        *,
        designs: int = 1,
        failure_reward: float = -10.0,
    ) -> None:
        if not isinstance(designs, int) or isinstance(designs, bool) or designs < 1:
            raise SpecError("designs", designs, "a whole number above 0")
        self.problem, self.designs, self.failure_reward = problem, designs, failure_reward
        self.goals = Goals.read(problem.goals if goals is None else goals, problem.metrics)
        self.possible_agents = list(problem.space.axes)
        self.agents: list[str] = []
        seen = Box(-np.inf, np.inf, (len(problem.metrics) + 1,), np.float32)
        self.observation_spaces = dict.fromkeys(self.possible_agents, seen)
        self.action_spaces = {name: self._actions(i) for i, name in enumerate(self.possible_agents)}
        self._rng = np.random.default_rng()
        self._played = 0

    def _actions(self, position: int) -> Any:
        space = self.problem.space
        decision = space.decision(position) if isinstance(space, Record) else None
        return Discrete(len(decision.legal)) if isinstance(decision, Pick) else Box(0.0, 1.0, (1,), np.float32)

    def observation_space(self, agent: str) -> Any:
        """What an agent sees."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        """What an agent may do."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
        """Begin a new episode; there are no `options`."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents, self._played = list(self.possible_agents), 0
        return self._for_all(self._seen({})), self._for_all({})

    def step(self, actions: Mapping[str, Any]) -> tuple[Any, Any, Any, Any, Any]:
        """Evaluate the design that the agents decide.

        Args:
            actions: by agent.

        Returns:
            Observations, rewards, terminations, truncations and infos, by agent.

        Raises:
            SpecError: the episode is over, or an agent's action is missing.
        """
        if not self.agents:
            raise SpecError("step", "a step after the end", "reset() first")
        missing = [agent for agent in self.agents if agent not in actions]
        if missing:
            raise SpecError("actions", sorted(actions), f"one of every agent; {missing[0]} is missing")
        design = decode(self.problem.space, [self._key(agent, actions[agent]) for agent in self.agents])
        outcome = self.problem.evaluate([design], rng=self._rng)[0]
        trial = judge(0, design, outcome, self.goals, seconds=0.0, attempts=1)
        self._played += 1
        is_over = self._played >= self.designs
        reward = trial.score if trial.state == "done" else self.failure_reward
        told = {"design": design, "state": trial.state, "metrics": dict(trial.metrics), "violation": trial.violation}
        shared = (self._seen(trial.metrics), reward, is_over, False, told)
        answer = tuple(self._for_all(one) for one in shared)
        self.agents = [] if is_over else self.agents
        return answer[0], answer[1], answer[2], answer[3], answer[4]

    def _key(self, agent: str, action: Any) -> float:
        actions = self.action_spaces[agent]
        if isinstance(actions, Discrete):
            return (int(action) + 0.5) / int(actions.n)
        return float(np.asarray(action, dtype=np.float64).reshape(-1)[0])

    def _seen(self, metrics: Mapping[str, float]) -> Array:
        values = [metrics.get(name, 0.0) for name in self.problem.metrics]
        return np.array([*values, float(bool(metrics))], dtype=np.float32)

    def _for_all(self, one: Any) -> dict[str, Any]:
        return {agent: one.copy() if isinstance(one, dict | np.ndarray) else one for agent in self.agents}
