import numpy as np
import pytest

from archwright.compression.weights.feedback_rounding import BLOCK, nearest_codes, round_with_feedback

LEVELS = np.sort(np.random.default_rng(9).uniform(-8.0, 8.0, 30)).astype(np.float32)


def layer(seed, n_out, n_in, rank):
    """Weights, and the Gram matrix of inputs that mostly lie in a space of `rank` dimensions."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((500, rank)) @ rng.standard_normal((rank, n_in)) + 0.1 * rng.standard_normal(
        (500, n_in)
    )
    return rng.standard_normal((n_out, n_in)).astype(np.float32), inputs.T @ inputs / len(inputs)


def output_error(weights, codes, gram):
    errors = LEVELS[codes].astype(np.float64) - weights
    return float(np.einsum("oi,ij,oj->", errors, gram, errors))


def plainly(weights, gram, damping):
    """The same without blocks: the inverse is taken anew for the columns that are open."""
    order = np.argsort(-np.diag(gram), kind="stable")
    damped = gram + np.eye(len(gram)) * damping * np.mean(np.diag(gram))
    left, codes = weights.astype(np.float64), np.zeros(weights.shape, np.uint8)
    for k, column in enumerate(order):
        codes[:, column] = nearest_codes(left[:, column], LEVELS)
        off = left[:, column] - LEVELS[codes[:, column]]
        inverse = np.linalg.inv(damped[np.ix_(order[k:], order[k:])])
        left[:, order[k:]] -= np.outer(off / inverse[0, 0], inverse[0])
    return codes


@pytest.mark.parametrize("n_in", [1, 7, BLOCK, BLOCK + 9])
def test_blocks_change_nothing(n_in):
    weights, gram = layer(n_in, 5, n_in, 4)
    assert np.array_equal(round_with_feedback(weights, LEVELS, gram), plainly(weights, gram, 0.01))


@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_kept_better_than_by_the_nearest_weights(seed):
    weights, gram = layer(seed, 20, 100, 10)
    kept, nearest = round_with_feedback(weights, LEVELS, gram), nearest_codes(weights, LEVELS)
    assert output_error(weights, kept, gram) < 0.3 * output_error(weights, nearest, gram)


def test_independent_inputs_leave_the_nearest_weights():
    weights, _ = layer(0, 4, 30, 3)
    assert np.array_equal(round_with_feedback(weights, LEVELS, np.eye(30)), nearest_codes(weights, LEVELS))


def test_filters_of_one_pixel_keep_their_shape_and_inputs_that_are_never_there_do_no_harm():
    weights, gram = layer(0, 4, 30, 3)
    gram[5], gram[:, 5] = 0.0, 0.0
    flat = round_with_feedback(weights, LEVELS, gram)
    assert np.array_equal(round_with_feedback(weights[:, :, None, None], LEVELS, gram), flat[:, :, None, None])
    assert np.array_equal(round_with_feedback(weights, LEVELS, np.zeros((30, 30))), nearest_codes(weights, LEVELS))


def test_the_nearest_level_is_found():
    weights = np.random.default_rng(0).uniform(-10.0, 10.0, (20, 30)).astype(np.float32)
    by_hand = np.abs(weights[:, :, None] - LEVELS).argmin(2)
    assert np.array_equal(nearest_codes(weights, LEVELS), by_hand)
