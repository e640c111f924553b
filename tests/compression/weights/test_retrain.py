import numpy as np
import pytest
import torch
from torch import nn

from archwright.compression.weights.retrain import CentroidTuner, GradualPruner, accuracy, reestimate_batch_norm, train
from archwright.compression.weights.sharing import share_weights
from archwright.learning.seeding import one_thread, seeded
from archwright.models.fashion_mnist import Labelled

RNG = np.random.default_rng


def stripes(n=600):
    """Images whose class is the brightest of three rows."""
    rng = RNG(0)
    labels = rng.integers(0, 3, n)
    images = rng.standard_normal((n, 1, 3, 4)).astype(np.float32)
    images[np.arange(n), 0, labels] += 1.5
    return Labelled(images, labels)


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 3))


@pytest.fixture
def trained():
    with one_thread():
        model = seeded(network, RNG(0))
        train(model, stripes(), epochs=5, learning_rate=1e-2, rng=RNG(1), batch=50)
        yield model


def test_training_learns_and_repeats(trained):
    again = seeded(network, RNG(0))
    before = accuracy(again, stripes())
    train(again, stripes(), epochs=5, learning_rate=1e-2, rng=RNG(1), batch=50)
    assert accuracy(again, stripes()) > max(0.9, before)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), trained.parameters(), strict=True))


def test_masks_hold_after_every_step_under_momentum(trained):
    densities = {"1.weight": 0.25, "3.weight": 0.5}
    pruner = GradualPruner(trained, densities, every=4)
    seen = []

    def after_step(progress):
        pruner(progress)
        seen.append(int((trained[1].weight != 0).sum()))
        assert all((pruner.weights[name][~mask] == 0).all() for name, mask in pruner.masks.items())

    train(trained, stripes(), epochs=3, learning_rate=1e-2, rng=RNG(2), batch=50, after_step=after_step)
    assert seen == sorted(seen, reverse=True) and len(set(seen)) > 4, "density falls step by step"
    assert seen[-1] == 48 and int((trained[3].weight != 0).sum()) == 24
    assert len(set(seen[-len(seen) // 3 :])) == 1, "the last third heals"


def test_one_shot_prunes_in_the_first_step(trained):
    GradualPruner(trained, {"1.weight": 0.25}, share=0.0)(1e-6)
    assert int((trained[1].weight != 0).sum()) == 48


def test_a_centroid_s_gradient_is_the_sum_over_its_members(trained):
    weights = trained[1].weight.detach().numpy().ravel()
    shared = share_weights(weights, 2, rng=RNG(0))
    tuner = CentroidTuner(trained, {"1.weight": shared})
    codebook = torch.tensor(shared.codebook, requires_grad=True)
    data = stripes(64)
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    trained.zero_grad()
    nn.functional.cross_entropy(trained(images), labels).backward()
    tied = codebook[torch.from_numpy(shared.codes.astype(np.int64))].view(16, 12)
    logits = torch.func.functional_call(trained, {"1.weight": tied}, images)
    nn.functional.cross_entropy(logits, labels).backward()
    assert torch.allclose(tuner.gradient("1.weight"), codebook.grad, atol=1e-6)


def test_tuning_moves_centroids_only(trained):
    GradualPruner(trained, {"1.weight": 0.3}, share=0.0)(1e-6)
    weights = trained[1].weight.detach().numpy().ravel().copy()
    shared = share_weights(weights[weights != 0], 2, rng=RNG(0))
    tuner = CentroidTuner(trained, {"1.weight": shared}, learning_rate=1e-2)
    bias = trained[1].bias.detach().clone()
    before = accuracy(trained, stripes())
    train(trained, stripes(), epochs=3, learning_rate=1e-3, rng=RNG(2), batch=50, after_step=tuner)
    tuned = tuner.shared()["1.weight"]
    assert np.array_equal(tuned.codes, shared.codes) and not np.allclose(tuned.codebook, shared.codebook)
    now = trained[1].weight.detach().numpy().ravel()
    assert np.array_equal(now[weights != 0], tuned.weights) and (now[weights == 0] == 0).all()
    assert not torch.equal(trained[1].bias, bias) and accuracy(trained, stripes()) >= before


def test_statistics_are_those_of_the_batches():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).eval()
    batches = [torch.from_numpy(RNG(k).standard_normal((50, 3)).astype(np.float32)) for k in range(4)]
    reestimate_batch_norm(model, batches)
    with torch.no_grad():
        outputs = [model[0](batch) for batch in batches]
    assert torch.allclose(model[1].running_mean, torch.stack([one.mean(0) for one in outputs]).mean(0), atol=1e-5)
    assert torch.allclose(model[1].running_var, torch.stack([one.var(0) for one in outputs]).mean(0), atol=1e-5)
    assert not model.training and model[1].momentum == 0.1
