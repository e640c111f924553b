import numpy as np
import pytest
from torch import nn

from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.three_stages.pipeline import Recipe, accuracy_of_weights, compress_in_three_stages
from archwright.models.fashion_mnist import Labelled, Split


def stripes(seed, n):
    """Images whose class is the brightest of three rows."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.standard_normal((n, 1, 3, 4)).astype(np.float32)
    images[np.arange(n), 0, labels] += 1.5
    return Labelled(images, labels)


PLAN = CompressionPlan({"1.weight": LayerPlan(0.1, 3, "exact", 4), "3.weight": LayerPlan(0.3, 4, "linear", 3)})
RECIPE = Recipe(lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 300), nn.ReLU(), nn.Linear(300, 3)), PLAN, (6, 20, 4))
DATA = Split(stripes(0, 2_000), stripes(1, 500), stripes(2, 500))


@pytest.fixture(scope="module")
def compressed():
    return compress_in_three_stages(RECIPE, DATA, rng=np.random.default_rng(0))


def test_every_stage_is_smaller_and_little_is_lost(compressed):
    sizes = [stage.n_bytes for stage in compressed.stages]
    assert sizes[0] == 4 * (12 * 300 + 300 + 300 * 3 + 3)
    assert sizes[0] > sizes[1] > sizes[2] == sizes[3] > sizes[4] >= sizes[5]
    dense, tuned = compressed.stages[0], compressed.stages[-1]
    assert dense.test > 0.8 and tuned.test > dense.test - 0.03
    assert compressed.rate() == sizes[0] / sizes[-1] > 5


def test_the_file_is_as_long_as_counted_and_judges_alike(compressed, tmp_path):
    n_bytes = write_model(tmp_path / "m.awz", compressed.tensors)
    assert n_bytes == pytest.approx(model_bytes(compressed.tensors), rel=0.01)
    assert compressed.stages[-1].n_bytes == model_bytes(compressed.tensors)
    weights = load_model(tmp_path / "m.awz")
    state = compressed.model.state_dict()
    assert all(weights[name].tobytes() == one.numpy().tobytes() for name, one in state.items())
    assert accuracy_of_weights(RECIPE, weights, DATA.test) == compressed.stages[-1].test


def test_survivors_and_bits_are_the_plan_s(compressed):
    by_name = {tensor.name: tensor for tensor in compressed.tensors}
    assert by_name["1.weight"].n_stored == 360 and len(by_name["1.weight"].values) == 8
    assert by_name["3.weight"].n_stored == 270 and by_name["3.weight"].index_bits == 3
    assert by_name["1.bias"].bits == 0


def test_the_same_seed_gives_the_same_file(compressed, tmp_path):
    again = compress_in_three_stages(RECIPE, DATA, rng=np.random.default_rng(0))
    write_model(tmp_path / "a.awz", compressed.tensors)
    write_model(tmp_path / "b.awz", again.tensors)
    assert (tmp_path / "a.awz").read_bytes() == (tmp_path / "b.awz").read_bytes()
