import xml.etree.ElementTree as ElementTree

import numpy as np

from archwright.circuits.step_response import step_response_svg


def test_curves_and_steps_are_drawn_and_named():
    times_s = np.geomspace(1e-9, 1e-6, 20)
    curves = {"this design": np.exp(-times_s / [[1e-8], [1e-7]]), "human": np.zeros((2, 20))}
    text = step_response_svg(times_s, curves, "output (V)", ["load up", "load down"])
    assert ElementTree.fromstring(text).tag.endswith("svg")
    for word in ("this design", "human", "output (V)", "load up", "load down", "(ns)"):
        assert word in text
    assert text == step_response_svg(times_s, curves, "output (V)", ["load up", "load down"])
