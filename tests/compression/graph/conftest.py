"""Networks of the papers, built without memory, and small ones that tie channels in every way."""

import pytest
import torch
from torch import nn
from torch.nn import functional

MOBILENET_V1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def normalised(n_in, n_out, kernel, stride=1, groups=1):
    convolution = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(n_out), nn.ReLU()]


class MobileNetV1(nn.Module):
    def __init__(self):
        super().__init__()
        layers, n_in = normalised(3, 32, 3, 2), 32
        for n_out, stride in MOBILENET_V1:
            layers += [*normalised(n_in, n_in, 3, stride, n_in), *normalised(n_in, n_out, 1)]
            n_in = n_out
        self.features, self.classifier = nn.Sequential(*layers), nn.Linear(1024, 1000)

    def forward(self, images):
        return self.classifier(self.features(images).mean([2, 3]))


def conv(n_in, n_out, kernel, stride=1, padding=0, groups=1):
    return [nn.Conv2d(n_in, n_out, kernel, stride, padding, groups=groups), nn.ReLU()]


def alexnet():
    """In the sizes of Caffe: 227 by 227 pixels, two groups."""
    return nn.Sequential(
        *conv(3, 96, 11, 4), nn.MaxPool2d(3, 2), *conv(96, 256, 5, 1, 2, 2), nn.MaxPool2d(3, 2),
        *conv(256, 384, 3, 1, 1), *conv(384, 384, 3, 1, 1, 2), *conv(384, 256, 3, 1, 1, 2), nn.MaxPool2d(3, 2),
        nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, 1000),
    )  # fmt: skip


def vgg16():
    layers, n_in = [], 3
    for n_out in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        layers += conv(n_in, n_out, 3, 1, 1) if n_out else [nn.MaxPool2d(2)]
        n_in = n_out or n_in
    head = [nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers, *head)


class Residual(nn.Module):
    """Two blocks that share the channels of their sums, and one that widens them."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*normalised(3, 8, 3))
        self.first = nn.Sequential(*normalised(8, 6, 3), *normalised(6, 8, 3)[:2])
        self.second = nn.Sequential(*normalised(8, 12, 3, 2), *normalised(12, 16, 3)[:2])
        self.short = nn.Conv2d(8, 16, 1, 2)
        self.head = nn.Linear(16, 10)

    def forward(self, images):
        hidden = self.stem(images)
        hidden = functional.relu(hidden + self.first(hidden))
        hidden = functional.relu(self.short(hidden) + self.second(hidden))
        return self.head(functional.adaptive_avg_pool2d(hidden, 1).flatten(1))


class Dense(nn.Module):
    """Every layer sees the channels of all before it, at their offsets."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(8 + 4 * k) for k in range(3))
        self.layers = nn.ModuleList(nn.Conv2d(8 + 4 * k, 4, 3, padding=1) for k in range(3))
        self.last, self.head = nn.BatchNorm2d(20), nn.Linear(20 * 16, 10)

    def forward(self, images):
        hidden = self.stem(images)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            hidden = torch.cat([hidden, layer(torch.relu(norm(hidden)))], 1)
        return self.head(torch.flatten(functional.max_pool2d(self.last(hidden), 2), 1))


class Inverted(nn.Module):
    """Inverted residuals of MobileNet-V2: narrow sums, wide depthwise layers."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*normalised(3, 8, 3, 2))
        self.blocks = nn.ModuleList(
            nn.Sequential(*normalised(8, 24, 1), *normalised(24, 24, 3, 1, 24), *normalised(24, 8, 1)[:2])
            for _ in range(2)
        )
        self.head = nn.Conv2d(8, 10, 1)

    def forward(self, images):
        hidden = self.stem(images)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.head(hidden).mean([2, 3])


NETS = {
    "mobilenet_v1": (MobileNetV1, (1, 3, 224, 224)),
    "alexnet": (alexnet, (1, 3, 227, 227)),
    "vgg16": (vgg16, (1, 3, 224, 224)),
    "residual": (Residual, (1, 3, 8, 8)),
    "dense": (Dense, (1, 3, 8, 8)),
    "inverted": (Inverted, (1, 3, 16, 16)),
}


@pytest.fixture
def net():
    """Builds a network by name, in memory or not, and an example for it."""

    def build(name, device="meta"):
        make, shape = NETS[name]
        with torch.device(device):
            return make().eval(), torch.zeros(shape)

    return build


@pytest.fixture
def traced(net):
    """The graph of a network by name."""
    from archwright.compression.graph import trace

    return lambda name: trace(*net(name))
