import numpy as np
import pytest

from archwright.accelerators.dataflow import Bus, costs_of
from archwright.accelerators.dataflow.sizes import sizes_of
from archwright.accelerators.dataflow.weight_stationary import weight_stationary
from archwright.accelerators.energy import cost_j
from archwright.accelerators.requests import Array, requests_of, trace_of
from archwright.accelerators.requests.layout import INPUTS, LINE_BYTES, layout_of
from archwright.accelerators.requests.stream import _arrivals
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError
from archwright.memory.dram import simulate
from archwright.memory.dram.device import devices

CONV = Layer("conv", 24, 20, 14, 15, 3, 3, padding=2)


@pytest.mark.parametrize("dataflow", ["dla", "shi", "eye"])
@pytest.mark.parametrize("network", ["alexnet", "mobilenet-v2", "squeezenet"])
def test_without_limit_bytes_are_those_that_the_closed_form_counts(dataflow, network):
    layers = [one for one in read_layers(network) if one.stride == 1]
    for layer in layers[2:7]:
        found, sizes = requests_of(layer, Array(dataflow, 64, 8)), sizes_of([layer])
        assert found.input_bytes == sizes.inputs[0, 0] and found.weight_bytes == sizes.weights[0, 0]
        assert found.output_bytes == layer.filters * layer.rows * layer.columns
        assert found.returned_bytes == 0 and found.moved_bytes == found.once_bytes


def test_the_closed_forms_energy_charges_the_same_fill():
    sizes = sizes_of([CONV])
    usage = weight_stationary(sizes, np.array([16]), np.array([4]))
    energy_j = costs_of([CONV], [16], [4], "dla").energy_j
    in_elements = cost_j("buffer of an element, a word") * (4 * sizes.macs + usage.element_writes)
    filled = (energy_j - in_elements) / cost_j("shared buffer, a word") - usage.moved
    found = requests_of(CONV, Array("dla", 16, 4))
    assert found.input_bytes + found.weight_bytes == pytest.approx(filled[0, 0], rel=1e-9)


def test_rows_that_a_stride_jumps_over_stay_in_memory():
    found = requests_of(Layer("conv", 8, 4, 14, 64, stride=2), Array())
    assert found.input_bytes == 4 * 7 * 64 == found.once_bytes - found.weight_bytes - found.output_bytes - 4 * 7 * 64


@pytest.mark.parametrize("buffer_bytes", [64, 1000, 4096, 20_000])
@pytest.mark.parametrize("dataflow", ["dla", "shi", "eye"])
def test_a_small_buffer_reads_again(dataflow, buffer_bytes):
    found = requests_of(CONV, Array(dataflow, 16, 4, buffer_bytes=buffer_bytes))
    inputs, weights, outputs = layout_of(CONV).n_bytes
    assert found.input_bytes >= inputs and found.weight_bytes >= weights
    assert found.output_bytes == outputs + found.returned_bytes
    assert found.moved_bytes == found.input_bytes + found.weight_bytes + found.output_bytes + found.returned_bytes
    assert (found.moved_bytes > found.once_bytes) == (buffer_bytes < 20_000)


@pytest.mark.parametrize("bandwidth", [1e9, 8.0])
def test_requests_arrive_while_the_layer_runs(bandwidth):
    layer = Layer("conv", 64, 64, 14, 14, 3, 3)
    found = requests_of(layer, Array(bus=Bus(bandwidth)))
    assert found.layer_cycles == costs_of([layer], [64], [4], "dla", Bus(bandwidth)).cycles[0, 0]
    assert found.cycles[0] == 0 and (np.diff(found.cycles) >= 0).all() and found.cycles[-1] < found.layer_cycles
    # All inputs are there after the first of 16 tiles of filters, weights come to the end.
    assert found.cycles[found.tensors == INPUTS].max() < found.layer_cycles / 16
    assert found.cycles[found.tensors == 1].max() > found.layer_cycles * 15 / 16


def test_requests_of_a_step_are_spread_over_its_cycles():
    assert _arrivals(np.array([0, 0, 0, 0, 2, 2]), 3, 301).tolist() == [0, 25, 50, 75, 200, 250]
    found = requests_of(Layer("one step", 2, 4, 1, 64), Array(n_pes=4))
    assert found.cycles.tolist() == [found.layer_cycles * i // 7 for i in range(7)]


def test_a_trace_is_all_requests_in_order():
    layers = [requests_of(one, Array(n_pes=16)) for one in (CONV, Layer("next", 8, 24, 14, 15))]
    trace = trace_of(layers, 0.5, "two")
    first = len(layers[0])
    assert len(trace) == first + len(layers[1]) and trace.name == "two"
    assert np.array_equal(trace.clocks[:first], layers[0].cycles // 2)
    assert trace.clocks[first] == layers[0].layer_cycles // 2
    assert trace.addresses[first:].min() == layout_of(CONV).n_lines * LINE_BYTES > trace.addresses[:first].max()
    assert trace.is_write.sum() == sum(int(one.is_write.sum()) for one in layers)
    assert np.array_equal(np.unique(trace.initiators), [0, 1, 2]) and (trace.initiators[trace.is_write] == 2).all()


def test_memory_plays_the_trace():
    found = requests_of(CONV, Array(n_pes=16))
    run = simulate(trace_of([found]))
    assert (run.events.reads, run.events.writes) == (int((~found.is_write).sum()), int(found.is_write.sum()))
    assert run.total_clk >= found.cycles[-1]
    assert {one.line_bytes for one in devices().values()} == {LINE_BYTES}


@pytest.mark.parametrize("size", [-1, 63, 100.0, True])
def test_the_size_of_the_buffer_is_checked(size):
    with pytest.raises(SpecError, match=r"buffer_bytes: .* 0 for no limit, or at least 64"):
        Array(buffer_bytes=size)


@pytest.mark.parametrize("bits", [1, 4, 16])
def test_narrow_weights_move_fewer_bytes(bits):
    wide, narrow = (requests_of(CONV, Array(n_pes=16, weight_bits=one)) for one in (8, bits))
    assert narrow.weight_bytes * 8 == wide.weight_bytes * bits == CONV.weights * bits
    assert narrow.input_bytes == wide.input_bytes and narrow.output_bytes == wide.output_bytes
    assert narrow.moved_bytes == narrow.once_bytes and narrow.layer_cycles == wide.layer_cycles


@pytest.mark.parametrize("bits", [0, 33, 4.0])
def test_the_width_of_weights_is_checked(bits):
    with pytest.raises(SpecError, match="weight_bits"):
        Array(weight_bits=bits)


@pytest.mark.parametrize("n_pes", [0, 1.5, True])
def test_elements_are_checked(n_pes):
    with pytest.raises(SpecError, match="elements"):
        requests_of(CONV, Array(n_pes=n_pes))


@pytest.mark.parametrize("clocks", [0, -1.0, float("nan"), True, "1"])
def test_clocks_are_checked(clocks):
    with pytest.raises(SpecError, match="clocks_per_cycle"):
        trace_of([requests_of(CONV, Array())], clocks)
    with pytest.raises(SpecError, match="layers: 0"):
        trace_of([])
