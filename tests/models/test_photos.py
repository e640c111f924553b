import numpy as np
import pytest

from archwright.core.errors import SimulatorMissing
from archwright.models.photos import CALIBRATION, JUDGED, photos


@pytest.mark.external
def test_every_photo_gives_five_squares():
    try:
        views = photos(JUDGED[:2])
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    assert views.pixels.shape == (10, 3, 224, 224) and views.pixels.dtype == np.uint8
    assert views.names[0] == "astronaut, middle" and len(set(views.names)) == 10
    assert views.inputs.min() >= -127 / 128 and views.inputs.max() <= 1.0
    assert len({square.tobytes() for square in views.pixels}) == 10


def test_what_judges_is_not_what_calibrates():
    assert not set(JUDGED) & set(CALIBRATION)


def test_a_missing_photo_is_one_line():
    with pytest.raises(SimulatorMissing, match="pip install --no-deps scikit-image"):
        photos((("skimage", "no_such_photo.png"),))
