import numpy as np

from archwright.core.errors import Infeasible
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.optimizers.multi_agent_ppo import MultiAgentPpo
from archwright.testing.functions import Bnh


def told(agent, n, number, answer=lambda row, outcome: outcome):
    problem = Bnh()
    goals = Goals(problem.goals)
    proposals = agent.ask(n, np.random.default_rng(number))
    outcomes = problem.evaluate([one.design for one in proposals], rng=np.random.default_rng(0))
    pairs = enumerate(zip(proposals, outcomes, strict=True))
    trials = [
        judge(number + i, p.design, answer(i, o), goals, seconds=0, attempts=1, hint=p.hint) for i, (p, o) in pairs
    ]
    agent.tell(trials)
    return trials


def made():
    return MultiAgentPpo(Bnh(), Goals(Bnh().goals), batch=4)


def test_every_environment_sees_its_own_last_design():
    agent = made()
    assert not agent._seen(np.arange(4)).any()
    trials = told(agent, 4, 0)
    values = np.array([list(trial.metrics.values()) for trial in trials])
    seen = agent._seen(np.arange(6))
    assert np.array_equal(seen[4:], seen[:2])
    assert np.array_equal(seen[:4, :-1].argsort(axis=0), values.argsort(axis=0))
    assert np.array_equal(seen[:4, :-1].max(axis=0), np.ones(values.shape[1]))
    assert (seen[:, -1] == 1.0).all()


def test_a_design_without_an_answer_is_seen_as_nothing():
    agent = made()
    told(agent, 4, 0, lambda row, outcome: Infeasible("cannot be") if row == 2 else outcome)
    assert agent._seen(np.arange(4)).any(axis=1).tolist() == [True, True, False, True]


def test_it_learns_from_what_it_saw_when_it_decided():
    agent, seen = made(), []
    agent._learn = lambda deeds, rng: seen.append(deeds)
    for number in (0, 4):
        shown = agent._seen(np.arange(4))
        trials = told(agent, 4, number)
        assert np.array_equal(seen[-1].seen, shown)
        assert np.array_equal(seen[-1].violations, [trial.violation for trial in trials])
