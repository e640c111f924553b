"""What a mapping uses: cycles, buffers, and words that move."""

from __future__ import annotations

from typing import NamedTuple

from archwright.accelerators.dataflow.sizes import Ints


class Usage(NamedTuple):
    """What layers take on machines, (n_layers, n_actions) int64 each.

    Args:
        cycles: with a bus that never makes anyone wait.
        element_bytes: buffer of one processing element, for two tiles of inputs, weights and outputs.
        shared_bytes: buffer that all of them share.
        inputs_read: words of the input read from the shared buffer.
        weights_read: words of weights read from it.
        outputs_written: words of outputs and partial sums written to it.
        element_writes: words of inputs and weights written to the elements' buffers.
    """

    cycles: Ints
    element_bytes: Ints
    shared_bytes: Ints
    inputs_read: Ints
    weights_read: Ints
    outputs_written: Ints
    element_writes: Ints

    @property
    def moved(self) -> Ints:
        """Words that pass the bus between shared buffer and elements."""
        return self.inputs_read + self.weights_read + self.outputs_written
