import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.learning.seeding import seeded
from archwright.optimizers.axis_levels import AxisLevels
from archwright.optimizers.team_layout import AGENTS, TeamLayout

AXES = AxisLevels(np.array([2, 4, 3]))
SEEN = np.array([[0.5, -1.0], [0.0, 1.0]])
LEVELS = np.array([[1, 3, 0], [0, 2, 2]])


def network(layout, seed=0, *, is_policy=True):
    return seeded(lambda: layout.network(AXES.width, 8, is_policy=is_policy), np.random.default_rng(seed))


@pytest.mark.parametrize("agents", AGENTS)
def test_networks_and_lessons_fit_together(agents):
    layout = TeamLayout(AXES, 2, agents)
    lesson = layout.lesson(SEEN, LEVELS, layout.rewards(np.array([1.0, -1.0])))
    logits, _ = network(layout)(lesson.inputs)
    assert logits.shape == (2, layout.n_steps, layout.n_slots, 4) == lesson.legal.shape
    assert lesson.levels.ravel().tolist() == LEVELS.ravel().tolist()
    assert network(layout, is_policy=False)(lesson.inputs).shape == (2, layout.n_steps, 1)


@pytest.mark.parametrize("agents", AGENTS)
def test_only_levels_that_there_are_get_drawn(agents):
    layout, rng = TeamLayout(AXES, 2, agents), np.random.default_rng(1)
    for policy in (None, network(layout)):
        levels = layout.draw(policy, np.tile(SEEN, (200, 1)), rng.random((400, 3)))
        assert [len(set(column)) for column in levels.T.tolist()] == [2, 4, 3]


def test_agents_of_their_own_share_nothing_but_what_they_see():
    layout = TeamLayout(AXES, 2, "per-axis")
    policy, inputs = network(layout), layout.lesson(SEEN, LEVELS, np.zeros((2, 3))).inputs
    before, _ = policy(inputs)
    policy.bodies.weights[0].data[1] += 1.0
    after, _ = policy(inputs)
    assert (before != after).any(dim=(0, 2, 3)).tolist() == [False, True, False]


def test_an_agent_in_turn_sees_what_was_decided_before_it():
    inputs = TeamLayout(AXES, 2, "one-in-turn").inputs(SEEN, LEVELS)
    assert inputs[0, :, 2:5].tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert inputs[1, 2, 2:].tolist() == [0.5, 0.75, 0, 0, 0, 1]


def test_a_team_is_rewarded_together_and_turns_at_their_end():
    worth = np.array([2.0])
    assert TeamLayout(AXES, 2, "per-axis").rewards(worth).tolist() == [[2.0, 2.0, 2.0]]
    assert TeamLayout(AXES, 2, "one-for-all").rewards(worth).tolist() == [[2.0]]
    assert TeamLayout(AXES, 2, "one-in-turn").rewards(worth).tolist() == [[0.0, 0.0, 2.0]]


def test_another_team_is_refused():
    with pytest.raises(SpecError, match="agents: 'everyone'"):
        TeamLayout(AXES, 2, "everyone")
