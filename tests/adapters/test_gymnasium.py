import numpy as np
import pytest

from archwright.core.catalog import make_problem
from archwright.core.errors import Failed, Infeasible, SpecError
from archwright.core.goal import Goal
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.spaces import Order, Product, Sequence, Subset, Tree
from archwright.testing.functions import Bnh, Sphere

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed: pip install 'archwright[learn]'")
from archwright.adapters.gymnasium import OPEN, DraftEnv  # noqa: E402


class Chosen:
    """A problem over any space; its one metric counts what the design holds."""

    name, version, metrics, goals = "chosen", "1", {"size": ""}, (Goal("size", "max"),)

    def __init__(self, space, answer=None):
        self.space, self.answer = space, answer

    def evaluate(self, designs, *, rng):
        return [self.answer or {"size": float(len(repr(design)))} for design in designs]


SPACES = {
    "order": Order(4, before=[(0, 3)]),
    "subset": Subset(5, 1, 3),
    "variable sequence": Sequence(["a", "b", "c"], 4, shortest=1),
    "numbers": Sequence(Real(0.0, 1.0), 3, shortest=1),
    "tree": Tree({"e": ["x", ("neg", "e"), ("add", "e", "e")]}, "e", 3),
    "mixed": Product(a=Record(w=Real(1.0, 2.0), load=["r", "c"]), b=Order(3)),
    "choices": Record(a=["x", "y", "z"], b=[1, 2]),
}


PROBLEMS = [Sphere(3), Bnh(), make_problem("two-machine-schedule", graph="gaussian-3"), *map(Chosen, SPACES.values())]


@pytest.mark.parametrize("problem", PROBLEMS, ids=["sphere", "bnh", "schedule", *SPACES])
def test_gymnasium_s_own_checker_accepts_it(problem):
    from gymnasium.utils.env_checker import check_env

    check_env(DraftEnv(problem), skip_render_check=True)


def play(env, seed):
    """An episode of random legal actions: (its rewards, the last info, every observation)."""
    rng = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    rewards, seen, is_over = [], [observation], False
    while not is_over:
        is_discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
        action = int(rng.choice(np.flatnonzero(info["action_mask"]))) if is_discrete else rng.random(1)
        observation, reward, is_over, is_truncated, info = env.step(action)
        assert not is_truncated and env.observation_space.contains(observation)
        rewards.append(reward)
        seen.append(observation)
    return rewards, info, seen


@pytest.mark.parametrize("name", SPACES)
def test_legal_actions_build_legal_designs_and_the_score_comes_last(name):
    from archwright.core.space import check_design

    problem = Chosen(SPACES[name])
    env = DraftEnv(problem)
    for seed in range(5):
        rewards, info, seen = play(env, seed)
        check_design(problem.space, info["design"])
        assert rewards[:-1] == [0.0] * (len(rewards) - 1) and rewards[-1] == float(len(repr(info["design"])))
        assert info["score"] == rewards[-1] and info["metrics"] == {"size": rewards[-1]} and info["violation"] == 0.0
        decided = [int((one[:-1] != OPEN).sum()) for one in seen]
        assert decided == list(range(len(seen)))
        assert seen[-1][-1] == pytest.approx((len(seen) - 1) / problem.space.horizon)


def test_choices_are_discrete_with_a_mask_that_sample_takes():
    env = DraftEnv(Chosen(SPACES["order"]))
    _, info = env.reset(seed=0)
    assert env.action_space == gymnasium.spaces.Discrete(4)
    assert info["action_mask"].tolist() == [1, 1, 1, 0] and info["action_mask"].dtype == np.int8
    assert {int(env.action_space.sample(info["action_mask"])) for _ in range(50)} == {0, 1, 2}


def test_numbers_are_keys():
    env = DraftEnv(Sphere(2))
    assert env.action_space == gymnasium.spaces.Box(0.0, 1.0, (1,)) and env.reset()[1] == {}
    env.step(np.array([0.5], np.float32))
    observation, reward, is_over, _, info = env.step(np.array([0.75], np.float32))
    assert info["design"] == {"x1": 0.0, "x2": 2.5} and (reward, is_over) == (-6.25, True)
    assert observation.tolist() == [0.5, 0.75, 1.0]


def test_choices_may_be_asked_for_as_keys():
    env = DraftEnv(Chosen(SPACES["order"]), n_actions=0)
    assert isinstance(env.action_space, gymnasium.spaces.Box)
    assert play(env, 0)[1]["state"] == "done"


def test_an_illegal_action_ends_the_episode():
    env = DraftEnv(Chosen(SPACES["order"]), failure_reward=-3.0)
    env.reset()
    _, reward, is_over, _, info = env.step(3)
    assert (reward, is_over, info["is_illegal"]) == (-3.0, True, True) and "design" not in info
    with pytest.raises(SpecError, match=r"reset\(\) first"):
        env.step(0)
    env.reset()
    assert env.step(2)[1] == 0.0


@pytest.mark.parametrize("answer", [Infeasible("too wide"), Failed("crash")])
def test_a_design_without_metrics_is_paid_the_failure_reward(answer):
    rewards, info, _ = play(DraftEnv(Chosen(SPACES["choices"], answer), failure_reward=-5.0), 0)
    assert rewards[-1] == -5.0 and info["reason"] == answer.reason and info["metrics"] == {}


def test_goals_of_the_caller_score():
    env = DraftEnv(Sphere(2), ["f <= 1"])
    env.reset()
    env.step(np.array([1.0]))
    assert env.step(np.array([1.0]))[1] == pytest.approx(-(50 - 1) / 50)
    with pytest.raises(SpecError, match="goal: 'g'"):
        DraftEnv(Sphere(2), ["min g"])


def test_the_same_seed_gives_the_same_evaluation():
    class Noisy(Chosen):
        noise = "dice"

        def evaluate(self, designs, *, rng):
            return [{"size": float(rng.random())} for _ in designs]

    env = DraftEnv(Noisy(SPACES["choices"]))
    assert play(env, 1)[0] == play(env, 1)[0] != play(env, 2)[0]


@pytest.mark.parametrize("n_actions", [-1, 2.5, True])
def test_a_width_that_makes_no_sense_is_refused(n_actions):
    with pytest.raises(SpecError, match="n_actions"):
        DraftEnv(Chosen(SPACES["order"]), n_actions=n_actions)


def test_a_width_too_small_or_for_numbers_is_refused():
    with pytest.raises(SpecError, match=r"n_actions: 2 .*at least 4"):
        DraftEnv(Chosen(SPACES["order"]), n_actions=2).reset()
    with pytest.raises(SpecError, match=r"n_actions: 5 .*actions must be keys"):
        DraftEnv(Sphere(2), n_actions=5).reset()
