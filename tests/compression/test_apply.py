import numpy as np
import pytest

from archwright.compression.apply import LEFT, apply_plan, low_rank, unpack
from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.codec.packed import pack_raw
from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.core.errors import SpecError


def model():
    rng = np.random.default_rng(0)
    shapes = {"conv.weight": (8, 3, 3, 3), "conv.bias": (8,), "fc.weight": (20, 30), "fc.bias": (20,)}
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


PLAN = CompressionPlan({"conv.weight": LayerPlan(0.5, 4), "fc.weight": LayerPlan(bits=8, codebook="affine", rank=4)})


def test_a_plan_is_applied_written_and_read_back(tmp_path):
    weights = model()
    packed = apply_plan(weights, PLAN, rng=np.random.default_rng(0))
    write_model(tmp_path / "m.awz", packed)
    back = load_model(tmp_path / "m.awz")
    assert list(back) == list(weights)
    assert all(back[name].shape == one.shape for name, one in weights.items())
    assert np.count_nonzero(back["conv.weight"]) == 108 and np.array_equal(back["fc.bias"], weights["fc.bias"])
    left, right = low_rank(weights["fc.weight"], 4)
    assert np.abs(back["fc.weight"] - left @ right).max() < 0.1
    assert {name: one.tobytes() for name, one in unpack(packed).items()} == {n: o.tobytes() for n, o in back.items()}


def test_nothing_changes_in_place():
    weights, before = model(), model()
    apply_plan(weights, PLAN, rng=np.random.default_rng(0))
    assert all(np.array_equal(weights[name], before[name]) for name in weights)


def test_the_best_factors_lose_the_smallest_singular_values():
    weights = model()["conv.weight"]
    left, right = low_rank(weights, 3)
    values = np.linalg.svd(weights.reshape(8, -1), compute_uv=False)
    lost = np.square(weights - np.tensordot(left, right, axes=1)).sum()
    assert right.shape == (3, 3, 3, 3) and lost == pytest.approx(np.square(values[3:]).sum(), rel=1e-4)


def test_a_factor_alone_is_seen():
    packed = apply_plan(model(), PLAN, rng=np.random.default_rng(0))
    alone = [one for one in packed if not one.name.endswith(LEFT)]
    with pytest.raises(Damage, match=r"fc\.weight': its factors"):
        unpack(alone)
    with pytest.raises(Damage, match="'x': its factors"):
        unpack([pack_raw("x/left", np.zeros((2, 3))), pack_raw("x/right", np.zeros((2, 3)))])


def test_a_plan_that_does_not_fit_is_refused():
    with pytest.raises(SpecError, match=r"fc\.weight\.rank: 21"):
        apply_plan(model(), CompressionPlan({"fc.weight": LayerPlan(rank=21)}), rng=np.random.default_rng(0))
