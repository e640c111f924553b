"""How the two LeNets are trained and compressed here; chosen on validation images, never on test images."""

from __future__ import annotations

from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.three_stages.pipeline import Recipe
from archwright.models.lenet import LeNet5, LeNet300

LEARNING_RATES = (1e-3, 2e-3, 3e-4)
"""Pruning needs a higher rate than the paper's tenth: it has to move what is left while the rest goes."""


def lenet_300_100(*, epochs: tuple[int, int, int] = (12, 14, 2)) -> Recipe:
    """LeNet-300-100 in a fortieth of its bytes.

    Args:
        epochs: dense, pruned, tuned.

    Example:
        >>> lenet_300_100().plan.layers["ip1.weight"].density
        0.07
    """
    plan = CompressionPlan(
        {
            "ip1.weight": LayerPlan(0.07, 5, "exact", 5),
            "ip2.weight": LayerPlan(0.09, 5, "exact", 5),
            "ip3.weight": LayerPlan(0.26, 4, "exact", 3),
        }
    )
    return Recipe(LeNet300, plan, epochs, LEARNING_RATES)


def sparser_lenet_5(*, epochs: tuple[int, int, int] = (6, 14, 2)) -> Recipe:
    """LeNet-5 with a quarter less weights; how many bits they get is left to a search.

    Args:
        epochs: dense, pruned, tuned.

    Example:
        >>> sparser_lenet_5().plan.layers["ip1.weight"].density
        0.045
    """
    plan = CompressionPlan(
        {
            "conv1.weight": LayerPlan(0.5, 5, "exact", 3),
            "conv2.weight": LayerPlan(0.1, 5, "exact", 4),
            "ip1.weight": LayerPlan(0.045, 4, "exact", 5),
            "ip2.weight": LayerPlan(0.15, 4, "exact", 4),
        }
    )
    return Recipe(LeNet5, plan, epochs, LEARNING_RATES)


def lenet_5(*, epochs: tuple[int, int, int] = (4, 7, 1)) -> Recipe:
    """LeNet-5 in a fiftieth of its bytes.

    Args:
        epochs: dense, pruned, tuned.

    Example:
        >>> sorted(lenet_5().plan.layers)
        ['conv1.weight', 'conv2.weight', 'ip1.weight', 'ip2.weight']
    """
    plan = CompressionPlan(
        {
            "conv1.weight": LayerPlan(0.66, 5, "exact", 3),
            "conv2.weight": LayerPlan(0.12, 5, "exact", 4),
            "ip1.weight": LayerPlan(0.06, 4, "exact", 5),
            "ip2.weight": LayerPlan(0.19, 4, "exact", 4),
        }
    )
    return Recipe(LeNet5, plan, epochs, LEARNING_RATES)
