"""The networks of Deep Compression layer by layer, with the paper's densities and bits, and what follows from them.

Source: Han et al., "Deep Compression", 2016, tables 1 to 5; the sizes of layers are those of the Caffe models. Rates
here leave out biases, as the paper's tables per layer do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archwright.compression.codec.accounting import expected_bits
from archwright.compression.plan import CompressionPlan, LayerPlan

FLOAT_BITS = 32


class PublishedLayer(NamedTuple):
    """A layer as the paper prints it.

    Args:
        name: in the paper.
        n_weights: of the dense layer.
        density: share of weights after pruning.
        bits: of a weight's code.
        index_bits: of a relative index.
        coded_bits: of a weight's code after Huffman coding, on average; 0 where it is not known here.
        coded_index_bits: of an index after Huffman coding.
        rate: compressed size over dense size, as printed; 0 where it is not known here.
    """

    name: str
    n_weights: int
    density: float
    bits: int
    index_bits: int
    coded_bits: float = 0.0
    coded_index_bits: float = 0.0
    rate: float = 0.0

    @property
    def plan(self) -> LayerPlan:
        """Density and bits as a plan."""
        return LayerPlan(self.density, self.bits, "linear", self.index_bits)


class PublishedNetwork(NamedTuple):
    """A network with the rates that the paper prints: dense size over size after each stage.

    Args:
        layers: from the input on.
        pruned, quantised, coded: published rates.
    """

    layers: Sequence[PublishedLayer]
    pruned: float
    quantised: float
    coded: float

    @property
    def n_weights(self) -> int:
        """Of the dense network."""
        return sum(layer.n_weights for layer in self.layers)

    @property
    def n_kept(self) -> int:
        """Weights after pruning."""
        return round(sum(layer.n_weights * layer.density for layer in self.layers))

    @property
    def pruning_rate(self) -> float:
        """Weights before over weights after pruning.

        Example:
            >>> round(ALEXNET.pruning_rate, 2)
            8.97
        """
        return self.n_weights / self.n_kept

    def quantised_rate(self, *, is_padded: bool) -> float:
        """Dense size over codes and indices of fixed width.

        Args:
            is_padded: count the paper's fillers (where survivors lie independently of each other) and codebooks too.

        Example:
            >>> round(ALEXNET.quantised_rate(is_padded=False), 1)
            30.6
        """
        bits = sum(
            expected_bits(layer.n_weights, layer.plan, is_paper=True)
            if is_padded
            else layer.n_weights * layer.density * (layer.bits + layer.index_bits)
            for layer in self.layers
        )
        return FLOAT_BITS * self.n_weights / bits

    def coded_rate(self) -> float:
        """Dense size over codes and indices at the bits that Huffman coding left of them; no fillers, no tables."""
        bits = sum(
            layer.n_weights * layer.density * (layer.coded_bits + layer.coded_index_bits) for layer in self.layers
        )
        return FLOAT_BITS * self.n_weights / bits

    def printed_rate(self) -> float:
        """Dense size over the sum of the sizes that the paper prints per layer."""
        return self.n_weights / sum(layer.n_weights * layer.rate for layer in self.layers)

    def to_plan(self) -> CompressionPlan:
        """Densities and bits of all layers as a plan."""
        return CompressionPlan({layer.name: layer.plan for layer in self.layers})


ALEXNET = PublishedNetwork(
    (
        PublishedLayer("conv1", 96 * 3 * 121, 0.84, 8, 4, 6.3, 1.2, 0.2053),
        PublishedLayer("conv2", 256 * 48 * 25, 0.38, 8, 4, 5.5, 2.3, 0.0943),
        PublishedLayer("conv3", 384 * 256 * 9, 0.35, 8, 4, 5.1, 2.6, 0.0844),
        PublishedLayer("conv4", 384 * 192 * 9, 0.37, 8, 4, 5.2, 2.5, 0.0911),
        PublishedLayer("conv5", 256 * 192 * 9, 0.37, 8, 4, 5.6, 2.5, 0.0943),
        PublishedLayer("fc6", 9216 * 4096, 0.09, 5, 4, 3.9, 3.2, 0.0239),
        PublishedLayer("fc7", 4096 * 4096, 0.09, 5, 4, 3.6, 3.7, 0.0246),
        PublishedLayer("fc8", 4096 * 1000, 0.25, 5, 4, 4.0, 3.2, 0.0585),
    ),
    pruned=9.0,
    quantised=27.0,
    coded=35.0,
)
"""Table 4; with the two towers of its convolutions 2, 4 and 5."""

_VGG16_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
_VGG16_NAMES = ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1", "5_2", "5_3")
_VGG16_DENSITIES = (0.58, 0.22, 0.34, 0.36, 0.53, 0.24, 0.42, 0.32, 0.27, 0.34, 0.35, 0.29, 0.36)

VGG16 = PublishedNetwork(
    (
        *(
            PublishedLayer(f"conv{name}", 9 * _VGG16_CHANNELS[k] * _VGG16_CHANNELS[k + 1], density, 8, 5)
            for k, (name, density) in enumerate(zip(_VGG16_NAMES, _VGG16_DENSITIES, strict=True))
        ),
        PublishedLayer("fc6", 25088 * 4096, 0.04, 5, 5),
        PublishedLayer("fc7", 4096 * 4096, 0.04, 5, 5),
        PublishedLayer("fc8", 4096 * 1000, 0.23, 5, 5),
    ),
    pruned=13.0,
    quantised=31.0,
    coded=49.0,
)
"""Table 5."""

LENET_300_100 = PublishedNetwork(
    (
        PublishedLayer("ip1", 784 * 300, 0.08, 6, 5),
        PublishedLayer("ip2", 300 * 100, 0.09, 6, 5),
        PublishedLayer("ip3", 100 * 10, 0.26, 6, 5),
    ),
    pruned=12.0,
    quantised=32.0,
    coded=40.0,
)
"""Table 2; with indices of 5 bits, under which the published 32x comes out."""

LENET_5 = PublishedNetwork(
    (
        PublishedLayer("conv1", 20 * 25, 0.66, 8, 5),
        PublishedLayer("conv2", 50 * 20 * 25, 0.12, 8, 5),
        PublishedLayer("ip1", 800 * 500, 0.08, 5, 5),
        PublishedLayer("ip2", 500 * 10, 0.19, 5, 5),
    ),
    pruned=12.0,
    quantised=33.0,
    coded=39.0,
)
"""Table 3; with indices of 5 bits, under which the published 33x comes out."""

NETWORKS = {"LeNet-300-100": LENET_300_100, "LeNet-5": LENET_5, "AlexNet": ALEXNET, "VGG-16": VGG16}
