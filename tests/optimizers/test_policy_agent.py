import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.study import Study
from archwright.optimizers.a2c import A2c
from archwright.optimizers.ppo import Ppo
from archwright.optimizers.reinforce import Reinforce
from archwright.optimizers.sac import Sac
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline

SMALL = {"hidden": 8, "batch": 5, "levels": 4}
AGENTS = {
    "reinforce": lambda *given: Reinforce(*given, **SMALL),
    "reinforce, shuffled": lambda *given: Reinforce(*given, **SMALL, shuffles=True),
    "ppo": lambda *given: Ppo(*given, **SMALL, epochs=2),
    "a2c": lambda *given: A2c(*given, **SMALL),
    "sac": lambda *given: Sac(*given, **SMALL, memory=20, updates=0.2),
}


@pytest.mark.parametrize("name", AGENTS)
def test_laws(check_laws, any_problem, name):
    check_laws(AGENTS[name], any_problem, batches=(7, 1, 12), probes=(1, 9))


@pytest.mark.parametrize("name", AGENTS)
@pytest.mark.parametrize("problem", [Pipeline(3), Sphere(2)], ids=["measured", "judged at the end"])
def test_a_loaded_state_goes_on_as_the_one_saved(drive, answer, name, problem):
    make, goals = AGENTS[name], Goals(problem.goals)
    drive(make, problem, 25)
    first, second = drive.optimizer, make(problem, goals)
    second.load(first.save())
    for number in (25, 30):
        asked = [one.ask(5, np.random.default_rng([0, number])) for one in (first, second)]
        assert asked[0] == asked[1]
        for one in (first, second):
            one.tell(answer(problem, goals, asked[0], number))


def test_a_state_from_before_the_first_batch_loads_too():
    problem = Sphere(2)
    first, second = (Reinforce(problem, Goals(problem.goals)) for _ in range(2))
    second.load(first.save())
    assert second.learner is None
    with pytest.raises(SpecError, match="state"):
        second.load(b"something else")


def test_a_study_stopped_anywhere_ends_in_the_same_table(tmp_path):
    def table(name, stops):
        for stop in stops:
            study = Study.open(tmp_path / name, "s", Pipeline(3), Reinforce, options=SMALL).run(trials=stop)
        return [(trial.design, trial.score, trial.hint) for trial in study.table()]

    assert table("a.db", (33,)) == table("b.db", (2, 12, 13, 33))


def test_no_global_generator_is_used_and_the_seed_decides(drive):
    tables = []
    for state, seed in ((1, 0), (2, 0), (1, 3)):
        torch.manual_seed(state)
        before = torch.random.get_rng_state()
        tables.append([trial.design for trial in drive(AGENTS["ppo"], Pipeline(3), 20, seed=seed)])
        assert torch.equal(before, torch.random.get_rng_state())
    assert tables[0] == tables[1] != tables[2]


def test_designs_from_elsewhere_are_not_learned_from(drive, answer):
    problem = Pipeline(3)
    drive(AGENTS["reinforce"], problem, 15)
    agent = drive.optimizer
    before = agent.learner.optimizer.flat.clone()
    asked = agent.ask(4, np.random.default_rng(0))
    agent.tell(answer(problem, Goals(problem.goals), [one._replace(hint=None) for one in asked], 15))
    assert torch.equal(agent.learner.optimizer.flat, before) and agent.n_told == 15


def test_measured_rewards_are_shares_of_the_range_seen(drive):
    drive(AGENTS["reinforce"], Pipeline(4), 40)
    agent = drive.optimizer
    table = drive(AGENTS["reinforce"], Pipeline(4), 40)
    worth = agent.measure.read(table)
    assert (agent.least, agent.most) == (worth.gains.min(), worth.gains.max())
    rewards, taken = agent.rewards(worth, np.arange(4), agent.ranks.recent)
    assert rewards.max() == 1.0 and rewards[taken & (rewards >= 0)].min() >= 0.0
    assert (~taken).any() and agent.discount == 0.9
    assert Reinforce(Sphere(2), Goals(Sphere(2).goals)).discount == 1.0


@pytest.mark.parametrize(
    ("make", "option", "value"),
    [
        (Reinforce, "batch", 0), (Reinforce, "levels", 1), (Reinforce, "discount", 1.5), (Reinforce, "rate", 0.0),
        (Reinforce, "hidden", 1.5), (Reinforce, "decay", 2.0), (Reinforce, "clip", -1.0), (Ppo, "trace", 2.0),
        (Ppo, "epochs", 0), (Ppo, "width", -0.1), (A2c, "entropy_weight", -1.0), (Sac, "tau", 0.0),
        (Sac, "memory", 0), (Sac, "updates", -1.0), (Sac, "entropy_share", 2.0), (Sac, "minibatch", 0),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(make, option, value):
    with pytest.raises(SpecError, match=option):
        make(Sphere(2), Goals(Sphere(2).goals), **{option: value})
