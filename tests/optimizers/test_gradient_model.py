import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.spaces.order import Order
from archwright.optimizers.gradient_model import Archive, Coordinates, local_model

SPACE = Record(w=Real(1.0, 100.0), v=Real(-2.0, 2.0), k=Real(2.0, 5.0, step=0.2), one=Real(3.0, 3.0))


def test_coordinates_there_and_back_within_the_bounds():
    coordinates = Coordinates(SPACE)
    values = np.array([[10.0, 0.5, 3.2, 3.0], [1.0, -2.0, 5.0, 3.0]])
    z = coordinates.of(values)
    np.testing.assert_allclose(z[0], [np.log(10), 0.625, np.log(3.2), np.log(3)])
    np.testing.assert_allclose(coordinates.values(z), values)
    np.testing.assert_allclose(coordinates.values(z + 9.0)[0], [100.0, 2.0, 5.0, 3.0])


def test_chain_is_the_derivative_of_the_values():
    coordinates = Coordinates(SPACE)
    z = coordinates.of(np.array([[10.0, 0.5, 3.2, 3.0]]))
    ahead, behind = coordinates.values(z + 1e-6)[0], coordinates.values(z - 1e-6)[0]
    expected = (ahead - behind) / 2e-6
    np.testing.assert_allclose(coordinates.chain(np.array([10.0, 0.5, 3.2, 3.0]))[:3], expected[:3], rtol=1e-6)


def test_grid_points_around_and_beside():
    coordinates = Coordinates(SPACE)
    z = coordinates.of(np.array([[10.0, 0.5, 3.25, 3.0]]))[0]
    np.testing.assert_allclose(np.exp(coordinates.around(z, 2)), [3.2, 3.4])
    below, above = coordinates.neighbours(np.array([10.0, 0.5, 5.0, 3.0]))
    np.testing.assert_allclose(np.exp([below[2], above[2]]), [4.8, 5.0])
    np.testing.assert_allclose(below[:2], above[:2])
    on = coordinates.of(np.array([[10.0, 0.5, 3.4, 3.0]]))[0]
    assert coordinates.around(on, 2) == [pytest.approx(np.log(3.4))]


@pytest.mark.parametrize("space", [Order(4), Record(x=Real(0.0, 1.0), kind=["a", "b"])])
def test_other_spaces_are_refused(space):
    with pytest.raises(SpecError, match=r"Record of numbers"):
        Coordinates(space)


def quadratic(n, k, rng):
    b = rng.normal(size=(k, n, n))
    return rng.normal(size=(k, n)), b + b.transpose(0, 2, 1)


def archive_of(z, g, b):
    u = z @ g.T + 0.5 * np.einsum("ni,kij,nj->nk", z, b, z)
    return Archive(z, u, g + np.einsum("kij,nj->nki", b, z))


def test_enough_gradients_give_a_quadratic_exactly():
    rng = np.random.default_rng(0)
    g, b = quadratic(4, 3, rng)
    z = rng.normal(size=(9, 4))
    model = local_model(archive_of(z, g, b), 2, 100.0, 8)
    np.testing.assert_allclose(model.b, b, atol=1e-6)
    d = rng.normal(size=4)
    there = archive_of((z[2] + d)[None], g, b)
    np.testing.assert_allclose(model.at(d), there.u[0], atol=1e-6)
    np.testing.assert_allclose(model.slopes(d), there.g[0], atol=1e-6)


def test_the_nearest_gradient_is_repeated_exactly_whatever_the_function():
    rng = np.random.default_rng(1)
    z = rng.normal(size=(6, 3))
    archive = Archive(z, rng.normal(size=(6, 2)), rng.normal(size=(6, 2, 3)))
    model = local_model(archive, 0, 100.0, 5)
    nearest = 1 + int(np.abs(z[1:] - z[0]).max(axis=1).argmin())
    np.testing.assert_allclose(model.slopes(z[nearest] - z[0]), archive.g[nearest], atol=1e-9)


def test_designs_beyond_reach_do_not_count():
    g, b = quadratic(2, 1, np.random.default_rng(2))
    archive = archive_of(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 0.5]]), g, b)
    near, alone = local_model(archive, 0, 1.0, 9), local_model(archive, 0, 0.1, 9)
    assert near.b.any() and not alone.b.any()
    np.testing.assert_allclose(near.slopes(np.array([0.0, 0.5])), archive.g[2], atol=1e-12)


def test_logarithms_follow_the_chain_rule():
    archive = Archive(np.zeros((1, 2)), np.array([[2.0, -1.0]]), np.array([[[4.0, 6.0], [1.0, 3.0]]]))
    found = archive.logarithmic(np.array([True, False]))
    np.testing.assert_allclose(found.u, [[np.log(2.0), -1.0]])
    np.testing.assert_allclose(found.g, [[[2.0, 3.0], [1.0, 3.0]]])
    assert len(found.joined(np.ones(2), np.ones(2), np.ones((2, 2))).u) == 2
