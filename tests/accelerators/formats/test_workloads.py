import numpy as np
import pytest
import scipy.sparse

from archwright.accelerators.formats.workloads import (
    NAMES,
    named_workload,
    product_of,
    read_workload,
    tensor_times,
    workload_of,
)
from archwright.core.errors import SpecError


def test_thirty_workloads_from_dense_to_a_millionth():
    workloads = [named_workload(name) for name in NAMES]
    densities = [float(one.a.nonzeros / one.a.elements) for one in workloads]
    assert len(set(NAMES)) == 30
    assert max(densities) == pytest.approx(0.785) and min(densities) == pytest.approx(1e-6)
    assert {one.kernel for one in workloads} == {"product", "ttm", "mttkrp"}


def test_a_product_has_the_shape_of_its_result():
    assert [float(size) for size in product_of((3, 5, 7), 0.5).result_shape] == [3.0, 7.0]
    assert [float(size) for size in tensor_times("ttm", (3, 5, 7), 2, 0.5).result_shape] == [15.0, 2.0]
    assert [float(size) for size in tensor_times("mttkrp", (3, 5, 7), 2, 0.5).result_shape] == [3.0, 2.0]


def test_matrices_from_files_keep_their_counts(tmp_path):
    matrix = np.diag([1.0, 0.0, 2.0, 3.0])
    np.save(tmp_path / "one.npy", matrix)
    np.savez(tmp_path / "two.npz", weights=matrix)
    scipy.sparse.save_npz(tmp_path / "three.npz", scipy.sparse.csr_array(matrix))
    for name in ("one.npy", "two.npz", "three.npz"):
        found = read_workload(str(tmp_path / name), n_columns=5, density_b=0.5)
        assert (found.a.nonzeros, found.a.diagonals, found.name) == (3, 1, name.partition(".")[0])
        assert float(found.b.nonzeros) == 4 * 5 * 0.5


def test_sizes_are_a_workload():
    found = read_workload("64x256x32", density_a=0.25, density_b=0.125)
    assert float(found.a.nonzeros) == 4096.0 and float(found.b.nonzeros) == 1024.0
    assert workload_of(np.ones((2, 3, 4))).kernel == "ttm"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: read_workload("journal-spmm"), "workload: 'journal-spmm' is not possible; allowed: did you mean"),
        (lambda: read_workload("0x5x5"), r"sizes: \(0, 5, 5\) is not possible; allowed: three whole numbers above 0"),
        (lambda: read_workload("-4x5x5"), "sizes: .* three whole numbers above 0"),
        (lambda: read_workload("4x5x5", density_a=1.2), "density_a: 1.2 is not possible; allowed: a number from 0 to"),
        (lambda: read_workload(NAMES[0], density_a=1.2), "density_a: 1.2 is not possible; allowed: a number from 0 to"),
        (lambda: read_workload(NAMES[0], density_b=-1), "density_b: -1 is not possible; allowed: a number from 0 to"),
        (lambda: read_workload(NAMES[0], n_columns=0), "n_columns: 0 is not possible; allowed: a whole number"),
        (lambda: product_of((4, 5, 5), 0.5, -1), "density_b: -1 is not possible; allowed: a number from 0 to 1"),
        (lambda: tensor_times("spmm", (2, 2, 2), 2, 0.5), "kernel: 'spmm' is not possible"),
        (lambda: tensor_times("ttm", (2, 2), 2, 0.5), "shape: .* three whole numbers above 0"),
        (lambda: tensor_times("ttm", (2, 0, 2), 2, 0.5), "shape: .* whole numbers above 0"),
        (lambda: workload_of(np.ones(3)), "shape: .* two or three whole numbers above 0"),
        (lambda: workload_of(np.ones((3, 3)), n_columns=0), "n_columns: 0 is not possible; allowed: a whole number"),
        (lambda: read_workload("nothing.npy"), "workload: 'nothing.npy' is not possible; allowed: a file that numpy"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(call, message):
    with pytest.raises(SpecError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)
