import shutil

import numpy as np
import pytest

from archwright.compression.three_stages.rates import (
    codec_rates,
    convolution_rates,
    packer_sizes,
    pruned_layer,
    vector_rates,
)

RNG = np.random.default_rng


def test_a_drawn_layer_has_its_density_and_bits():
    layer = pruned_layer((200, 100), 0.1, 5, rng=RNG(0))
    assert layer.n_stored == pytest.approx(2_000, rel=0.1) and layer.bits == 5 and layer.index_bits == 4
    weights = np.abs(layer.to_dense())
    assert weights[weights > 0].min() > 0.019, "pruning leaves no small weights"


@pytest.mark.parametrize("coder", ["fixed", "huffman", "range"])
def test_rates_are_of_a_real_file(coder, tmp_path):
    rates = codec_rates(pruned_layer((100, 100), 0.1, 5, rng=RNG(0)), coder, tmp_path, rounds=1)
    assert rates.encode > 0 and rates.decode > 0
    assert rates.n_bytes == (tmp_path / f"rates-{coder}.awz").stat().st_size


def test_general_packers_need_more(tmp_path):
    layer = pruned_layer((300, 300), 0.1, 5, rng=RNG(0))
    sizes = packer_sizes(layer.to_dense())
    assert ("zstd -19" in sizes) == bool(shutil.which("zstd"))
    assert codec_rates(layer, "auto", tmp_path, rounds=1).n_bytes < min(sizes.values())


def test_products_are_compared_on_equal_results():
    rates = vector_rates(pruned_layer((30, 40), 0.1, 5, rng=RNG(0)), rng=RNG(1), rounds=3)
    assert min(rates) > 0
    assert min(convolution_rates(pruned_layer((4, 3, 3, 3), 0.4, 5, rng=RNG(0)), 6, rng=RNG(1), rounds=3)) > 0
