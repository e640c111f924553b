import numpy as np
import pytest
import torch

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.learning.seeding import one_thread
from archwright.models.efficientnet_lite import Convolution, EfficientNetLite0, trained_efficientnet_lite0
from archwright.models.photos import photos

ESPRESSO, EGYPTIAN_CAT, TRIPOD = 967, 285, 872
"""Classes of ImageNet."""


def test_the_published_numbers_of_parameters_and_filters():
    model = EfficientNetLite0()
    layers = [layer for layer in model.modules() if isinstance(layer, Convolution)]
    assert sum(one.numel() for one in model.parameters()) == 4_652_008
    assert len(layers) == 49 and sum(layer.convolution.groups > 1 for layer in layers) == 16
    assert model.blocks[15].filter.convolution.weight.shape == (1152, 1, 3, 3)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_zeros_are_added_as_tensorflow_does(kernel, stride):
    layer = Convolution(1, 1, kernel, stride=stride, is_rectified=False)
    with torch.no_grad():
        layer.convolution.weight.fill_(1.0)
        sums = layer(torch.ones(1, 1, 8, 8))[0, 0]
    missing = max(kernel - stride, 0)
    front, behind = missing // 2, missing - missing // 2
    assert sums.shape == (8 // stride, 8 // stride)
    assert sums[0, 0] == (kernel - front) ** 2 and sums[-1, -1] == (kernel - behind) ** 2


@pytest.fixture(scope="module")
def trained():
    try:
        return trained_efficientnet_lite0()
    except SimulatorMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.external
def test_trained_weights_see_what_is_there(trained):
    files = (("skimage", "coffee.png"), ("skimage", "chelsea.png"), ("skimage", "camera.png"))
    views = photos(files)
    middles = [k for k, name in enumerate(views.names) if name.endswith("middle")]
    with one_thread():
        shares = trained(torch.from_numpy(views.inputs[middles])).softmax(1)
    assert shares.argmax(1).tolist() == [ESPRESSO, EGYPTIAN_CAT, TRIPOD]
    assert float(shares[0, ESPRESSO]) > 0.8 and float(shares[2, TRIPOD]) > 0.9


@pytest.mark.external
def test_filters_have_one_size_and_scales_carry_it(trained):
    squares = np.concatenate(
        [
            layer.convolution.weight.square().mean((1, 2, 3)).numpy()
            for layer in trained.modules()
            if isinstance(layer, Convolution)
        ]
    )
    assert np.allclose(squares[squares > 1e-6], 1.0, atol=1e-3)
    assert float(trained.stem.scale.std()) > 0.0


def test_another_checkpoint_is_refused(tmp_path):
    torch.save({"weight": torch.ones(3)}, tmp_path / "other.pth")
    with pytest.raises(SpecError, match="those of EfficientNet-Lite0"):
        trained_efficientnet_lite0(tmp_path / "other.pth")
