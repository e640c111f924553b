"""Convolutions of the networks with residual or dense connections, from their papers.

He et al., CVPR 2016 (ResNet, table 1; the stride of a bottleneck stands in its 3 x 3 convolution, as in all later
implementations); Xie et al., CVPR 2017 (ResNeXt-50, 32 x 4d); Zagoruyko and Komodakis, BMVC 2016 (Wide ResNet-50-2);
Huang et al., CVPR 2017 (DenseNet-161). Inputs have 224 x 224 pixels.
"""

from __future__ import annotations

from archwright.accelerators.workloads.layer import Layer
from archwright.accelerators.workloads.plain_networks import square

STAGES_OF_50 = ((64, 3), (128, 4), (256, 6), (512, 3))


def resnet_18() -> list[Layer]:
    """ResNet-18, 20 convolutions."""
    layers, channels, size = [square("conv1", 64, 3, 224, 7, stride=2)], 64, 56
    for stage, filters in enumerate((64, 128, 256, 512), start=2):
        for block in (1, 2):
            stride = 2 if stage > 2 and block == 1 else 1
            name = f"conv{stage}_{block}"
            layers.append(square(f"{name}.1", filters, channels, size, 3, stride=stride))
            layers.append(square(f"{name}.2", filters, filters, size // stride, 3))
            if channels != filters:
                layers.append(square(f"{name}.shortcut", filters, channels, size, stride=stride))
            channels, size = filters, size // stride
    return layers


def resnet_50() -> list[Layer]:
    """ResNet-50, 53 convolutions."""
    return _bottlenecks(widening=1, groups=1)


def resnext_50() -> list[Layer]:
    """ResNeXt-50 with 32 groups of 4, 53 convolutions."""
    return _bottlenecks(widening=2, groups=32)


def wide_resnet_50() -> list[Layer]:
    """Wide ResNet-50-2, 53 convolutions."""
    return _bottlenecks(widening=2, groups=1)


def _bottlenecks(*, widening: int, groups: int) -> list[Layer]:
    layers, channels, size = [square("conv1", 64, 3, 224, 7, stride=2)], 64, 56
    for stage, (filters, depth) in enumerate(STAGES_OF_50, start=2):
        inner = filters * widening
        for block in range(1, depth + 1):
            stride = 2 if stage > 2 and block == 1 else 1
            name = f"conv{stage}_{block}"
            layers.append(square(f"{name}.reduce", inner, channels, size))
            layers.append(square(f"{name}.3x3", inner, inner, size, 3, stride=stride, groups=groups))
            layers.append(square(f"{name}.expand", 4 * filters, inner, size // stride))
            if block == 1:
                layers.append(square(f"{name}.shortcut", 4 * filters, channels, size, stride=stride))
            channels, size = 4 * filters, size // stride
    return layers


def densenet_161() -> list[Layer]:
    """DenseNet-161 (growth 48, bottlenecks of 192), 160 convolutions."""
    layers, channels, size = [square("conv1", 96, 3, 224, 7, stride=2)], 96, 56
    for block, depth in enumerate((6, 12, 36, 24), start=1):
        for i in range(1, depth + 1):
            layers.append(square(f"dense{block}_{i}.1x1", 192, channels, size))
            layers.append(square(f"dense{block}_{i}.3x3", 48, 192, size, 3))
            channels += 48
        if block < 4:
            layers.append(square(f"transition{block}", channels // 2, channels, size))
            channels, size = channels // 2, size // 2
    return layers
