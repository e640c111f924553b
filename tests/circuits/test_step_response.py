import xml.etree.ElementTree as ElementTree

import numpy as np

from archwright.circuits.step_response import step_response_svg


def test_curves_and_steps_are_drawn_and_named():
    times_s = np.linspace(0.0, 1e-6, 20)
    steps = {"load (mA)": times_s, "supply (V)": times_s}
    curves = {"this design": np.cos(times_s * 1e6), "human": np.sin(times_s * 1e6)}
    text = step_response_svg(times_s, curves, "output (V)", steps)
    assert ElementTree.fromstring(text).tag.endswith("svg")
    for word in ("this design", "human", "output (V)", "load (mA)", "supply (V)", "time (us)"):
        assert word in text
    assert text == step_response_svg(times_s, curves, "output (V)", steps)
