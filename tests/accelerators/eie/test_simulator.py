import numpy as np
import pytest

from archwright.accelerators.eie.layers import published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.simulation import simulate
from archwright.accelerators.eie.simulator import EieSimulator
from archwright.core.errors import SpecError


def test_a_layer_has_every_metric():
    found = EieSimulator(n_pes=32).run("alex-8")["alex-8"]
    run = simulate(published_layer("alex-8"), Machine(n_pes=32))
    assert found.keys() == EieSimulator.metrics.keys()
    assert found["cycles"] == run.cycles and found["power_w"] == pytest.approx(run.energy_j() / run.time_s)
    assert found["balance"] == pytest.approx(run.balance) and found["weight_bytes"] == run.most_stored


def test_several_layers_are_added_up():
    found = EieSimulator(n_pes=2).run_matrices({"a": np.eye(40), "b": np.ones((3, 7))})
    a, b, total = found["a"], found["b"], found["all layers"]
    for name in ("cycles", "time_s", "theoretical_s", "energy_j", "weight_bytes"):
        assert total[name] == pytest.approx(a[name] + b[name])
    assert total["padding_share"] == pytest.approx(8 / 69)  # rows 32 to 39 of the diagonal stand behind 16 zeros
    assert min(a["balance"], b["balance"]) < total["balance"] < max(a["balance"], b["balance"])


def test_the_machine_is_checked():
    with pytest.raises(SpecError, match="fifo_depth: 1"):
        EieSimulator(fifo_depth=1)
