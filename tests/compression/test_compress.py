from pathlib import Path

import numpy as np
import pytest

from archwright.accelerators.eie import EieSimulator
from archwright.compression.amc.trained_networks import trained
from archwright.compression.codec.model_file import load_model
from archwright.compression.compress import Compressed, compress
from archwright.compression.export import OnnxRun, onnx_bytes, onnx_weights, read_safetensors
from archwright.compression.measure import Target
from archwright.core.errors import SpecError
from archwright.models.fashion_mnist import Labelled, Split

BUDGETS = ("macs <= 60%", "bytes <= 25%")


@pytest.fixture(scope="module")
def small() -> Split:
    data = trained("drawn").data
    return Split(*(Labelled(part.images[:n], part.labels[:n]) for part, n in zip(data, (1500, 200, 200), strict=True)))


@pytest.fixture(scope="module")
def found(small) -> Compressed:
    return compress(trained("drawn").model, small, BUDGETS, optimizer="random", trials=6, epochs=1, seed=1)


def test_budgets_hold_and_what_is_counted_is_written(found, tmp_path):
    files = found.write(tmp_path / "small")
    assert [Path(name).suffix for name in files] == [".awz", ".onnx", ".safetensors"]
    assert files[str(tmp_path / "small.awz")] == found.after["bytes"] <= 0.25 * found.before["bytes"]
    assert found.after["macs"] <= 0.6 * found.before["macs"]
    names = [stage.name for stage in found.stages if not stage.name.startswith("kept: ")]
    assert names == ["as it was", "narrowed", "narrowed and healed", "pruned and shared", "healed", "tuned"]
    assert found.stages[-1].test == found.after["quality"]


def test_all_three_files_load_back_equal(found, small, tmp_path):
    found.write(tmp_path / "small")
    weights = load_model(tmp_path / "small.awz")
    for name, one in read_safetensors(tmp_path / "small.safetensors").items():
        assert np.array_equal(one, weights[name])
    logits = OnnxRun((tmp_path / "small.onnx").read_bytes())(small.test.images)
    assert (logits.argmax(1) == small.test.labels).mean() == pytest.approx(found.after["quality"], abs=0.006)
    assert found.subject.quality(small.test, weights) == found.after["quality"]


def test_healing_helps(found):
    quality = {stage.name: stage.validation for stage in found.stages}
    assert found.stages[-1].validation > quality["pruned and shared"]
    assert quality["narrowed and healed"] > quality["narrowed"] - 0.02


def test_layers_say_what_became_of_them(found):
    assert [one.name for one in found.layers][-1] == "classifier"
    assert sum(one.macs[0] for one in found.layers) == found.before["macs"]
    assert sum(one.macs[1] for one in found.layers) == found.after["macs"]
    assert all(one.n_bytes[1] < one.n_bytes[0] and one.bits <= 8 for one in found.layers)


def test_an_onnx_model_is_compressed_without_training(small, tmp_path):
    import torch

    model = onnx_bytes(trained("drawn").model, torch.from_numpy(small.test.images[:1]))
    target = Target(simulator=EieSimulator())
    found = compress(model, small, "bytes <= 40%", ["share"], "random", trials=4, target=target)
    assert found.after["bytes"] <= 0.4 * found.before["bytes"] and found.after["cycles"] > 0
    files = found.write(tmp_path / "m")
    assert files[str(tmp_path / "m.awz")] == found.after["bytes"]
    back = load_model(tmp_path / "m.awz")
    assert all(
        np.array_equal(one, back[name]) for name, one in onnx_weights((tmp_path / "m.onnx").read_bytes()).items()
    )
    with pytest.raises(SpecError, match="model: 'onnx' is not possible"):
        _ = found.model


def test_a_search_ends_no_worse_than_all_layers_alike(small):
    import torch

    model = onnx_bytes(trained("drawn").model, torch.from_numpy(small.test.images[:1]))
    found = compress(model, small, "bytes <= 40%", optimizer="random", trials=1)
    whole, thin = found.stages[0], found.stages[-1]
    assert thin.n_bytes <= 0.4 * whole.n_bytes and thin.validation > whole.validation - 0.1


@pytest.mark.parametrize(
    ("budget", "options", "line"),
    [
        ("bytes <= 10", {}, "budget bytes: 10 is not possible; allowed: .* or more, which is the smallest"),
        ([], {}, "budget: 'none' is not possible; allowed: one or more"),
        ("macs <= 50%", {"methods": ["prune"]}, "methods: 'prune' is not possible; allowed: channels among them"),
        ("bytes <= 50%", {"methods": ["channels"]}, "methods: 'channels' is not possible; allowed: prune or share"),
        ("bytes <= 50%", {"methods": ["magic"]}, "methods: 'magic' is not possible"),
        ("cycles <= 50%", {}, "budget: 'cycles <= 50%' is not possible; allowed: a measure that does not need"),
        ("bytes <= 50%", {"trials": 0}, "trials: 0 is not possible"),
    ],
)
def test_bad_input_is_one_line(small, budget, options, line):
    with pytest.raises(SpecError, match=line) as error:
        compress(trained("drawn").model, small, budget, optimizer="random", **{"trials": 2, **options})
    assert "\n" not in str(error.value)


def test_no_data_is_one_line(small):
    empty = Labelled(small.train.images[:0], small.train.labels[:0])
    with pytest.raises(SpecError, match="data: 'an empty part'"):
        compress(trained("drawn").model, small._replace(train=empty), "bytes <= 50%")
