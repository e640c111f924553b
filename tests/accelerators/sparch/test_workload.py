import pytest
from scipy.io import mmwrite
from scipy.sparse import eye_array

from archwright.accelerators.sparch.workload import read_workload
from archwright.core.errors import SpecError


def test_names_and_files(tmp_path):
    mmwrite(tmp_path / "eye.mtx", eye_array(5))
    assert read_workload(str(tmp_path / "eye.mtx"), max_products=1).n_stored == 5
    assert read_workload("m133-b3", max_products=2_000, seed=3).n_rows == 125


def test_another_file_is_no_workload():
    with pytest.raises(SpecError, match=r"workload: 'matrix\.csv'"):
        read_workload("matrix.csv")
