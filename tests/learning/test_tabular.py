import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.learning.tabular import RULES, ActionValues, Transition, greedy_shares


def test_the_best_actions_share_what_is_greedy():
    shares = greedy_shares(np.array([1.0, 5.0, 5.0, 0.0]), 0.4)
    np.testing.assert_allclose(shares, [0.1, 0.4, 0.4, 0.1])


def test_illegal_actions_have_no_share_even_when_they_are_the_best():
    shares = greedy_shares(np.array([9.0, 1.0, 2.0]), 0.2, np.array([False, True, True]))
    np.testing.assert_allclose(shares, [0.0, 0.1, 0.9])


@pytest.mark.parametrize(("rule", "worth"), [("q_learning", 8.0), ("sarsa", 2.0), ("expected_sarsa", 0.9 * 8 + 0.2)])
def test_each_rule_looks_ahead_in_its_own_way(rule, worth):
    table = ActionValues(rule, 2, rate=1.0, discount=0.5)
    table.learn(Transition(1, 0, 8.0))
    table.learn(Transition(1, 1, 2.0))
    table.learn(Transition(0, 0, 3.0, 1, action_after=1), epsilon=0.2)
    assert table.of(0)[0] == pytest.approx(3.0 + 0.5 * worth)


def test_a_rate_of_none_keeps_means():
    table = ActionValues("q_learning", 1, rate=None, discount=0.0)
    for reward in (1.0, 2.0, 6.0):
        table.learn(Transition("here", 0, reward))
    assert table.of("here")[0] == pytest.approx(3.0)


@pytest.mark.parametrize("rule", RULES)
def test_all_rules_find_the_long_way_when_only_it_pays(rule):
    """A corridor of five cells, two actions (back, on), 1 at the end and a small lure for going back."""
    table, rng = ActionValues(rule, 2, rate=0.2, discount=0.9), np.random.default_rng(0)
    for episode in range(400):
        epsilon, cell = max(0.2, 1.0 / (episode + 1)), 0
        action = table.choose(cell, epsilon, rng)
        for _ in range(60):
            after = cell + 1 if action else max(cell - 1, 0)
            is_over = after == 5
            reward = 1.0 if is_over else 0.001 * (action == 0)
            next_action = table.choose(after, epsilon, rng)
            table.learn(Transition(cell, action, reward, None if is_over else after, next_action), epsilon)
            cell, action = after, next_action
            if is_over:
                break
    assert [int(table.of(cell).argmax()) for cell in range(5)] == [1] * 5


def test_what_is_chosen_follows_the_shares():
    table, rng = ActionValues("sarsa", 3), np.random.default_rng(0)
    table.learn(Transition("s", 2, 1.0))
    counts = np.bincount([table.choose("s", 0.3, rng) for _ in range(4000)], minlength=3) / 4000
    np.testing.assert_allclose(counts, [0.1, 0.1, 0.8], atol=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "td"}, "rule: 'td'"),
        ({"n_actions": 0}, "n_actions: 0"),
        ({"rate": 0.0}, "rate: 0.0"),
        ({"discount": 1.5}, "discount: 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(SpecError, match=message):
        ActionValues(**{"rule": "sarsa", "n_actions": 2, **options})
