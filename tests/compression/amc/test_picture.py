from xml.etree import ElementTree

from archwright.compression.amc.picture import draw_widths
from archwright.testing.powers import check_svg


def test_a_bar_is_as_high_as_what_stays_and_as_wide_as_its_cost():
    picture = draw_widths("a & b < c", {"one": 4, "two": 2}, {"one": 8, "two": 8}, {"one": 1.0, "two": 3.0})
    check_svg(picture)
    boxes = [one for one in ElementTree.fromstring(picture) if one.tag.endswith("rect")][1:]
    wide = [float(one.get("width")) + 1.0 for one in boxes]
    high = [float(one.get("height")) for one in boxes]
    assert abs(wide[2] / wide[0] - 3.0) < 0.01
    assert [round(high[k + 1] / high[k], 2) for k in (0, 2)] == [0.5, 0.25]
