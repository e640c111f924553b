import re

import pytest

from archwright.accelerators.dataflow.roofline import HEIGHT, TOP, draw_roofline
from archwright.accelerators.dataflow.simulator import DataflowSimulator
from archwright.core.errors import SpecError
from archwright.testing.powers import check_svg


def dots(picture):
    return [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', picture)]


def corners(picture):
    path = re.search(r'<path d="M([^"]+)"', picture).group(1)
    return [tuple(float(number) for number in corner.split()) for corner in path.split("L")]


@pytest.mark.parametrize("bandwidth", [1.0, 16.0, 1e6])
def test_no_layer_is_above_the_roof(bandwidth):
    found = DataflowSimulator(bandwidth=bandwidth, n_pes=128).run("mobilenet-v2")
    picture = draw_roofline(found, 128, bandwidth, "MobileNet-V2 & bus")
    check_svg(picture)
    (left, low), (knee, high), (right, flat) = corners(picture)
    assert len(dots(picture)) == 52 and flat == high and left <= knee <= right
    for x, y in dots(picture):
        roof = high if x >= knee else low + (high - low) * (x - left) / (knee - left)
        assert TOP - 0.1 <= roof - 0.2 <= y <= HEIGHT


def test_a_narrow_bus_holds_layers_down():
    """On the slanted roof lie the layers whose words take longer than their products."""
    found = DataflowSimulator(bandwidth=1.0, n_pes=128).run("alexnet")
    (left, low), (knee, high), _ = corners(draw_roofline(found, 128, 1.0, ""))
    on_roof = [
        abs(y - (low + (high - low) * (x - left) / (knee - left))) < 0.3
        for x, y in dots(draw_roofline(found, 128, 1.0, ""))
    ]
    assert on_roof.count(True) >= 4


def test_a_machine_without_layers_has_no_roofline():
    with pytest.raises(SpecError, match="at least one layer"):
        draw_roofline({}, 16, 1.0, "")
