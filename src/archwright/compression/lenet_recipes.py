"""How the two LeNets are trained and compressed here; chosen on validation images, never on test images."""

from __future__ import annotations

from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.three_stages import Recipe
from archwright.models.lenet import LeNet5, LeNet300


def lenet_300_100(*, epochs: tuple[int, int, int] = (12, 16, 2)) -> Recipe:
    """LeNet-300-100 at 44 times fewer bytes.

    Args:
        epochs: dense, pruned, tuned.

    Example:
        >>> lenet_300_100().plan.layers["ip1.weight"].density
        0.065
    """
    plan = CompressionPlan(
        {
            "ip1.weight": LayerPlan(0.065, 4, "exact", 5),
            "ip2.weight": LayerPlan(0.09, 4, "exact", 5),
            "ip3.weight": LayerPlan(0.26, 4, "exact", 3),
        }
    )
    return Recipe(LeNet300, plan, epochs)


def lenet_5(*, epochs: tuple[int, int, int] = (5, 7, 1)) -> Recipe:
    """LeNet-5 at 50 times fewer bytes.

    Args:
        epochs: dense, pruned, tuned.

    Example:
        >>> sorted(lenet_5().plan.layers)
        ['conv1.weight', 'conv2.weight', 'ip1.weight', 'ip2.weight']
    """
    plan = CompressionPlan(
        {
            "conv1.weight": LayerPlan(0.66, 5, "exact", 3),
            "conv2.weight": LayerPlan(0.14, 5, "exact", 4),
            "ip1.weight": LayerPlan(0.065, 4, "exact", 5),
            "ip2.weight": LayerPlan(0.2, 4, "exact", 4),
        }
    )
    return Recipe(LeNet5, plan, epochs)
