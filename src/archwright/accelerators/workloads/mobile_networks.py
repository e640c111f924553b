"""Convolutions of the networks made for phones, from their papers.

Sandler et al., CVPR 2018 (MobileNet-V2, table 2); Tan et al., CVPR 2019 (MnasNet-B1, the searched network without
squeeze-and-excitation); Ma et al., ECCV 2018 (ShuffleNet-V2 1x, table 5). Inputs have 224 x 224 pixels.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.accelerators.workloads.layer import Layer
from archwright.accelerators.workloads.plain_networks import square


class Stage(NamedTuple):
    """A row of the tables: inverted residuals of one shape."""

    expansion: int
    filters: int
    depth: int
    stride: int
    kernel: int = 3


MOBILENET_V2 = (
    Stage(6, 24, 2, 2), Stage(6, 32, 3, 2), Stage(6, 64, 4, 2), Stage(6, 96, 3, 1), Stage(6, 160, 3, 2),
    Stage(6, 320, 1, 1),
)  # fmt: skip
MNASNET = (
    Stage(3, 24, 3, 2), Stage(3, 40, 3, 2, 5), Stage(6, 80, 3, 2, 5), Stage(6, 96, 2, 1), Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1),
)  # fmt: skip


def mobilenet_v2() -> list[Layer]:
    """MobileNet-V2, 52 convolutions."""
    return _inverted_residuals(MOBILENET_V2)


def mnasnet() -> list[Layer]:
    """MnasNet-B1, 52 convolutions."""
    return _inverted_residuals(MNASNET)


def _inverted_residuals(stages: tuple[Stage, ...]) -> list[Layer]:
    """A stem, one depthwise-separable convolution, the stages, and the convolution before the pooling."""
    layers = [
        square("stem", 32, 3, 224, 3, stride=2),
        square("separable.depthwise", 32, 32, 112, 3, groups=32),
        square("separable.project", 16, 32, 112),
    ]
    channels, size = 16, 112
    for at, stage in enumerate(stages, start=1):
        for i in range(1, stage.depth + 1):
            inner, stride = channels * stage.expansion, stage.stride if i == 1 else 1
            name = f"stage{at}_{i}"
            layers.append(square(f"{name}.expand", inner, channels, size))
            layers.append(square(f"{name}.depthwise", inner, inner, size, stage.kernel, stride=stride, groups=inner))
            channels, size = stage.filters, -(-size // stride)
            layers.append(square(f"{name}.project", channels, inner, size))
    return [*layers, square("head", 1280, channels, size)]


def shufflenet_v2() -> list[Layer]:
    """ShuffleNet-V2 1x, 56 convolutions."""
    layers, channels, size = [square("conv1", 24, 3, 224, 3, stride=2)], 24, 56
    for stage, (filters, depth) in enumerate([(116, 4), (232, 8), (464, 4)], start=2):
        layers += _halving_unit(f"stage{stage}_1", filters // 2, channels, size)
        size //= 2
        for i in range(2, depth + 1):
            layers += _branch(f"stage{stage}_{i}", filters // 2, filters // 2, size, 1)
        channels = filters
    return [*layers, square("conv5", 1024, channels, size)]


def _halving_unit(name: str, half: int, channels: int, size: int) -> list[Layer]:
    """The unit that halves the size: both branches are convolved."""
    return [
        square(f"{name}.left.depthwise", channels, channels, size, 3, stride=2, groups=channels),
        square(f"{name}.left.project", half, channels, size // 2),
        *_branch(f"{name}.right", half, channels, size, 2),
    ]


def _branch(name: str, half: int, channels: int, size: int, stride: int) -> list[Layer]:
    return [
        square(f"{name}.reduce", half, channels, size),
        square(f"{name}.depthwise", half, half, size, 3, stride=stride, groups=half),
        square(f"{name}.project", half, half, size // stride),
    ]
