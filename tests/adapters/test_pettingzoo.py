"""The parallel environment: PettingZoo's own tests accept it, and its rewards are the problem's scores."""

import numpy as np
import pytest

from archwright.core.catalog import make_problem
from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.memory.dram.problem import DramController
from archwright.testing.functions import Bnh, Sphere

pytest.importorskip("pettingzoo", reason="pettingzoo is not installed: pip install 'archwright[learn]'")
from archwright.adapters.pettingzoo import TeamEnv

PROBLEMS = {
    "sphere": Sphere(3),
    "bnh": Bnh(),
    "dram": DramController(n_requests=100),
    "schedule": make_problem("two-machine-schedule", graph="gaussian-3"),
}


@pytest.mark.parametrize("designs", [1, 3])
@pytest.mark.parametrize("name", PROBLEMS)
def test_pettingzoo_s_own_tests_accept_it(name, designs, capsys):
    from pettingzoo.test import parallel_api_test, parallel_seed_test

    parallel_api_test(TeamEnv(PROBLEMS[name], designs=designs), num_cycles=20)
    parallel_seed_test(lambda: TeamEnv(PROBLEMS[name], designs=designs), num_cycles=4)


def test_a_team_is_paid_the_score_of_its_design():
    problem = PROBLEMS["dram"]
    env = TeamEnv(problem, designs=2)
    seen, _ = env.reset(seed=0)
    assert not np.any(seen["arbiter"])
    actions = {agent: env.action_space(agent).n - 1 for agent in env.agents}
    seen, rewards, over, _, infos = env.step(actions)
    design = infos["arbiter"]["design"]
    assert design == {name: choices[-1] for name, choices in problem.space.parameters.items()}
    metrics = problem.evaluate([design], rng=np.random.default_rng(0))[0]
    assert set(rewards.values()) == {Goals.read(problem.goals).score(metrics)}
    assert np.allclose(seen["arbiter"], [*metrics.values(), 1.0])
    assert not any(over.values())
    assert all(env.step(actions)[2].values()) and env.agents == []


def test_a_design_without_an_answer_is_paid_the_failure_reward(monkeypatch):
    problem = Sphere(2)
    monkeypatch.setattr(problem, "evaluate", lambda designs, *, rng: [Infeasible("cannot be")])
    env = TeamEnv(problem, failure_reward=-3.0)
    env.reset()
    seen, rewards, _, _, infos = env.step({agent: np.array([0.5]) for agent in env.agents})
    assert rewards["x1"] == -3.0 and not np.any(seen["x1"]) and infos["x1"]["state"] == "infeasible"


def test_what_a_user_can_do_wrong_is_said_in_a_line():
    with pytest.raises(SpecError, match="designs: 0"):
        TeamEnv(Sphere(2), designs=0)
    env = TeamEnv(Sphere(2))
    with pytest.raises(SpecError, match="reset"):
        env.step({})
    env.reset()
    with pytest.raises(SpecError, match="x2 is missing"):
        env.step({"x1": np.array([0.5])})
