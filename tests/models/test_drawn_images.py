import numpy as np

from archwright.models.drawn_images import drawn_images


def test_parts_have_their_sizes_and_the_scale_of_normalised_images():
    data = drawn_images(n_train=400, n_validation=30, n_test=20)
    assert [len(part.labels) for part in data] == [400, 30, 20]
    assert data.train.images.shape == (400, 1, 28, 28) and data.train.images.dtype == np.float32
    assert abs(data.train.images.mean()) < 0.1 and 0.9 < data.train.images.std() < 1.1
    assert set(data.train.labels.tolist()) == set(range(10))


def test_the_seed_decides_everything():
    first, again, other = (drawn_images(n_train=20, seed=seed) for seed in (0, 0, 1))
    assert (first.train.images == again.train.images).all() and (first.test.labels == again.test.labels).all()
    assert (first.train.images != other.train.images).any()


def test_images_of_one_class_are_more_alike_than_others():
    data = drawn_images(n_train=600)
    means = np.stack([data.train.images[data.train.labels == k].mean(0).ravel() for k in range(10)])
    nearest = (data.test.images.reshape(len(data.test.labels), -1) @ means.T).argmax(1)
    assert (nearest == data.test.labels).mean() > 0.4  # by chance 0.1; shifts keep it from being easy
