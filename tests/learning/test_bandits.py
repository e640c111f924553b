import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.learning.bandits import BANDITS, Arms, Bandit

MEANS = np.array([[0.0, 1.0, 0.2], [3.0, 1.0, 2.0]])


def regret(rule, plays, seed):
    bandit, rng = Bandit(rule, *MEANS.shape), np.random.default_rng(seed)
    lost = 0.0
    for play in range(plays):
        context = play % 2
        arm = bandit.choose(context, rng)
        lost += MEANS[context].max() - MEANS[context, arm]
        bandit.learn(context, arm, MEANS[context, arm] + 0.3 * rng.standard_normal())
    return lost, [bandit.best(context) for context in range(2)]


@pytest.mark.parametrize("rule", sorted(set(BANDITS) - {"random"}))
def test_a_bandit_finds_the_best_arm_of_every_context_and_regrets_little(rule):
    chance = np.mean([regret("random", 400, seed)[0] for seed in range(3)])
    for seed in range(3):
        lost, best = regret(rule, 400, seed)
        assert best == [1, 0]
        assert lost < 0.25 * chance


def test_ucb_plays_every_arm_before_any_twice():
    bandit, rng = Bandit("ucb", 1, 5), np.random.default_rng(0)
    played = []
    for _ in range(5):
        played.append(bandit.choose(0, rng))
        bandit.learn(0, played[-1], 1.0)
    assert sorted(played) == [0, 1, 2, 3, 4]


def test_ucb_s_bonus_is_that_of_the_paper():
    bandit = Bandit("ucb", 1, 2, width=1.0)
    for arm, reward in ((0, 1.0), (0, 3.0), (1, 2.0)):
        bandit.learn(0, arm, reward)
    spread = np.std([1.0, 3.0, 2.0])
    expected = np.array([2.0, 2.0]) + spread * np.sqrt(2.0 * np.log(3.0) / np.array([2.0, 1.0]))
    np.testing.assert_allclose(bandit.worths(0, np.random.default_rng(0)), expected)


def test_thompson_s_draws_narrow_with_plays():
    widths = []
    for plays in (4, 400):
        bandit, rng = Bandit("thompson", 1, 1, width=1.0), np.random.default_rng(0)
        for play in range(plays):
            bandit.learn(0, 0, float(play % 2))
        widths.append(np.ptp(np.quantile([bandit.worths(0, rng)[0] for _ in range(300)], [0.1, 0.9])))
    assert widths[1] < 0.15 * widths[0]


def test_equal_arms_are_chosen_among_by_lot():
    bandit, rng = Bandit("random", 1, 4), np.random.default_rng(0)
    counts = np.bincount([bandit.choose(0, rng) for _ in range(2000)], minlength=4)
    assert counts.min() > 400


def test_the_spread_is_1_while_rewards_do_not_differ():
    arms = Arms(1, 2)
    assert arms.spread(0) == 1.0
    for _ in range(3):
        arms.learn(0, 1, 1e6)
    assert arms.spread(0) == 1.0


@pytest.mark.parametrize(
    ("given", "message"),
    [(("best", 1, 2), "rule: 'best'"), (("ucb", 0, 2), "n_contexts, n_arms"), (("ucb", 1, 0), "n_contexts, n_arms")],
)
def test_what_makes_no_sense_is_refused(given, message):
    with pytest.raises(SpecError, match=message):
        Bandit(*given)


def test_a_negative_width_is_refused():
    with pytest.raises(SpecError, match=r"width: -1\.0"):
        Bandit("ucb", 1, 2, width=-1.0)
