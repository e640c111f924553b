"""What agents with a policy and a value network share: feed-forward networks, and clipped steps along advantages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from archwright.learning.advantages import generalised_advantages, standardised
from archwright.learning.walks import Floats, Mask, WalkLayout
from archwright.optimizers.keyed import check_option
from archwright.optimizers.policy_agent import PolicyAgent, Told

if TYPE_CHECKING:
    from archwright.learning.policy_gradient import Lesson, PolicyLearner


@dataclass(frozen=True)
class ActorValue:
    """A feed-forward policy with a value network, and `epochs` clipped steps on every batch.

    Args:
        hidden: width of the two hidden layers of both networks.
        rate: step of Adam.
        trace: lambda of the advantages, 0 to 1.
        entropy_weight: reward for staying undecided, >= 0.
        epochs: steps on every batch, >= 1.
        width: how far the ratio of probabilities may move; infinite for plain policy gradients.
        clip: the longest gradient.

    Raises:
        SpecError: an option out of its range.
    """

    hidden: int
    rate: float
    trace: float
    entropy_weight: float
    epochs: int
    width: float
    clip: float

    def __post_init__(self) -> None:
        """Refuse what nothing can be learned with."""
        for name in ("hidden", "epochs"):
            check_option(name, getattr(self, name), 1, 100_000, whole=True)
        check_option("rate", self.rate, 1e-9, 1.0)
        check_option("trace", self.trace, 0.0, 1.0)
        for name in ("entropy_weight", "width", "clip"):
            check_option(name, getattr(self, name), 0.0, np.inf)

    def new_learner(self, layout: WalkLayout, rng: np.random.Generator) -> PolicyLearner:
        """Both networks, with weights drawn from `rng`."""
        from archwright.learning.networks import Mlp
        from archwright.learning.policies import FeedForwardPolicy
        from archwright.learning.policy_gradient import PolicyLearner
        from archwright.learning.seeding import seeded

        n_inputs = sum(layout.n_inputs)
        policy = seeded(lambda: FeedForwardPolicy(n_inputs, layout.n_slots, layout.width, self.hidden), rng)
        value = seeded(lambda: Mlp((n_inputs, self.hidden, self.hidden, 1), is_small=True), rng)
        return PolicyLearner(policy, value, self.rate, self.clip)

    def learn(self, agent: PolicyAgent, told: Told) -> None:
        """Take the steps on one batch of `agent`."""
        rewards, taken = agent.rewards(told.worth, told.order, agent.ranks.recent)
        lesson = agent.lesson(told.walks, told.order, rewards, taken)
        # A single walk with one reward at its end has nothing to be compared with but its value.
        is_comparable = len(told.walks) > 1 or agent.measure.is_stepwise
        self.improve(agent.learner, lesson, rewards, taken, agent.discount, is_comparable=is_comparable)

    def improve(
        self,
        learner: PolicyLearner,
        lesson: Lesson,
        rewards: Floats,
        taken: Mask,
        discount: float,
        *,
        is_comparable: bool = True,
    ) -> None:
        """Take the steps on one batch.

        Args:
            learner: policy and value network.
            lesson: the batch; its advantages are not read.
            rewards: (n, n_steps), 0 after the end of an episode.
            taken: (n, n_steps) the steps up to that end.
            discount: of later rewards, per step.
            is_comparable: whether the advantages of the batch are standardised.
        """
        import torch

        with torch.no_grad():
            before, _ = learner.judge(lesson)
            values = np.where(taken, learner.values(lesson.inputs).numpy(), 0.0)
        raw = generalised_advantages(rewards, values, discount, self.trace)
        counts = lesson.taken.numpy() > 0
        advantages = standardised(raw, counts) if is_comparable else raw * counts
        lesson = lesson._replace(advantages=torch.tensor(advantages, dtype=torch.float32))
        returns = torch.tensor(raw + values, dtype=torch.float32)
        for _ in range(self.epochs):
            learner.clipped(lesson, before, self.width, self.entropy_weight)
            learner.expect(lesson, returns)
