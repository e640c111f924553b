import numpy as np
import pytest
import torch
from torch import nn

from archwright.accelerators.eie import EieSimulator
from archwright.compression.codec.model_file import write_model
from archwright.compression.codec.packed import pack_layer, pack_raw
from archwright.compression.measure import Target, latency_ms, measure, simulated, stored_raw
from archwright.compression.plan import LayerPlan
from archwright.core.errors import SpecError
from archwright.learning.seeding import seeded
from archwright.models.fashion_mnist import Labelled

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def net():
    build = lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 4))  # noqa: E731
    return seeded(build, RNG(0)).eval()


@pytest.fixture(scope="module")
def data(net):
    images = RNG(1).standard_normal((40, 1, 8, 8)).astype(np.float32)
    labels = net(torch.from_numpy(images)).argmax(1).numpy()
    labels[:10] = (labels[:10] + 1) % 4
    return Labelled(images, labels)


def test_a_network_is_counted_and_judged(net, data, tmp_path):
    found = measure(net, data)
    assert found.keys() == {"quality", "bytes", "macs", "parameters", "activations"}
    assert (found["quality"], found["macs"], found["activations"]) == (0.75, 64 * 32 + 32 * 4, 36)
    assert found["bytes"] == write_model(tmp_path / "m.awz", stored_raw(net))


def test_bytes_are_those_of_the_file(net, data, tmp_path):
    state = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    plan = LayerPlan(0.2, 3, "density", 3)
    tensors = [
        pack_layer(name, one, plan, rng=RNG(0)) if one.ndim == 2 else pack_raw(name, one) for name, one in state.items()
    ]
    assert measure(net, data, tensors=tensors)["bytes"] == write_model(tmp_path / "m.awz", tensors)


def test_a_target_adds_what_it_measures(net, data):
    found = measure(net, data, Target(has_latency=True, simulator=EieSimulator()))
    assert 0.0 < found["latency_ms"] < 100.0
    whole = EieSimulator().run_matrices({name: one.numpy() for name, one in net.state_dict().items()})["all layers"]
    assert found["cycles"] == whole["cycles"] and found["energy_uj"] == pytest.approx(whole["energy_j"] * 1e6)


def test_one_matrix_needs_no_total():
    assert simulated({"w": np.eye(8, dtype=np.float32)}, EieSimulator()).keys() == {"cycles", "energy_uj"}


def test_latency_is_a_median():
    class Uneven:
        runs = 0

        def __call__(self, inputs):
            self.runs += 1
            for _ in range(200_000 if self.runs % 10 == 0 else 0):
                pass

    run = Uneven()
    assert latency_ms(run, np.zeros(1), n_runs=30) < 1.0 and run.runs == 33


def test_few_runs_are_refused():
    with pytest.raises(SpecError, match="n_runs: 3 is not possible; allowed: 30 or more"):
        Target(n_runs=3)
