import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.load_learning import LEARNERS, learn_loads
from archwright.learning.tabular import RULES

TABLE = np.array([[20.0, 22.0, 30.0], [90.0, 40.0, 41.0], [500.0, 300.0, 200.0]])


@pytest.mark.parametrize("learner", sorted(set(LEARNERS) - {"random"}))
def test_a_learner_that_judges_by_what_it_sees_finds_the_best_of_every_load(learner):
    for seed in range(3):
        found = learn_loads(TABLE, learner, np.random.default_rng(seed), episodes=15, rate=None, discount=0.0)
        assert found.chosen == (0, 1, 2)
        assert found.left[-1].tolist() == [0.0] * 3


def test_regret_is_counted_against_the_best_of_each_load():
    found = learn_loads(TABLE, "random", np.random.default_rng(0), episodes=400)
    expected = (TABLE - TABLE.min(axis=1, keepdims=True)).mean(axis=1)
    np.testing.assert_allclose(found.regrets.mean(axis=0), expected, rtol=0.2)


@pytest.mark.parametrize("rule", RULES)
def test_the_paper_s_rate_has_not_told_close_routings_apart_after_15_sweeps(rule):
    """A value moves by a hundredth of the way per visit, so the routing least tried looks best."""
    chosen = [learn_loads(TABLE, rule, np.random.default_rng(seed)).chosen for seed in range(10)]
    assert sum(one == (0, 1, 2) for one in chosen) < 10


def test_the_bug_discounts_fully_at_first():
    runs = [
        learn_loads(TABLE, "sarsa", np.random.default_rng(1), rate=1.0, discount=0.0, paper_bug_compat=on)
        for on in (False, True)
    ]
    assert not np.array_equal(runs[0].left, runs[1].left)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(SpecError, match="learner"):
        learn_loads(TABLE, "dqn", np.random.default_rng(0))
    with pytest.raises(SpecError, match="episodes"):
        learn_loads(TABLE, "sarsa", np.random.default_rng(0), episodes=0)
