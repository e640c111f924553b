import re

import numpy as np

from archwright.accelerators.dataflow.heat_map import draw_heat_map
from archwright.testing.powers import check_svg


def test_every_cell_has_its_value_and_small_ones_are_dark():
    picture = draw_heat_map(np.array([[1.0, 10.0], [100.0, 1234.0]]), [8, 16], [1, 2], "cycles <1>")
    check_svg(picture)
    reds = [int(red) for red in re.findall(r'fill="rgb\((\d+),', picture)]
    assert reds == sorted(reds) and reds[0] == 8 and reds[-1] == 247
    assert ">1.23 k<" in picture and "cycles &lt;1&gt;" in picture


def test_equal_values_have_one_colour():
    assert draw_heat_map(np.full((1, 3), 5.0), [8], [1, 2, 3], "").count("rgb(8,48,107)") == 3
