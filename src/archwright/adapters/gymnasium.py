"""Any problem as a Gymnasium environment: an episode builds one design, decision by decision, and is paid its score.

The action space is `Discrete` where every decision is a choice; `info["action_mask"]` then says which are legal, in
the form that `Discrete.sample(mask)` takes. Where some decision asks for a number, an action is one key in [0, 1],
which means a legal number or choice whatever its value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import gymnasium
import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Problem
from archwright.core.space import Decision, Draft, Pick, Value
from archwright.core.trial import judge

OPEN = -1.0
"""What the observation holds for a decision that is not made yet."""

PROBES = 32
"""Random designs built once to see how wide the choices are."""

Array = np.ndarray[Any, np.dtype[np.float32]]
Step = tuple[Array, float, bool, bool, dict[str, Any]]


class DraftEnv(gymnasium.Env):  # type: ignore[misc]  # gymnasium's classes are seen untyped
    """The draft view of a problem as a `gymnasium.Env`.

    The observation is `(horizon + 1,)` float32: every decision so far as its key in [0, 1], `OPEN` where none is made,
    and at last the share of decisions made. The reward is 0 until the design is complete, then its score. `info` of
    the last step holds the design, its metrics, violation and score, or the reason why there are none.

    Args:
        problem: any.
        goals: texts or goals; the problem's own by default.
        n_actions: the width of `Discrete`; found by building random designs where it is None. 0 asks for keys.
        failure_reward: paid for a design that is infeasible or failed, and for an illegal action, which ends the
            episode.

    Raises:
        SpecError: a goal or `n_actions` makes no sense.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> env = DraftEnv(Sphere(2))
        >>> _ = env.reset(seed=0)
        >>> _ = env.step(np.array([0.5], np.float32))
        >>> env.step(np.array([0.75], np.float32))[1]
        -6.25
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}

    def __init__(
        self,
        problem: Problem,
        goals: Iterable[Goal | str] | None = None,
        *,
        n_actions: int | None = None,
        failure_reward: float = -10.0,
    ) -> None:
        self.problem = problem
        self.goals = Goals.read(problem.goals if goals is None else goals, problem.metrics)
        self.failure_reward = failure_reward
        self.n_actions = _widest_choice(problem) if n_actions is None else _checked(n_actions)
        horizon = problem.space.horizon
        low = np.append(np.full(horizon, OPEN), 0.0).astype(np.float32)
        self.observation_space = gymnasium.spaces.Box(low, np.ones(horizon + 1, np.float32))
        self.action_space: Any = gymnasium.spaces.Box(0.0, 1.0, (1,))
        if self.n_actions:
            self.action_space = gymnasium.spaces.Discrete(self.n_actions)
        self._draft: Draft | None = None
        self._keys: list[float] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """Begin a new design; there are no `options`."""
        super().reset(seed=seed)
        self._draft, self._keys = self.problem.space.start(), []
        return self._observation(), self._info(self._draft.next())

    def step(self, action: Any) -> Step:
        """Make the next decision.

        Args:
            action: an index (`Discrete`) or one key (`Box`).

        Raises:
            SpecError: the episode is over, or a choice is wider than `n_actions`.
        """
        decision = None if self._draft is None else self._draft.next()
        if self._draft is None or decision is None:
            raise SpecError("step", "a step after the end", "reset() first")
        value = self._value(decision, action)
        if not decision.allows(value):
            self._draft = None
            return self._observation(), self.failure_reward, True, False, {**self._info(None), "is_illegal": True}
        self._keys.append(decision.key(value))
        self._draft = self._draft.choose(value)
        following = self._draft.next()
        if following is not None:
            return self._observation(), 0.0, False, False, self._info(following)
        reward, result = self._judge(self._draft)
        return self._observation(), reward, True, False, {**self._info(None), **result}

    def _value(self, decision: Decision, action: Any) -> Value:
        if not self.n_actions:
            return decision.at(float(np.asarray(action, dtype=np.float64).reshape(-1)[0]))
        self._refuse_wider(decision)
        return int(action)

    def _refuse_wider(self, decision: Decision) -> None:
        if not isinstance(decision, Pick):
            raise SpecError("n_actions", self.n_actions, "0: this problem asks for a number, so actions must be keys")
        if len(decision.legal) > self.n_actions:
            raise SpecError("n_actions", self.n_actions, f"at least {len(decision.legal)}, for the widest choice")

    def _judge(self, draft: Draft) -> tuple[float, dict[str, Any]]:
        design = draft.design()
        outcome = self.problem.evaluate([design], rng=self.np_random)[0]
        trial = judge(0, design, outcome, self.goals, seconds=0.0, attempts=1)
        is_done = trial.state == "done"
        result = {"design": design, "state": trial.state, "metrics": dict(trial.metrics), "reason": trial.reason}
        return trial.score if is_done else self.failure_reward, {
            **result,
            "violation": trial.violation,
            "score": trial.score,
        }

    def _observation(self) -> Array:
        horizon = self.problem.space.horizon
        seen = np.full(horizon + 1, OPEN, dtype=np.float32)
        seen[: len(self._keys)] = self._keys
        seen[-1] = len(self._keys) / horizon
        return seen

    def _info(self, decision: Decision | None) -> dict[str, Any]:
        if not self.n_actions:
            return {}
        mask = np.zeros(self.n_actions, dtype=np.int8)
        if decision is not None:
            self._refuse_wider(decision)
            assert isinstance(decision, Pick)
            mask[: len(decision.legal)] = decision.legal
        return {"action_mask": mask}


def _widest_choice(problem: Problem) -> int:
    """The widest choice of some random designs; 0 when one of them asks for a number."""
    rng, widest = np.random.default_rng(0), 1
    for _ in range(PROBES):
        draft = problem.space.start()
        while (decision := draft.next()) is not None:
            if not isinstance(decision, Pick):
                return 0
            widest = max(widest, len(decision.legal))
            draft = draft.choose(decision.at(float(rng.random())))
    return widest


def _checked(n_actions: int) -> int:
    if not isinstance(n_actions, int) or isinstance(n_actions, bool) or n_actions < 0:
        raise SpecError("n_actions", n_actions, "a whole number from 0, or None")
    return n_actions
