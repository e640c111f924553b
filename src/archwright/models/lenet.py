"""LeNet-300-100 and LeNet-5, the two small networks of Deep Compression, in the sizes of Caffe's examples.

Networks: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998; LeNet-5 has
20 and 50 channels and 500 hidden units, and rectifiers, as Caffe ships it and Han et al. compress it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LeNet300(nn.Module):
    """784 pixels, 300 and 100 hidden units, 10 classes: 266,200 weights and 410 biases.

    Example:
        >>> sum(one.numel() for one in LeNet300().parameters())
        266610
    """

    def __init__(self) -> None:
        super().__init__()
        self.ip1, self.ip2, self.ip3 = nn.Linear(784, 300), nn.Linear(300, 100), nn.Linear(100, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        hidden = torch.relu(self.ip1(images.flatten(1)))
        logits: Tensor = self.ip3(torch.relu(self.ip2(hidden)))
        return logits


class LeNet5(nn.Module):
    """Two convolutions of 5 by 5 with pooling, 500 hidden units, 10 classes: 430,500 weights and 580 biases.

    Example:
        >>> sum(one.numel() for one in LeNet5().parameters())
        431080
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.ip1, self.ip2 = nn.Linear(800, 500), nn.Linear(500, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, 10)` of images `(n, 1, 28, 28)`."""
        maps = torch.max_pool2d(torch.relu(self.conv1(images)), 2)
        maps = torch.max_pool2d(torch.relu(self.conv2(maps)), 2)
        logits: Tensor = self.ip2(torch.relu(self.ip1(maps.flatten(1))))
        return logits
