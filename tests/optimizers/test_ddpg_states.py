import numpy as np
import pytest

from archwright.learning.components import components_of
from archwright.learning.replay import Replay
from archwright.learning.rewards import rank_rewards
from archwright.optimizers.ddpg_states import CLIP, DesignStates
from archwright.testing.functions import Sphere


def filled(n, *, capacity=100, steps=4, is_flat=True, n_axes=3, n_shown=0):
    scalars = dict.fromkeys(("is_done", "violation", "merit", "step"), ())
    replay = Replay(capacity, {"keys": (n_axes,), "metrics": (2,), "shown": (n_axes, n_shown), **scalars})
    components = components_of(Sphere(n_axes)).deciders()
    for i in range(n):
        replay.add(
            keys=np.full(n_axes, i / 10), shown=np.full((n_axes, n_shown), i), is_done=i != 2,
            metrics=[i, 1e9 if i == 3 else 0.0],
            violation=np.inf if i == 2 else 0.0, merit=-np.inf if i == 2 else float(i), step=i % steps,
        )  # fmt: skip
    return DesignStates(replay, components, rank_rewards, steps=steps, is_flat=is_flat)


def test_flat_states_hold_keys_metrics_worth_flags_and_step():
    states = filled(8)
    found = states.of(np.array([-1, 0, 2, 7]))
    assert found.shape == (4, 3 + 2 + 4) == (4, states.width)
    assert not found[0].any()
    np.testing.assert_allclose(found[:, :3], np.repeat([[0.0], [-1.0], [-0.6], [0.4]], 3, axis=1), atol=1e-6)
    np.testing.assert_allclose(found[1:, 5], states.worths[[0, 2, 7]], rtol=1e-6)
    assert found[1:, 6:8].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert found[1:, 8].tolist() == [0.25, 0.75, 1.0]
    assert not found[2, 3:5].any()  # a failed trial shows no metrics


def test_metrics_are_standardised_over_the_answered_trials_and_cut_off():
    states = filled(60)
    metrics = states.of(states.replay.alive())[:, 3:5]
    done = np.arange(60) != 2
    assert metrics[done, 0].mean() == pytest.approx(0.0, abs=1e-6) and metrics[done, 0].std() == pytest.approx(1.0)
    assert metrics[3, 1] == CLIP and np.abs(metrics).max() <= CLIP


def test_component_states_tell_each_component_its_own_keys():
    states = filled(8, is_flat=False)
    found = states.of(np.array([-1, 7]))
    n_fixed = 3 + 1  # index and type
    assert found.shape == (2, 3, n_fixed + 1 + 2 + 4)
    np.testing.assert_allclose(found[0, :, :n_fixed], states.fixed, atol=1e-6)
    assert not found[0, :, n_fixed:].any()
    np.testing.assert_allclose(found[1, :, n_fixed], 0.4, atol=1e-6)
    assert (found[1, 0, n_fixed + 1 :] == found[1, 2, n_fixed + 1 :]).all()


def test_what_components_show_is_standardised_and_belongs_to_each():
    flat, each = filled(20, n_shown=2), filled(20, n_shown=2, is_flat=False)
    done = np.arange(20) != 2
    numbers = (np.arange(20) - np.arange(20)[done].mean()) / np.arange(20)[done].std()
    numbers[2] = 0.0  # the failed one shows nothing
    rows = np.arange(20)
    np.testing.assert_allclose(flat.of(rows)[:, 3:9], np.repeat(numbers[:, None], 6, axis=1))
    np.testing.assert_allclose(each.of(rows)[:, 1, 5:7], np.repeat(numbers[:, None], 2, axis=1))


@pytest.mark.parametrize("is_flat", [True, False])
def test_with_one_step_the_state_never_changes(is_flat):
    states = filled(8, steps=1, is_flat=is_flat)
    found = states.of(np.array([-1, 3]))
    assert (found[0] == found[1]).all() and found.shape == ((2, 1) if is_flat else (2, 3, 4))


def test_a_forgotten_row_is_the_start_of_an_episode():
    states = filled(8, capacity=4)
    assert not states.of(np.array([1])).any() and states.of(np.array([5])).any()
    assert states.worth(np.array([1])).tolist() == [0.0] and states.worth(np.array([7]))[0] > 0


def test_many_components_are_told_apart_by_one_number():
    assert filled(0, n_axes=32, is_flat=False).fixed.shape == (32, 33)
    assert filled(0, n_axes=33, is_flat=False).fixed.shape == (33, 2)


def test_an_empty_memory_has_states_too():
    states = filled(0)
    assert not states.of(np.array([-1, -1])).any() and states.worth(np.array([-1])).tolist() == [0.0]
