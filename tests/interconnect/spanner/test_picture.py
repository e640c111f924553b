import re

import numpy as np
import pytest

from archwright.interconnect.spanner.families import named_instance
from archwright.interconnect.spanner.picture import OFF, ON, SOURCE, draw_links


def test_links_are_on_off_or_one_way():
    found = named_instance("mesh-3x3")
    kept = found.graph.everything
    kept[0] = False  # 0 -> 1; 1 -> 0 stays
    both = (found.graph.tails + found.graph.heads == 15) & (abs(found.graph.tails - found.graph.heads) == 1)
    kept[both] = False
    svg = draw_links(found, kept, "a <b>", columns=3)
    assert svg.count("<line") == 12 and svg.count(f'stroke="{OFF}"') == 1
    assert svg.count("url(#arrow)") == 1 and svg.count(f'fill="{SOURCE}"') == len(found.sources)
    assert "21 of 24 links on" in svg and "a &lt;b&gt;" in svg


@pytest.mark.parametrize(("name", "columns"), [("torus-8x8", 8), ("mesh-8x4", 8), ("fat-tree-4", 0)])
def test_everything_is_inside_the_picture(name, columns):
    found = named_instance(name)
    svg = draw_links(found, found.graph.everything, name, columns=columns)
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    places = np.array(re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', svg), float)
    assert len(places) == found.graph.n and svg.count(f'stroke="{ON}"') > 0
    assert (places > 20).all() and (places[:, 0] < width - 10).all() and (places[:, 1] < height - 10).all()
