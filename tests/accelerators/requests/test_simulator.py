import numpy as np
import pytest

from archwright.accelerators.dataflow import DataflowSimulator
from archwright.accelerators.requests import Array, RequestsSimulator, requests_of, trace_of
from archwright.accelerators.workloads import read_layers
from archwright.core.errors import SpecError
from archwright.memory.traces import read_trace


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("name,K,C,Y,X,R,S,padding\nfirst,16,8,12,12,3,3,2\nsecond,8,16,12,12,1,1,0\n")
    return path


def test_layers_have_every_metric(table):
    found = RequestsSimulator(n_pes=16, tile=2, dataflow="shi", buffer_bytes=512).run(table)
    assert list(found) == ["first", "second", "all layers"]
    one = requests_of(read_layers(table)[0], Array("shi", 16, 2, buffer_bytes=512))
    assert found["first"].keys() == RequestsSimulator.metrics.keys()
    assert found["first"]["requests"] == len(one) and found["first"]["moved_bytes"] == one.moved_bytes
    assert found["first"]["bytes_per_cycle"] == one.moved_bytes / one.layer_cycles
    for name in set(RequestsSimulator.metrics) - {"bytes_per_cycle"}:
        assert found["all layers"][name] == found["first"][name] + found["second"][name]
    assert (
        found["all layers"]["cycles"]
        == DataflowSimulator(n_pes=16, tile=2, dataflow="shi").run(table)["all layers"]["cycles"]
    )


@pytest.mark.parametrize("suffix", [".csv", ".stl"])
def test_the_trace_is_written(table, tmp_path, suffix):
    file = tmp_path / f"requests{suffix}"
    RequestsSimulator(trace=str(file), clocks_per_cycle=2.0).run(table)
    wanted, found = trace_of([requests_of(one, Array()) for one in read_layers(table)], 2.0), read_trace(file)
    for field in ("clocks", "addresses", "is_write"):
        assert np.array_equal(getattr(found, field), getattr(wanted, field))
    assert found.n_initiators == (3 if suffix == ".csv" else 1)


def test_matrices_meet_one_vector():
    matrices = {"fc": np.ones((100, 640)), "bias": np.ones(100)}
    found = RequestsSimulator(weight_bits=4).run_matrices(matrices)["fc"]
    assert (found["input_bytes"], found["weight_bytes"], found["output_bytes"]) == (640.0, 32_000.0, 100.0)


def test_a_file_of_another_kind_is_refused(table, tmp_path):
    with pytest.raises(SpecError, match=r"a file that ends with \.csv, \.stl"):
        RequestsSimulator(trace=str(tmp_path / "requests.txt")).run(table)
    with pytest.raises(SpecError, match=r"a request a clock in a \.ldst file"):
        RequestsSimulator(trace=str(tmp_path / "requests.ldst")).run(table)
    assert list(tmp_path.glob("requests*")) == []
