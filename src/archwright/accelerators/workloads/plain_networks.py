"""Convolutions of the networks without residual connections, from their papers.

Krizhevsky, "One weird trick", 2014 (AlexNet); Simonyan and Zisserman, 2015 (VGG-16); Szegedy et al., CVPR 2015
(GoogLeNet, table 1); Iandola et al., 2016 (SqueezeNet, table 1). Inputs have 224 x 224 pixels.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.accelerators.workloads.layer import Layer


def square(
    name: str, filters: int, channels: int, size: int, kernel: int = 1, *,
    stride: int = 1, padding: int | None = None, groups: int = 1,
) -> Layer:  # fmt: skip
    """A square convolution; the padding keeps sizes unless it is given, in rows above and below together.

    Example:
        >>> square("conv", 8, 3, 32, 3, stride=2).rows
        16
    """
    rows = kernel - 1 if padding is None else padding
    return Layer(name, filters, channels, size, size, kernel, kernel, stride, rows, groups)


def alexnet() -> list[Layer]:
    """AlexNet in one column, 5 convolutions."""
    return [
        square("conv1", 64, 3, 224, 11, stride=4, padding=4),
        square("conv2", 192, 64, 27, 5),
        square("conv3", 384, 192, 13, 3),
        square("conv4", 256, 384, 13, 3),
        square("conv5", 256, 256, 13, 3),
    ]


def vgg_16() -> list[Layer]:
    """VGG-16, 13 convolutions."""
    layers, channels, size = list[Layer](), 3, 224
    for stage, (filters, depth) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1):
        for i in range(1, depth + 1):
            layers.append(square(f"conv{stage}_{i}", filters, channels, size, 3))
            channels = filters
        size //= 2
    return layers


def squeezenet() -> list[Layer]:
    """SqueezeNet 1.0, 26 convolutions."""
    layers, channels = [square("conv1", 96, 3, 224, 7, stride=2, padding=0)], 96
    fires = [(16, 64, 54), (16, 64, 54), (32, 128, 54), (32, 128, 27)]
    fires += [(48, 192, 27), (48, 192, 27), (64, 256, 27), (64, 256, 13)]
    for i, (squeezed, expanded, size) in enumerate(fires, start=2):
        layers += [
            square(f"fire{i}.squeeze", squeezed, channels, size),
            square(f"fire{i}.expand1x1", expanded, squeezed, size),
            square(f"fire{i}.expand3x3", expanded, squeezed, size, 3),
        ]
        channels = 2 * expanded
    return [*layers, square("conv10", 1000, 512, 13)]


class Inception(NamedTuple):
    """A row of GoogLeNet's table 1: filters by branch."""

    name: str
    size: int
    channels: int
    ones: int
    threes: tuple[int, int]
    fives: tuple[int, int]
    pooled: int


INCEPTIONS = (
    Inception("3a", 28, 192, 64, (96, 128), (16, 32), 32),
    Inception("3b", 28, 256, 128, (128, 192), (32, 96), 64),
    Inception("4a", 14, 480, 192, (96, 208), (16, 48), 64),
    Inception("4b", 14, 512, 160, (112, 224), (24, 64), 64),
    Inception("4c", 14, 512, 128, (128, 256), (24, 64), 64),
    Inception("4d", 14, 512, 112, (144, 288), (32, 64), 64),
    Inception("4e", 14, 528, 256, (160, 320), (32, 128), 128),
    Inception("5a", 7, 832, 256, (160, 320), (32, 128), 128),
    Inception("5b", 7, 832, 384, (192, 384), (48, 128), 128),
)


def googlenet() -> list[Layer]:
    """GoogLeNet with its two auxiliary classifiers, 59 convolutions."""
    layers = [
        square("conv1", 64, 3, 224, 7, stride=2),
        square("conv2.reduce", 64, 64, 56),
        square("conv2", 192, 64, 56, 3),
    ]
    for one in INCEPTIONS:
        layers += _inception(one)
    return [*layers, square("auxiliary1", 128, 512, 4), square("auxiliary2", 128, 528, 4)]


def _inception(one: Inception) -> list[Layer]:
    name, size = one.name, one.size
    return [
        square(f"{name}.1x1", one.ones, one.channels, size),
        square(f"{name}.3x3.reduce", one.threes[0], one.channels, size),
        square(f"{name}.3x3", one.threes[1], one.threes[0], size, 3),
        square(f"{name}.5x5.reduce", one.fives[0], one.channels, size),
        square(f"{name}.5x5", one.fives[1], one.fives[0], size, 5),
        square(f"{name}.pooled", one.pooled, one.channels, size),
    ]
