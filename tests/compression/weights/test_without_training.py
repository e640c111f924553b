import numpy as np
import pytest

from archwright.compression.apply import apply_plan, unpack
from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.weights.without_training import clustered_plan, round_model
from archwright.core.errors import SpecError


def model():
    rng = np.random.default_rng(0)
    return {
        "first": rng.standard_normal((8, 1, 5, 5)).astype(np.float32),
        "bias": rng.standard_normal(8).astype(np.float32),
        "second": (0.1 * rng.standard_normal((300, 200))).astype(np.float32),
    }


def noise(weights, packed):
    back = unpack(packed)
    return sum(float(np.square(back[name] - one).sum() / np.square(one).sum()) for name, one in weights.items())


@pytest.mark.parametrize("wanted", [0.002, 0.02, 0.1])
def test_the_noise_is_what_was_asked_for(wanted):
    weights = model()
    assert noise(weights, round_model(weights, wanted)) == pytest.approx(wanted, rel=0.1)


def test_more_noise_takes_fewer_bytes_than_clusters_of_the_same_noise():
    weights = model()
    sizes = [model_bytes(round_model(weights, one)) for one in (0.002, 0.02, 0.1)]
    assert sizes == sorted(sizes, reverse=True)
    clustered = apply_plan(weights, clustered_plan(weights, 5), rng=np.random.default_rng(0))
    assert model_bytes(round_model(weights, noise(weights, clustered))) < model_bytes(clustered)


def test_inputs_change_the_codes_of_their_own_layer_only(tmp_path):
    weights = model()
    inputs = np.random.default_rng(1).standard_normal((500, 5)) @ np.random.default_rng(2).standard_normal((5, 200))
    gram = inputs.T @ inputs / 500
    nearest, seen = round_model(weights, 0.05), round_model(weights, 0.05, {"second": gram})
    assert np.array_equal(nearest[0].codes, seen[0].codes) and not np.array_equal(nearest[2].codes, seen[2].codes)

    def lost(packed):
        return float(np.square(inputs @ (packed[2].to_dense() - weights["second"]).T).sum())

    assert lost(seen) < 0.5 * lost(nearest)
    write_model(tmp_path / "m.awz", seen)
    back = load_model(tmp_path / "m.awz")
    assert back["bias"].dtype == np.float16 and np.array_equal(back["second"], seen[2].to_dense())


def test_no_noise_is_refused():
    with pytest.raises(SpecError, match="noise"):
        round_model(model(), 0.0)
