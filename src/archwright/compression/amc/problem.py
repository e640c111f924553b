"""AMC's problem: how much of every layer stays, so that a network under a hard budget loses the least accuracy.

Paper: He, Lin, Liu, Wang, Li, Han, "AMC: AutoML for Model Compression and Acceleration on Mobile Devices", ECCV 2018,
arXiv:1802.03494. Layer by layer a share of the input channels is chosen to stay; a wall keeps the whole within the
budget; what stays is fitted to what the whole network did, and the accuracy on images kept apart from training is the
reward. Nothing is trained in between.

    R_err = -error,   R_FLOPs = -error * log(MACs),   R_Param = -error * log(parameters)

What differs: convolutions of any kernel are fitted, batch normalisations are estimated anew before scoring, budgets
hold after rounding (`walled_space`), and layers that one shortcut joins share one width (`graph`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.compression.amc.picture import draw_widths
from archwright.compression.amc.walled_space import Counts, WalledDraft, WalledSpace, uniform_design
from archwright.compression.budget import Wall, channel_options, parse_budget
from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Observation, Outcome, Reference
from archwright.core.space import Design, Draft, check_design

REWARDS = {"error": "max accuracy", "error_macs": "min error_log_macs", "error_parameters": "min error_log_parameters"}
"""Goals by the name of the paper's reward: R_err, R_FLOPs, R_Param."""


class LayerwisePruning:
    """Prune a trained network layer by layer under a hard budget, without training it in between.

    Args:
        network: `drawn`, a tiny one that learns drawn images in a second; `vgg`, `resnet` or `mobilenet` on
            Fashion-MNIST, trained once in minutes and then kept in the cache folder.
        operator: `channels` takes out input channels and fits the layer to the rest; `plain_channels` does not fit it;
            `weights` takes out the smallest weights of a layer, in percent.
        budget: `macs <= 50%`, `parameters <= 1e5`, and so on; `latency_ms` is added up from layers measured here.
        reward: `error`, `error_macs` or `error_parameters`.
        least_share: of a layer that stays.
        multiple: widths are multiples of it.
        images: validation images that score a design.
        seed: of training and calibration.

    Raises:
        SpecError: an option out of range, or a budget that cannot be reached.
        SimulatorMissing: the data of the network, or a package, are not installed.

    Example:
        >>> LayerwisePruning().space.start().choose(1.0).choose(1.0).choose(1.0).choose(1.0).design()
        {'features.0.0': 8, 'features.1.0': 16, 'features.2.0': 4, 'features.3.0': 24}
    """

    name = "amc"
    typical_seconds = 0.02
    metrics: Mapping[str, str] = {
        "accuracy": "", "macs": "", "parameters": "", "budget_share": "", "error_log_macs": "",
        "error_log_parameters": "",
    }  # fmt: skip

    def __init__(
        self,
        *,
        network: str = "drawn",
        operator: str = "channels",
        budget: str = "macs <= 50%",
        reward: str = "error",
        least_share: float = 0.2,
        multiple: int = 4,
        images: int = 2_000,
        seed: int = 0,
    ) -> None:
        from archwright.compression.amc.operators import operator_of

        self.options: dict[str, Any] = {
            "network": network, "operator": operator, "budget": budget, "reward": reward,
            "least_share": least_share, "multiple": multiple, "images": images, "seed": seed,
        }  # fmt: skip
        self.goals: tuple[Goal, ...] = (goal(REWARDS[check_name("reward", reward, REWARDS)], LayerwisePruning.metrics),)
        _check_whole("multiple", multiple)
        _check_whole("images", images)
        limit = parse_budget(budget)
        self.operator = operator_of(operator, network, images, seed)
        sizes = self.operator.sizes
        self.costs = self.operator.costs(limit.measure)
        self.whole = float(self.costs(np.array([list(sizes.values())]))[0, 0])
        options = [channel_options(size, least_share=least_share, multiple=multiple) for size in sizes.values()]
        self.space = WalledSpace(tuple(sizes), Wall(options, self.costs, [limit.resolved(self.whole)], [limit.measure]))
        self.version = f"1.{self.operator.key}"

    def __getstate__(self) -> dict[str, Any]:
        """The options: another process loads the network anew."""
        return dict(self.options)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Set up anew."""
        self.__init__(**state)  # type: ignore[misc]

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Prune, fit and score each design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space, or above the budget.
        """
        return [self._one(check_design(self.space, design)) for design in designs]

    def _one(self, design: Mapping[str, int]) -> Metrics:
        counts = self.space.counts(design)[None]
        macs, parameters = (float(self.operator.costs(one)(counts)[0, 0]) for one in ("macs", "parameters"))
        accuracy = self.operator.accuracy(design)
        return {
            "accuracy": accuracy,
            "macs": macs,
            "parameters": parameters,
            "budget_share": float(self.costs(counts)[0, 0]) / self.whole,
            "error_log_macs": (1.0 - accuracy) * math.log(macs),
            "error_log_parameters": (1.0 - accuracy) * math.log(parameters),
        }

    def observe(self, draft: Draft) -> Observation:
        """A row per layer: its sizes and cost, the share of the cost removed so far and that still to come."""
        assert isinstance(draft, WalledDraft)
        n, fixed = len(draft.widths), self.operator.features
        removed = 1.0 - float(self.costs(self._so_far(draft)[None])[0, 0]) / self.whole
        rest = float(fixed[n:, -1].sum() / fixed[:, -1].sum())
        nodes = np.column_stack([fixed, np.full(len(fixed), removed), np.full(len(fixed), rest)])
        chain = np.arange(len(fixed) - 1)
        return Observation(nodes, np.column_stack([chain, chain + 1]))

    def _so_far(self, draft: WalledDraft) -> Counts:
        counts = self.space.whole.copy()
        counts[: len(draft.widths)] = draft.widths
        return counts

    def references(self) -> list[Reference]:
        """Every layer equally narrow: the widest such design within the budget."""
        design = uniform_design(self.space)
        return [Reference("uniform", design, self._one(design), "the same share of every layer")]

    def draw(self, design: Design) -> str:
        """A bar per layer: how much of it stays, as wide as what it costs.

        Raises:
            SpecError: the design is not in the space, or above the budget.
        """
        check_design(self.space, design)
        share = float(self.costs(self.space.counts(design)[None])[0, 0]) / self.whole
        costs = dict(zip(self.space.axes, self.operator.features[:, -1].tolist(), strict=True))
        title = f"{self.options['network']}: what stays of each layer, {100 * share:.1f} % of the cost"
        return draw_widths(title, design, self.space.named(self.space.whole), costs)


def _check_whole(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SpecError(name, value, "a whole number above 0")
