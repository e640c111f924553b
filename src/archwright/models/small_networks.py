"""Small convolutional networks for images of 28 by 28 pixels: one plain, one with shortcuts, one with thin layers.

They have the shapes of VGG (Simonyan, Zisserman, 2015), ResNet (He et al., 2016) and MobileNet (Howard et al., 2017)
with 0.1 to 0.3 million parameters, so that a processor core trains one in minutes. Every convolution is followed by
batch normalisation; the first halves the image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

Stages = Sequence[tuple[int, int]]
"""Channels and stride, layer by layer."""

VGG: Stages = ((16, 2), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1))
RESNET: Stages = ((16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1))
MOBILENET: Stages = ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (192, 1), (192, 1))
MOBILENET_V1: Stages = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)
"""The network of the paper: `MobileNet(MOBILENET_V1, stem=32, colours=3, classes=1000)`."""


class SmallVgg(nn.Module):
    """Convolutions of 3 by 3 one after another, then the mean over the image and one linear layer.

    Args:
        stages: channels and stride of every convolution.

    Example:
        >>> sum(one.numel() for one in SmallVgg().parameters())
        295002
    """

    def __init__(self, stages: Stages = VGG) -> None:
        super().__init__()
        widths = [1, *(channels for channels, _ in stages)]
        layers = [_convolution(widths[k], channels, 3, stride) for k, (channels, stride) in enumerate(stages)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(widths[-1], 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        logits: Tensor = self.classifier(self.features(images).mean((2, 3)))
        return logits


class SmallResNet(nn.Module):
    """A convolution, blocks of two with a shortcut around each, then the mean over the image and one linear layer.

    Args:
        stages: channels and stride of every block; a shortcut is a convolution of 1 by 1 where either changes.
        stem: channels of the first convolution.

    Example:
        >>> logits = SmallResNet().eval()(torch.zeros(2, 1, 28, 28))
        >>> tuple(logits.shape)
        (2, 10)
    """

    def __init__(self, stages: Stages = RESNET, *, stem: int = 16) -> None:
        super().__init__()
        widths = [stem, *(channels for channels, _ in stages)]
        self.stem = _convolution(1, stem, 3, 2)
        self.blocks = nn.Sequential(*(Block(widths[k], *stage) for k, stage in enumerate(stages)))
        self.classifier = nn.Linear(widths[-1], 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        logits: Tensor = self.classifier(self.blocks(self.stem(images)).mean((2, 3)))
        return logits


class Block(nn.Module):
    """Two convolutions and a shortcut around them.

    Args:
        before: channels that come in.
        channels: that go out, and between the two.
        stride: of the first one.
    """

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(before, channels, 3, stride)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if before != channels or stride > 1:
            thin = nn.Conv2d(before, channels, 1, stride, bias=False)
            self.shortcut = nn.Sequential(thin, nn.BatchNorm2d(channels))

    def forward(self, maps: Tensor) -> Tensor:
        """What goes out `(n, channels, ...)`."""
        around: Tensor = self.shortcut(maps)
        return torch.relu(self.norm(self.second(self.first(maps))) + around)


class MobileNet(nn.Module):
    """A convolution, pairs of a depthwise one and one of 1 by 1, then the mean over the image and one linear layer.

    Args:
        stages: channels and stride of every pair.
        stem: channels of the first convolution.
        colours: channels of an image.
        classes: logits.

    Example:
        >>> MobileNet().pairs[1][0][0].groups
        32
    """

    def __init__(self, stages: Stages = MOBILENET, *, stem: int = 24, colours: int = 1, classes: int = 10) -> None:
        super().__init__()
        widths = [stem, *(channels for channels, _ in stages)]
        pairs = []
        for before, (channels, stride) in zip(widths, stages, strict=False):
            depthwise = _convolution(before, before, 3, stride, groups=before)
            pairs.append(nn.Sequential(depthwise, _convolution(before, channels, 1, 1)))
        self.stem, self.pairs = _convolution(colours, stem, 3, 2), nn.Sequential(*pairs)
        self.classifier = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, classes)` of images `(n, colours, ...)`."""
        logits: Tensor = self.classifier(self.pairs(self.stem(images)).mean((2, 3)))
        return logits


def _convolution(before: int, after: int, kernel: int, stride: int, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU())


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {"vgg": SmallVgg, "resnet": SmallResNet, "mobilenet": MobileNet}
"""What builds each network, by name."""
