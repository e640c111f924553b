import numpy as np

from archwright.accelerators.dataflow.usage import Usage


def test_the_bus_carries_inputs_weights_and_outputs():
    one, two, three = (np.array([[n]]) for n in (1, 2, 3))
    usage = Usage(one, one, one, inputs_read=one, weights_read=two, outputs_written=three, element_writes=one)
    assert usage.moved.tolist() == [[6]]
