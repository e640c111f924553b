import numpy as np
import pytest
import torch

from archwright.compression.amc import trained_networks
from archwright.compression.amc.trained_networks import DRAWN, Training, cache_folder, trained, untrained
from archwright.compression.weights.retrain import accuracy
from archwright.core.errors import SpecError
from archwright.models import fashion_mnist as data_module
from archwright.models.drawn_images import drawn_images


def test_the_drawn_network_learns():
    found = trained(DRAWN)
    assert accuracy(found.model, found.data.test) > 0.7 and not found.model.training
    assert trained(DRAWN) is found


def test_an_untrained_network_follows_its_seed_and_leaves_torch_s_generator_alone():
    before = torch.random.get_rng_state()
    first, again, other = (untrained("vgg", seed).classifier.weight for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())
    with pytest.raises(SpecError, match="network"):
        untrained("nothing", 0)


@pytest.fixture
def small_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(trained_networks, "fashion_mnist", lambda: drawn_images(n_train=256))
    trained.cache_clear()
    yield
    trained.cache_clear()


def test_a_network_is_trained_once_and_then_read(small_data, monkeypatch):
    first = trained("mobilenet", Training(epochs=1))
    (path,) = cache_folder().iterdir()
    assert first.key in path.name
    trained.cache_clear()
    monkeypatch.setattr(trained_networks, "train", None)  # cannot be called
    again = trained("mobilenet", Training(epochs=1))
    images = torch.from_numpy(first.data.test.images[:5])
    assert torch.equal(first.model(images), again.model(images))


def test_a_damaged_file_is_replaced(small_data):
    key = trained_networks._key("vgg", Training(epochs=1), drawn_images(n_train=256).train)
    path = cache_folder() / f"vgg-{key}.weights"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not weights")
    trained("vgg", Training(epochs=1))
    assert len(path.read_bytes()) > 1_000_000 and list(path.parent.iterdir()) == [path]


def test_the_key_depends_on_data_and_training():
    data = drawn_images(n_train=200).train
    other = data._replace(labels=(data.labels + 1) % 10)
    keys = {
        trained_networks._key(name, training, images)
        for name, training, images in (
            ("vgg", Training(), data), ("resnet", Training(), data), ("vgg", Training(seed=1), data),
            ("vgg", Training(), other),
        )
    }  # fmt: skip
    assert len(keys) == 4


@pytest.mark.slow
@pytest.mark.external
@pytest.mark.parametrize("name", ["vgg", "resnet", "mobilenet"])
def test_networks_on_fashion_mnist_are_good(name):
    if not data_module.FOLDER.exists():
        pytest.skip("dataset-fashion-mnist is not installed")
    found = trained(name)
    assert accuracy(found.model, found.data.test) > 0.905
    assert np.isfinite(found.data.test.images).all()
