import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.weights.sharing import METHODS, Shared, share_weights, within_cluster_squares
from archwright.core.errors import SpecError

RNG = np.random.default_rng


def slow_lloyd(weights, centroids, rounds=100):
    """Lloyd's iterations as they are written in every textbook."""
    for _ in range(rounds):
        nearest = np.abs(weights[:, None].astype(float) - centroids).argmin(axis=1)
        moved = np.array([weights[nearest == k].astype(float).mean() if (nearest == k).any() else centroids[k]
                          for k in range(len(centroids))])  # fmt: skip
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return nearest, centroids


def brute_force(weights, k):
    """Least cost over all partitions of the sorted weights into at most k intervals."""
    ordered = np.sort(weights.astype(float))
    best = {(0, 0): 0.0}
    for row in range(1, k + 1):
        for stop in range(1, len(ordered) + 1):
            costs = [best[row - 1, cut] + ((part := ordered[cut:stop]) - part.mean()) @ (part - part.mean())
                     for cut in range(stop) if (row - 1, cut) in best]  # fmt: skip
            best[row, stop] = min(costs, default=np.inf)
    return min(best[row, len(ordered)] for row in range(1, k + 1))


def test_linear_lloyd_is_the_textbook_s():
    weights = RNG(0).standard_normal(500).astype(np.float32)
    shared = share_weights(weights, 3, "linear", rng=RNG(0))
    nearest, centroids = slow_lloyd(weights, np.linspace(float(weights.min()), float(weights.max()), 8))
    assert np.allclose(shared.codebook, centroids[np.unique(nearest)], atol=1e-6)
    assert np.allclose(shared.weights, centroids[nearest], atol=1e-6)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=14), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_exact_is_the_optimum(values, bits):
    weights = np.array(values, np.float32)
    cost = within_cluster_squares(weights, share_weights(weights, bits, "exact", rng=RNG(0)))
    assert cost == pytest.approx(brute_force(weights, 2**bits), abs=1e-3)


def test_nothing_is_below_the_optimum():
    weights = RNG(1).standard_normal(3_000).astype(np.float32)
    cost = {m: within_cluster_squares(weights, share_weights(weights, 4, m, rng=RNG(0))) for m in METHODS}
    assert min(cost, key=lambda method: cost[method]) == "exact"
    assert cost["linear"] < 1.3 * cost["exact"]


def test_linear_keeps_the_few_large_weights_best():
    """Deep Compression, section 3.2: density and random place few centroids where weights are large."""
    rng = RNG(0)
    weights = np.concatenate([0.02 * rng.standard_normal(5_000), rng.uniform(0.8, 1.0, 12)]).astype(np.float32)
    worst = {m: np.abs(share_weights(weights, 3, m, rng=RNG(3), max_rounds=1).weights - weights)[-12:].max()
             for m in ("linear", "density", "random")}  # fmt: skip
    assert worst["linear"] < 0.5 * min(worst["density"], worst["random"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("values", [[], [0.5], [0.5] * 9, [1.0, 2.0]])
def test_fewer_values_than_clusters_come_back_exactly(method, values):
    weights = np.array(values, np.float32)
    shared = share_weights(weights, 4, method, rng=RNG(0))
    assert np.array_equal(shared.weights, weights)
    assert len(shared.codebook) == len(set(values)) and shared.codes.dtype == np.uint8


def test_codes_fit_their_bits_and_no_cluster_is_empty():
    shared = share_weights(RNG(0).standard_normal(10_000).astype(np.float32), 8, rng=RNG(0))
    assert isinstance(shared, Shared) and np.array_equal(np.unique(shared.codes), np.arange(len(shared.codebook)))
    assert (np.diff(shared.codebook) > 0).all()


@pytest.mark.parametrize(
    ("bits", "method", "n"), [(0, "linear", 5), (9, "linear", 5), (4, "forgy", 5), (4, "exact", 100_001)]
)
def test_what_cannot_be_is_refused(bits, method, n):
    with pytest.raises(SpecError):
        share_weights(np.zeros(n, np.float32), bits, method, rng=RNG(0))
