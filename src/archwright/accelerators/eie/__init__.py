"""EIE: an accelerator that runs fully-connected layers as they are compressed, all weights on the chip.

Han et al., ISCA 2016. `Machine` says how large it is, `encoding` and `datapath` what its memories hold and what it
computes, bit for bit, `timing` how many cycles that takes, `referee` the same cycle by cycle, `energy` the joules and
the area. `simulate` runs a layer, `EieDesign` is the problem of sizing the machine.
"""

from archwright.accelerators.eie.datapath import multiply, rectify, to_fixed
from archwright.accelerators.eie.encoding import EncodedLayer, decode, encode
from archwright.accelerators.eie.layers import PUBLISHED, Layer, layer_of, published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.problem import EieDesign
from archwright.accelerators.eie.simulation import Run, simulate
from archwright.accelerators.eie.simulator import EieSimulator
from archwright.accelerators.eie.sparsity import Sparsity, entry_counts, expected_padding, sparsity_of, storage_bits
from archwright.accelerators.eie.timing import Timing, scan, time_layer

__all__ = [
    "PUBLISHED",
    "EieDesign",
    "EieSimulator",
    "EncodedLayer",
    "Layer",
    "Machine",
    "Run",
    "Sparsity",
    "Timing",
    "decode",
    "encode",
    "entry_counts",
    "expected_padding",
    "layer_of",
    "multiply",
    "published_layer",
    "rectify",
    "scan",
    "simulate",
    "sparsity_of",
    "storage_bits",
    "time_layer",
    "to_fixed",
]
