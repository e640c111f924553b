import numpy as np
import pytest
from scipy.stats import norm, rankdata

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.learning.rewards import (
    REWARDS,
    merit_of,
    moving_baselines,
    penalty_rewards,
    rank_rewards,
    raw_scores,
    score_rewards,
    telescoping,
)

INF = np.inf


def trials(rng, n=200):
    """Violations and merits of failed, violating and feasible trials, merits of either sign."""
    kind = rng.integers(3, size=n)
    violations = np.choose(kind, [np.full(n, INF), rng.exponential(3.0, n), np.zeros(n)])
    return violations, np.where(kind == 0, -INF, rng.normal(0.0, 5.0, n))


@pytest.mark.parametrize("rewards_of", [rank_rewards, score_rewards])
def test_rewards_never_contradict_the_order_of_trials(rewards_of):
    violations, merits = trials(np.random.default_rng(0))
    rewards = rewards_of(violations, merits)
    assert np.isfinite(rewards).all()
    order = np.lexsort((np.where(violations == 0, -merits, 0.0), violations))
    assert (np.diff(rewards[order]) <= 1e-12).all()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rewards_of", REWARDS.values(), ids=REWARDS)
def test_the_best_feasible_trial_has_the_most_and_a_failed_one_the_least(rewards_of, seed):
    violations, merits = trials(np.random.default_rng(seed))
    rewards = rewards_of(violations, merits)
    failed, is_feasible = np.isinf(violations), violations == 0
    assert np.isfinite(rewards).all()
    assert len(set(rewards[failed])) == 1 and rewards[failed][0] == rewards.min()
    assert rewards[is_feasible].min() > rewards[failed][0]
    assert rewards.argmax() == np.where(is_feasible, merits, -INF).argmax()


@pytest.mark.parametrize("rewards_of", REWARDS.values(), ids=REWARDS)
def test_one_trial_and_equal_trials_are_worth_nothing(rewards_of):
    assert rewards_of(np.zeros(1), np.array([7.0])).tolist() == [0.0]
    assert rewards_of(np.full(4, INF), np.full(4, -INF)).tolist() == [0.0] * 4
    assert rewards_of(np.empty(0), np.empty(0)).tolist() == []


def test_scores_follow_the_published_rating_rule():
    violations, merits = np.array([INF, 0.25, 9.0, 0.0]), np.array([-INF, 3.0, 4.0, 2.0])
    assert raw_scores(violations, merits).tolist() == [-5.0, -0.25, -5.0, 2.0]
    standard = score_rewards(violations, merits)
    assert standard.mean() == pytest.approx(0.0, abs=1e-12) and standard.std() == pytest.approx(1.0)


def test_feasible_designs_with_negative_merits_stay_above_infeasible_ones():
    raw = raw_scores(np.array([0.0, 0.0, 0.1]), np.array([-50.0, -20.0, 7.0]))
    assert raw.tolist() == [0.0, 30.0, -0.1]


def test_ranks_become_normal_quantiles():
    merits = np.random.default_rng(2).normal(size=50).round(1)
    assert len(set(merits)) < 50
    expected = norm.ppf((rankdata(merits) - 0.5) / 50)
    np.testing.assert_allclose(rank_rewards(np.zeros(50), merits), expected)
    np.testing.assert_allclose(penalty_rewards(np.zeros(50), merits), expected)


def test_without_a_feasible_design_only_violations_count():
    violations, merits = np.array([3.0, 1.0, 2.0, INF]), np.array([9.0, 0.0, 5.0, -INF])
    assert np.argsort(penalty_rewards(violations, merits)).tolist() == [3, 0, 2, 1]


def test_a_small_violation_with_high_merit_is_worth_more_than_a_poor_feasible_design():
    violations, merits = np.array([0.0, 0.01, 0.0, 5.0]), np.array([2.0, 2.1, -3.0, 2.2])
    penalty, rank = penalty_rewards(violations, merits), rank_rewards(violations, merits)
    assert np.argsort(-penalty).tolist() == [0, 1, 2, 3]
    assert np.argsort(-rank).tolist() == [0, 2, 1, 3]


def test_the_penalty_grows_while_the_latest_designs_are_infeasible():
    violations = np.array([0.0] * 40 + [0.2] * 80)
    merits = np.array([2.0, *np.linspace(1.9, 1.99, 39), *np.full(80, 2.1)])
    careful = penalty_rewards(violations, merits)
    bold = penalty_rewards(violations[::-1], merits[::-1])[::-1]  # the same trials, feasible ones last
    assert careful[60] < bold[60] and careful[0] == careful.max() and bold[0] == bold.max()


def test_merit_counts_objectives_whether_or_not_constraints_are_met():
    goals = Goals.read(["gain_ohm >= 100", "min power_w ref 2.0", "max speed_hz ref 4.0"])
    metrics = {"gain_ohm": 1.0, "power_w": 1.0, "speed_hz": 8.0}
    cost = {"seconds": 0.0, "attempts": 1}
    assert merit_of(judge(0, {}, metrics, goals, **cost), goals) == 4.0
    assert merit_of(judge(0, {}, {**metrics, "gain_ohm": 200.0}, goals, **cost), goals) == 4.0
    assert merit_of(judge(0, {}, Failed("crash"), goals, **cost), goals) == -INF


def test_rewards_of_an_episode_sum_to_its_last_score():
    scores = np.random.default_rng(3).normal(size=5)
    rewards = telescoping(scores)
    assert rewards.sum() == pytest.approx(scores[-1]) and rewards[0] == scores[0]
    assert telescoping(scores, start=1.0).sum() == pytest.approx(scores[-1] - 1.0)


def test_a_baseline_follows_the_means_of_minibatches():
    rewards = np.array([1.0, 1.0, 5.0, 5.0, 0.0])
    assert moving_baselines(rewards, 2, 0.5).tolist() == [1.0, 1.0, 3.0, 3.0, 1.5]
    assert moving_baselines(rewards, 5, 0.25, 0.0).tolist() == [0.6] * 5
    assert moving_baselines(rewards, 2, 1.0, 7.0).tolist() == [1.0, 1.0, 5.0, 5.0, 0.0]
