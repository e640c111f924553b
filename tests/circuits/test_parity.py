from types import SimpleNamespace

import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.parity import compare_simulators


@pytest.fixture(scope="module")
def amplifier():
    return ThreeStageTIA()


@pytest.fixture(scope="module")
def designs(amplifier):
    space = amplifier.space
    return space.to_array([HUMAN, *space.decode_many(np.random.default_rng(0).random((7, space.horizon)))])


class Disturbed:
    """The embedded simulator with one of its answers changed."""

    def __init__(self, netlist, change):
        self.inner, self.change = Simulator(netlist, "vouta"), change

    def operate(self, designs):
        return self.inner.operate(self.change.get("designs", lambda x: x)(designs))

    def bandwidth(self, points, grid_hz):
        found = self.inner.bandwidth(points, grid_hz)
        return found._replace(corner_hz=found.corner_hz * self.change.get("corner", 1.0))

    def transfer(self, points, grid_hz):
        return self.inner.transfer(points, grid_hz)

    def noise(self, points, grid_hz):
        found = self.inner.noise(points, grid_hz)
        return SimpleNamespace(output_v_rthz=found.output_v_rthz * self.change.get("noise", 1.0))


def test_a_simulator_equals_itself(amplifier, designs):
    simulator = Simulator(amplifier.netlist, "vouta")
    found = compare_simulators(simulator, simulator, amplifier.netlist, designs)
    assert found == (8, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)


def test_every_difference_is_seen(amplifier, designs):
    simulator = Simulator(amplifier.netlist, "vouta")
    change = {"corner": 1.01, "noise": 0.9}
    found = compare_simulators(simulator, Disturbed(amplifier.netlist, change), amplifier.netlist, designs)
    assert found.f3db == pytest.approx(1 - 1 / 1.01) and found.noise == pytest.approx(1 / 9)
    assert found.voltage_v == found.gain == found.response == 0.0
    wider = {"designs": lambda x: x * np.array([1.1] + [1.0] * (x.shape[1] - 1))}
    found = compare_simulators(simulator, Disturbed(amplifier.netlist, wider), amplifier.netlist, designs)
    assert min(found.voltage_v, found.gain, found.response, found.power) > 1e-6
