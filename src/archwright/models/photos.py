"""Photographs that come inside installed packages, cut into squares: what a network for images is judged by here.

Photos: of scikit-image, scikit-learn and Matplotlib. Files are read, nothing is downloaded, and none of the packages is
imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archwright.models.installed import installed_file

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 224
FOLDERS = {"skimage": "data", "sklearn": "datasets/images", "matplotlib": "mpl-data/sample_data"}
PACKAGES = {"skimage": "scikit-image", "sklearn": "scikit-learn", "matplotlib": "matplotlib"}
CALIBRATION = (
    ("skimage", "brick.png"), ("skimage", "cell.png"), ("skimage", "clock_motion.png"), ("skimage", "grass.png"),
    ("skimage", "hubble_deep_field.jpg"), ("skimage", "retina.jpg"), ("skimage", "text.png"), ("sklearn", "flower.jpg"),
)  # fmt: skip
"""May be looked at while a network is compressed."""
JUDGED = (
    ("skimage", "astronaut.png"), ("skimage", "camera.png"), ("skimage", "chelsea.png"), ("skimage", "coffee.png"),
    ("skimage", "coins.png"), ("skimage", "gravel.png"), ("skimage", "ihc.png"), ("skimage", "moon.png"),
    ("skimage", "motorcycle_left.png"), ("skimage", "page.png"), ("skimage", "rocket.jpg"), ("sklearn", "china.jpg"),
    ("matplotlib", "grace_hopper.jpg"),
)  # fmt: skip
"""Are looked at only to judge."""


class Views(NamedTuple):
    """Squares of photos.

    Args:
        names: the photo and the part of it, per square.
        pixels: (n, 3, 224, 224) uint8.
    """

    names: tuple[str, ...]
    pixels: np.ndarray[Any, np.dtype[np.uint8]]

    @property
    def inputs(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """As networks take them: (p - 127) / 128."""
        return ((self.pixels.astype(np.float32) - 127.0) / 128.0).astype(np.float32)


def photos(files: tuple[tuple[str, str], ...] = JUDGED) -> Views:
    """Five squares of every photo: its middle, and its four corners at 0.6 of the shorter side.

    Args:
        files: module and file of each photo.

    Raises:
        SimulatorMissing: a package or one of its photos is not there.
    """
    from PIL import Image

    names, squares = [], []
    for module, file in files:
        path = installed_file(module, f"{FOLDERS[module]}/{file}", PACKAGES[module])
        with Image.open(path) as photo:
            for part, square in _squares(photo.convert("RGB")):
                names.append(f"{Path(file).stem}, {part}")
                squares.append(square)
    return Views(tuple(names), np.stack(squares))


def _squares(photo: Image) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.uint8]]]]:
    from PIL.Image import Resampling

    width, height = photo.size
    whole = min(width, height)
    part = round(0.6 * whole)
    corners = {
        "middle": ((width - whole) // 2, (height - whole) // 2, whole),
        "top left": (0, 0, part),
        "top right": (width - part, 0, part),
        "bottom left": (0, height - part, part),
        "bottom right": (width - part, height - part, part),
    }
    for name, (left, top, side) in corners.items():
        square = photo.resize((SIDE, SIDE), Resampling.BICUBIC, (left, top, left + side, top + side))
        yield name, np.asarray(square).transpose(2, 0, 1)
