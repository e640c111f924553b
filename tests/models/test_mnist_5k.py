import gzip

import numpy as np
import pytest

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.models.mnist_5k import mnist_5k


@pytest.fixture(scope="module")
def digits():
    try:
        return mnist_5k()
    except SimulatorMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.external
def test_every_part_has_as_many_of_every_digit(digits):
    for part, n in zip(digits, (360, 40, 100), strict=True):
        assert np.bincount(part.labels).tolist() == [n] * 10
        assert part.images.shape == (10 * n, 1, 28, 28) and part.images.dtype == np.float32


@pytest.mark.external
def test_pixels_are_normalised_and_upright(digits):
    images = digits.train.images
    assert abs(images.mean()) < 0.02 and abs(images.std() - 1.0) < 0.02
    ones = images[digits.train.labels == 1].mean((0, 1))
    assert ones[:, 12:16].mean() > ones[12:16].mean() + 0.3, "a one stands upright"


@pytest.mark.external
def test_no_image_is_in_two_parts(digits):
    known = [{image.tobytes() for image in part.images} for part in digits]
    assert not known[0] & known[2] and not known[1] & known[2] and not known[0] & known[1]


@pytest.mark.parametrize("raw", [b"nothing", gzip.compress(b"1,2,3\n4,5,6\n"), gzip.compress(b"1,2\n3\n")])
def test_another_file_is_refused(raw, tmp_path):
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(raw)
    with pytest.raises(SpecError, match="is not possible"):
        mnist_5k(path)
