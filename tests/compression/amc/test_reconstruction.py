import numpy as np
import pytest
import torch
from torch import nn

from archwright.compression.amc.reconstruction import collect_moments, fit, sampled_inputs
from archwright.core.errors import SpecError


def rng():
    return np.random.default_rng(0)


def made(layer, seed=0):
    torch.manual_seed(seed)
    for weight in layer.parameters():
        nn.init.normal_(weight)
    return layer.eval()


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (3, 1, 1), (3, 2, 1), (2, 1, 0)])
def test_sampled_rows_times_weights_are_the_layer_s_outputs(kernel, stride, padding):
    layer = made(nn.Conv2d(3, 5, kernel, stride, padding, bias=False))
    images = torch.rand(2, 3, 7, 7, generator=torch.Generator().manual_seed(1))
    outputs = layer(images).detach().permute(0, 2, 3, 1).reshape(-1, 5).numpy()
    rows = sampled_inputs(layer, images, 6, rng())
    assert rows.shape == (12, 3 * kernel**2)
    found = rows @ layer.weight.detach().reshape(5, -1).numpy().T
    for row in found:
        assert np.abs(outputs - row).max(1).min() < 1e-5


def test_moments_are_those_of_all_rows_together():
    layer = made(nn.Linear(4, 2))
    inputs = torch.rand(30, 4, generator=torch.Generator().manual_seed(0))
    moments = collect_moments(nn.Sequential(layer), ["0"], inputs.split(7), points=1, rng=rng())["0"]
    assert moments.mean == pytest.approx(inputs.numpy().mean(0), abs=1e-6)
    assert moments.covariance == pytest.approx(np.cov(inputs.numpy().T, bias=True), abs=1e-6)


def test_the_fit_is_the_least_squares_solution_with_an_intercept():
    layer, channels = made(nn.Conv2d(4, 3, 3, bias=False)), np.array([0, 2])
    images = torch.rand(40, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    images[:, 2] += 0.5 * images[:, 1]  # what goes can partly be told from what stays
    rows = sampled_inputs(layer, images, 16, rng())
    moments = collect_moments(nn.Sequential(layer), ["0"], [images], points=16, rng=rng())["0"]
    wanted = rows @ layer.weight.detach().reshape(3, -1).numpy().T
    left = rows.reshape(len(rows), 4, 9)[:, channels].reshape(len(rows), -1)
    exact = np.linalg.lstsq(np.column_stack([left, np.ones(len(left))]), wanted, rcond=None)[0]
    found = fit(layer.weight, moments, channels)
    assert found.weight.shape == (3, 2, 3, 3)
    assert np.abs(found.weight.reshape(3, -1).numpy().T - exact[:-1]).max() < 0.02
    assert found.shift.numpy() == pytest.approx(exact[-1], abs=0.05)
    ours = left @ found.weight.reshape(3, -1).numpy().T + found.shift.numpy()
    plain = left @ layer.weight.detach()[:, channels].reshape(3, -1).numpy().T
    assert np.square(ours - wanted).sum() < 0.5 * np.square(plain - wanted).sum()


def test_all_channels_give_the_layer_back():
    layer = made(nn.Conv2d(3, 2, 1, bias=False))
    images = torch.rand(50, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    moments = collect_moments(nn.Sequential(layer), ["0"], [images], points=16, rng=rng())["0"]
    found = fit(layer.weight, moments, np.arange(3))
    assert torch.allclose(found.weight, layer.weight, atol=0.01) and found.shift.abs().max() < 0.01


@pytest.mark.parametrize("layer", [nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, padding="same"), nn.ReLU()])
def test_another_layer_is_refused(layer):
    with pytest.raises(SpecError, match="layer: '0'"):
        collect_moments(nn.Sequential(layer), ["0"], [], points=1, rng=rng())
