import numpy as np
import pytest
import torch

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.study import Study
from archwright.core.trial import judge
from archwright.learning.components import components_of
from archwright.learning.rewards import telescoping
from archwright.optimizers.ddpg import HEADS, Ddpg
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere

SMALL = {"warm_up": 12, "hidden": 8, "minibatch": 8, "updates": 0.5}


def small(problem, goals, **options):
    return Ddpg(problem, goals, **{**SMALL, **options})


@pytest.mark.parametrize(("head", "steps"), [("mlp", 1), ("mlp", 3), ("seq2seq", 2)])
def test_laws(check_laws, any_problem, head, steps):
    check_laws(lambda problem, goals: small(problem, goals, head=head, steps=steps), any_problem)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("steps", [1, 5])
def test_a_loaded_state_goes_on_as_the_one_saved(drive, answer, head, steps):
    problem, options = Sphere(3), {"head": head, "steps": steps}
    drive(small, problem, 45, **options)
    first, second = drive.optimizer, small(problem, Goals(problem.goals), **options)
    second.load(first.save())
    for number in (45, 52, 60):
        asked = [one.ask(8, np.random.default_rng([0, number])) for one in (first, second)]
        assert asked[0] == asked[1]
        for one in (first, second):
            one.tell(answer(problem, Goals(problem.goals), asked[0], number))


def test_a_state_from_before_the_warm_up_is_over_loads_too(drive):
    drive(small, Sphere(2), 8)
    other = small(Sphere(2), Goals(Sphere(2).goals))
    other.load(drive.optimizer.save())
    assert other.learner is None and other.n_told == 8
    with pytest.raises(SpecError, match="state"):
        other.load(b"something else")


def test_a_study_stopped_anywhere_ends_in_the_same_table(tmp_path):
    def table(name, stops):
        for stop in stops:
            options = {**SMALL, "steps": 2}
            study = Study.open(tmp_path / name, "s", Sphere(2), Ddpg, options=options, batch=8).run(trials=stop)
        return [(trial.design, trial.score, trial.hint) for trial in study.table()]

    assert table("a.db", (44,)) == table("b.db", (3, 17, 18, 44))


def test_the_same_seed_gives_the_same_table_and_no_global_generator_is_used(drive):
    tables = []
    for state, seed in ((1, 0), (2, 0), (1, 3)):
        torch.manual_seed(state)
        before = torch.random.get_rng_state()
        tables.append([trial.design for trial in drive(small, Sphere(2), 40, seed=seed)])
        assert torch.equal(before, torch.random.get_rng_state())
    assert tables[0] == tables[1] != tables[2]


@pytest.mark.parametrize(
    ("head", "trials", "target"), [("mlp", 250, 0.3), ("seq2seq", 160, 0.8)], ids=["mlp", "seq2seq"]
)
def test_learns_a_small_bandit_far_better_than_random(best_loss, head, trials, target):
    options = {"head": head, "warm_up": 40, "hidden": 32, "critics": 1, "updates": 1.0, "noise_half_life": 60.0}
    ours = [best_loss(Ddpg, Sphere(4), trials, seed=seed, **options) for seed in range(3)]
    theirs = [best_loss(Random, Sphere(4), trials, seed=seed) for seed in range(3)]
    assert max(ours) < min(theirs) and np.median(ours) < target * np.median(theirs)


def test_learns_over_episodes_of_several_steps(best_loss):
    options = {"steps": 3, "warm_up": 60, "hidden": 32, "updates": 1.0, "critics": 1, "noise_half_life": 100.0}
    ours = [best_loss(Ddpg, Sphere(2), 400, seed=seed, **options) for seed in range(3)]
    theirs = [best_loss(Random, Sphere(2), 400, seed=seed) for seed in range(3)]
    assert np.median(ours) < np.median(theirs)


def test_rewards_of_an_episode_sum_to_the_worth_of_its_last_design(drive):
    drive(small, Sphere(2), 60, steps=5, batch=4)
    ddpg = drive.optimizer
    rows = ddpg.replay.alive()
    rewards, worths = ddpg.rewards(rows), ddpg.states.worth(rows)
    steps, previous = (ddpg.replay.column(name, rows).astype(int) for name in ("step", "previous"))
    ends = rows[steps == 4]
    assert len(ends) == 12
    for end in ends:
        episode = [end]
        while previous[episode[0]] >= 0:
            episode.insert(0, previous[episode[0]])
        assert steps[episode].tolist() == [0, 1, 2, 3, 4]
        assert rewards[episode].sum() == pytest.approx(worths[end])
        np.testing.assert_allclose(rewards[episode], telescoping(worths[episode]))


def test_a_step_sees_the_design_before_it_and_a_first_step_sees_nothing(drive):
    table = drive(small, Sphere(2), 24, steps=3, batch=4)
    ddpg = drive.optimizer
    states = ddpg.states.of(np.array([-1, 0, 5]))
    assert not states[0].any()
    n_metrics = len(ddpg.watch.metrics)
    for state, trial in ((states[1], table[0]), (states[2], table[5])):
        keys = ddpg.space.encode_many([trial.design])[0]
        np.testing.assert_allclose(state[:2], 2 * keys - 1, atol=1e-6)
        assert state[2 + n_metrics + 1 : 2 + n_metrics + 3].tolist() == [1.0, 0.0]  # answered
    assert states[1][-1] == pytest.approx(1 / 3) and states[2][-1] == pytest.approx(2 / 3)


@pytest.mark.parametrize("batches", [(4, 4, 4, 4), (6, 1, 3, 5, 1), (1, 1, 1, 7, 2)])
def test_episodes_go_on_through_any_batch_sizes(answer, batches):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    ddpg, first, after = small(problem, goals, steps=3), 0, {}
    for n in batches:
        asked = ddpg.ask(n, np.random.default_rng(first))
        after |= {first + i: proposal.hint["after"] for i, proposal in enumerate(asked)}
        ddpg.tell(answer(problem, goals, asked, first))
        first += n
    continued = [one for one in after.values() if one is not None]
    assert len(set(continued)) == len(continued) and len(continued) > 0

    def length(number):
        return 1 if after[number] is None else 1 + length(after[number])

    assert max(length(number) for number in after) <= 3
    assert all(length(number) == 3 or number in continued or number in ddpg.open for number in after)


def test_imported_designs_are_learned_from_and_open_no_episode(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    ddpg = small(problem, goals, steps=3)
    asked = ddpg.ask(4, np.random.default_rng(0))
    ddpg.tell([judge(i, p.design, {"f": 1.0}, goals, seconds=0, attempts=1, hint={"imported": "x"})
               for i, p in enumerate(asked)])  # fmt: skip
    assert len(ddpg.replay) == 4 and ddpg.open == {}


def test_failed_trials_are_worth_the_least_and_carry_no_metrics(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    ddpg = small(problem, goals, steps=2)
    trials = answer(problem, goals, ddpg.ask(6, np.random.default_rng(0)), 0)
    trials[2:4] = [judge(t.number, t.design, Failed("crash"), goals, seconds=0, attempts=1, hint=t.hint)
                   for t in trials[2:4]]  # fmt: skip
    ddpg.tell(trials)
    worths = ddpg.states.worth(np.arange(6))
    assert worths[2] == worths[3] < worths[[0, 1, 4, 5]].min()
    answered, failed = ddpg.states.of(np.array([0, 2]))
    n_metrics = len(ddpg.watch.metrics)
    assert not failed[2 : 2 + n_metrics].any() and answered[2 : 2 + n_metrics].any()


def test_the_replay_holds_designs_as_they_were_rounded(drive):
    problem = Sphere(2)
    problem.space = Record(x1=Real(-5.0, 5.0, step=2.5), x2=Real(-5.0, 5.0))
    drive(small, problem, 30)
    keys = drive.optimizer.replay.column("keys", np.arange(30))
    assert set(np.round(keys[:, 0], 9)) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert len(set(keys[:, 1])) == 30


def test_components_of_a_circuit_are_sized_one_after_another():
    from archwright.circuits.amplifiers import ThreeStageTIA

    problem = ThreeStageTIA()
    ddpg = small(problem, Goals(problem.goals), head="seq2seq", steps=2)
    deciders = components_of(problem).deciders()
    assert len(deciders) == 10 and ddpg.states.of(np.array([-1])).shape[:2] == (1, 10)
    assert deciders.names == ("m1a", "ml1a", "mb1a", "m2a", "ml2a", "mb2a", "m3a", "mb3a", "mb", "rb")  # signal path
    ddpg._new_learner(np.random.default_rng(0))


@pytest.mark.parametrize("head", HEADS)
def test_a_step_sees_the_operating_points_of_the_design_before_it(drive, head):
    from archwright.circuits.amplifiers import ThreeStageTIA

    problem = ThreeStageTIA()
    table = drive(small, problem, 16, head=head, steps=2, batch=8, updates=0.1)
    ddpg = drive.optimizer
    raw = ddpg.replay.column("shown", np.arange(16))
    draft = problem.space.start()
    for value in problem.space.choices(table[3].design):
        draft = draft.choose(value)
    nodes = problem.observe(draft).nodes[[*range(8), 18, 19], len(problem.component_types) :]
    np.testing.assert_array_equal(raw[3], nodes)
    assert (np.ptp(raw[:, :9, -1], axis=0) > 0).all()  # every transistor's conductance differs from design to design
    seen = ddpg.states.of(np.array([3, 4]))
    assert (seen[0] != seen[1]).any() and np.abs(seen).max() <= 5.0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("head", "mpl"), ("cell", "rnn"), ("reward", "ranks"), ("steps", 0), ("steps", 1.5), ("hidden", 0),
        ("minibatch", 0), ("updates", -1), ("warm_up", 0), ("noise_start", 0.0), ("noise_half_life", -1.0),
        ("actor_rate", 0.0), ("tau", 2.0), ("memory", 0),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Ddpg(Sphere(2), Goals(Sphere(2).goals), **{option: value})
