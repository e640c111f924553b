import gzip
import struct

import numpy as np
import pytest

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.models.fashion_mnist import FOLDER, fashion_mnist, read_idx


def idx(values, code, kind):
    return struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape) + values.astype(kind).tobytes()


@pytest.mark.parametrize(("code", "kind"), [(0x08, ">u1"), (0x0B, ">i2"), (0x0D, ">f4")])
def test_values_come_back(code, kind, tmp_path):
    values = np.arange(24).reshape(2, 3, 4)
    (tmp_path / "plain.idx").write_bytes(idx(values, code, kind))
    (tmp_path / "zipped.idx.gz").write_bytes(gzip.compress(idx(values, code, kind)))
    for name in ("plain.idx", "zipped.idx.gz"):
        assert np.array_equal(read_idx(tmp_path / name), values)


@pytest.mark.parametrize("raw", [b"", b"PNG!", bytes([0, 0, 8, 1, 0, 0, 0, 9, 1]), bytes([0, 0, 8, 3, 0, 0])])
def test_other_files_are_refused_in_one_line(raw, tmp_path):
    (tmp_path / "x.idx").write_bytes(raw)
    with pytest.raises(SpecError) as error:
        read_idx(tmp_path / "x.idx")
    assert "x.idx" in str(error.value) and "\n" not in str(error.value)


def test_missing_data_say_how_to_get_them(tmp_path):
    with pytest.raises(SimulatorMissing, match="apt-get install dataset-fashion-mnist"):
        fashion_mnist(folder=tmp_path)


@pytest.mark.external
def test_the_data_set_is_split_and_normalised():
    if not FOLDER.exists():
        pytest.skip("dataset-fashion-mnist is not installed")
    train, validation, test = fashion_mnist(n_validation=10_000)
    assert [len(one.labels) for one in (train, validation, test)] == [50_000, 10_000, 10_000]
    assert train.images.shape[1:] == (1, 28, 28) and train.images.dtype == np.float32
    assert abs(train.images.mean()) < 0.01 and abs(train.images.std() - 1.0) < 0.01
    assert np.array_equal(np.bincount(test.labels), [1000] * 10)
