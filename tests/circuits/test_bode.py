import xml.etree.ElementTree as ElementTree

import numpy as np

from archwright.circuits.bode import bode_svg

FREQUENCIES_HZ = np.geomspace(1e3, 1e9, 121)
FALLING = 2e4 / np.hypot(1.0, FREQUENCIES_HZ / 1e6)


def test_picture_is_one_svg_with_every_curve_named():
    text = bode_svg(FREQUENCIES_HZ, {"this design": FALLING, "human": 0.5 * FALLING}, "gain (ohm)")
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "this design" in text and "human" in text and "gain (ohm)" in text and "frequency (Hz)" in text


def test_same_curves_give_the_same_text():
    first, second = (bode_svg(FREQUENCIES_HZ, {"one": FALLING}, "gain") for _ in range(2))
    assert first == second


def test_curve_without_a_corner_is_drawn_without_its_mark():
    flat = bode_svg(FREQUENCIES_HZ, {"one": np.ones_like(FALLING)}, "gain")
    assert ElementTree.fromstring(flat).tag.endswith("svg")
    falling = bode_svg(FREQUENCIES_HZ, {"one": FALLING}, "gain")
    assert falling.count("#1f77b4") > flat.count("#1f77b4")


def test_corner_may_be_below_the_first_amplitude():
    peaked = FALLING * (1.0 + np.exp(-(np.log(FREQUENCIES_HZ / 5e5) ** 2)))
    texts = [bode_svg(FREQUENCIES_HZ, {"one": peaked}, "gain", below) for below in ("largest", "first")]
    assert texts[0] != texts[1]
