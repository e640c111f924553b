import numpy as np
import pytest

from archwright.compression.codec.accounting import expected_bits, model_bytes, tensor_bytes
from archwright.compression.codec.model_file import write_model
from archwright.compression.codec.packed import pack_layer, pack_raw
from archwright.compression.codec.symbol_streams import CODERS
from archwright.compression.plan import CODEBOOKS, LayerPlan

RNG = np.random.default_rng


@pytest.mark.parametrize("coder", CODERS)
def test_the_count_is_the_file_s_size(coder, tmp_path):
    rng = RNG(0)
    tensors = [
        pack_layer(f"{codebook}{density}", rng.standard_normal((60, 50)).astype(np.float32),
                   LayerPlan(density, 5, codebook, 4), rng=rng)
        for codebook in CODEBOOKS
        for density in (0.08, 1.0)
    ]  # fmt: skip
    tensors.append(pack_raw("bias", np.zeros(50, np.float64)))
    written = write_model(tmp_path / "m.awz", tensors, coder=coder, notes={"model": "x"})
    counted = model_bytes(tensors, coder, {"model": "x"})
    assert abs(written - counted) <= (4 * len(tensors) if coder in ("range", "auto") else 0)
    assert abs(written / counted - 1.0) < 0.01


def test_parts_are_where_the_bytes_go():
    weights = RNG(0).standard_normal((200, 100)).astype(np.float32)
    parts = tensor_bytes(pack_layer("fc", weights, LayerPlan(0.1, 5, "linear", 8), rng=RNG(0)), "fixed")
    assert (parts.codes, parts.indices, parts.raw, parts.tables) == (1250, 2000, 0, 0)
    assert 16 * 4 < parts.codebook <= 32 * 4 and parts.codebook % 4 == 0
    assert parts.dense == 80_000 and parts.frame < 40
    raw = tensor_bytes(pack_raw("bias", np.zeros(10, np.float32)))
    assert (raw.raw, raw.codes, raw.dense) == (40, 0, 40)


PLANS = [
    LayerPlan(0.09, 5),
    LayerPlan(0.35, 8),
    LayerPlan(1.0, 6),
    LayerPlan(0.2, 8, "none"),
    LayerPlan(0.04, 4, "affine", 5),
]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_alone_tells_the_size(plan):
    mask = RNG(0).random((500, 400)) < plan.density
    weights = (RNG(1).standard_normal(mask.shape) * mask).astype(np.float32)
    parts = tensor_bytes(pack_layer("fc", weights, plan, rng=RNG(0)), "fixed")
    assert expected_bits(weights.size, plan) / 8 == pytest.approx(parts.total, rel=0.02)
