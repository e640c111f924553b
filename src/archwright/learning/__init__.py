"""What methods and predictors share: networks, replay, exploration, rewards, component graphs, Gaussian processes.

The public names are imported on first use; most of them need torch (`pip install 'archwright[learn]'`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archwright.learning.actor_critic import ActorCritic, Transitions
    from archwright.learning.adam import Adam
    from archwright.learning.advantages import discounted_returns, generalised_advantages, standardised
    from archwright.learning.blobs import pack, unpack
    from archwright.learning.components import ComponentGraph, Components, components_of, graph_of, observed_features
    from archwright.learning.exploration import NoiseSchedule, truncated_normal
    from archwright.learning.gaussian_processes import GaussianProcesses, fit_gaussian_processes
    from archwright.learning.graph_convolution import (
        GraphActor,
        GraphConvolutions,
        GraphCritic,
        TypedLinear,
        Wiring,
        normalised_adjacency,
    )
    from archwright.learning.networks import Mlp, MlpActor, MlpCritic
    from archwright.learning.policies import FeedForwardPolicy, RecurrentPolicy
    from archwright.learning.policy_gradient import Lesson, PolicyLearner
    from archwright.learning.rates import Rates
    from archwright.learning.replay import Experience, Replay
    from archwright.learning.rewards import (
        merit_of,
        moving_baselines,
        penalty_rewards,
        rank_rewards,
        score_rewards,
        telescoping,
    )
    from archwright.learning.seeding import one_thread, seeded, told_rng, torch_generator
    from archwright.learning.sequence import Attention, SequenceActor, SequenceCritic
    from archwright.learning.soft_actor_critic import SoftActorCritic
    from archwright.learning.step_rewards import StepMeasure, StepWorth
    from archwright.learning.transfer import StateLayout, take_over
    from archwright.learning.walks import WalkLayout, Walks

_HOME = {
    "actor_critic": ("ActorCritic", "Transitions"),
    "adam": ("Adam",),
    "advantages": ("discounted_returns", "generalised_advantages", "standardised"),
    "blobs": ("pack", "unpack"),
    "components": ("ComponentGraph", "Components", "components_of", "graph_of", "observed_features"),
    "exploration": ("NoiseSchedule", "truncated_normal"),
    "gaussian_processes": ("GaussianProcesses", "fit_gaussian_processes"),
    "graph_convolution": (
        "GraphActor",
        "GraphConvolutions",
        "GraphCritic",
        "TypedLinear",
        "Wiring",
        "normalised_adjacency",
    ),
    "networks": ("Mlp", "MlpActor", "MlpCritic"),
    "policies": ("FeedForwardPolicy", "RecurrentPolicy"),
    "policy_gradient": ("Lesson", "PolicyLearner"),
    "posterior_samples": ("PosteriorSample", "sample_posterior"),
    "rates": ("Rates",),
    "replay": ("Experience", "Replay"),
    "rewards": ("merit_of", "moving_baselines", "penalty_rewards", "rank_rewards", "score_rewards", "telescoping"),
    "seeding": ("one_thread", "seeded", "told_rng", "torch_generator"),
    "sequence": ("Attention", "SequenceActor", "SequenceCritic"),
    "soft_actor_critic": ("SoftActorCritic",),
    "step_rewards": ("StepMeasure", "StepWorth"),
    "transfer": ("StateLayout", "take_over"),
    "walks": ("WalkLayout", "Walks"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "ActorCritic",
    "Adam",
    "Attention",
    "ComponentGraph",
    "Components",
    "Experience",
    "FeedForwardPolicy",
    "GaussianProcesses",
    "GraphActor",
    "GraphConvolutions",
    "GraphCritic",
    "Lesson",
    "Mlp",
    "MlpActor",
    "MlpCritic",
    "NoiseSchedule",
    "PolicyLearner",
    "PosteriorSample",
    "Rates",
    "RecurrentPolicy",
    "Replay",
    "SequenceActor",
    "SequenceCritic",
    "SoftActorCritic",
    "StateLayout",
    "StepMeasure",
    "StepWorth",
    "Transitions",
    "TypedLinear",
    "WalkLayout",
    "Walks",
    "Wiring",
    "components_of",
    "discounted_returns",
    "fit_gaussian_processes",
    "generalised_advantages",
    "graph_of",
    "merit_of",
    "moving_baselines",
    "normalised_adjacency",
    "observed_features",
    "one_thread",
    "pack",
    "penalty_rewards",
    "rank_rewards",
    "sample_posterior",
    "score_rewards",
    "seeded",
    "standardised",
    "take_over",
    "telescoping",
    "told_rng",
    "torch_generator",
    "truncated_normal",
    "unpack",
]


def __getattr__(name: str) -> Any:
    """Import the module behind a public name."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'archwright.learning' has no attribute {name!r}")
    return getattr(importlib.import_module(f"archwright.learning.{_MODULE_OF[name]}"), name)
