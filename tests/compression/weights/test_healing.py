import numpy as np
import pytest

from archwright.compression.amc.trained_networks import trained
from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.packed import pack_layer, pack_raw
from archwright.compression.plan import LayerPlan
from archwright.compression.subjects import TorchSubject
from archwright.compression.weights.healing import heal, tune

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def learned():
    found = trained("drawn")
    return TorchSubject(found.model, found.data.train.images), found.data


def packed(subject, plan):
    return [
        pack_layer(name, one, plan, rng=RNG(0)) if one.ndim > 1 else pack_raw(name, one)
        for name, one in subject.weights.items()
    ]


def dense(tensors):
    return {one.name: one.to_dense() for one in tensors}


def test_healing_keeps_zeros_and_gains_accuracy(learned):
    subject, data = learned
    tensors = packed(subject, LayerPlan(0.2, 8, "none"))
    healed = heal(subject, tensors, data.train, epochs=1, rng=RNG(1))
    for one in tensors:
        if one.index_bits:
            assert not healed.weights[one.name][one.to_dense() == 0].any()
    before = subject.quality(data.validation, dense(tensors))
    assert healed.quality(data.validation, {}) > before + 0.1


def test_tuning_keeps_bytes_and_sharing_and_gains_accuracy(learned):
    subject, data = learned
    tensors = packed(subject, LayerPlan(0.6, 2, "linear"))
    tuned = tune(subject, tensors, data.train, epochs=1, rng=RNG(1))
    assert model_bytes(tuned) == model_bytes(tensors)
    assert all(
        np.array_equal(a.codes, b.codes) and np.array_equal(a.gaps, b.gaps) for a, b in zip(tuned, tensors, strict=True)
    )
    assert max(len(np.unique(one.to_dense())) for one in tuned if one.bits) <= 5
    assert subject.quality(data.validation, dense(tuned)) > subject.quality(data.validation, dense(tensors)) + 0.05


def test_weights_that_share_nothing_keep_their_places(learned):
    subject, data = learned
    tensors = packed(subject, LayerPlan(0.3, 8, "none"))
    tuned = tune(subject, tensors, data.train, epochs=1, rng=RNG(1))
    for before, after in zip(tensors, tuned, strict=True):
        if before.index_bits:
            assert np.array_equal(before.to_dense() != 0, after.to_dense() != 0)
    assert model_bytes(tuned) == model_bytes(tensors)
