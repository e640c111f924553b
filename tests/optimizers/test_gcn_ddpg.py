import numpy as np
import pytest
import torch

from archwright.core.errors import Error, Failed, Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Observation
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.study import Study
from archwright.core.trial import judge
from archwright.learning.components import graph_of
from archwright.optimizers.gcn_ddpg import GcnDdpg
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere

SMALL = {"warm_up": 12, "hidden": 8, "minibatch": 8, "updates": 0.5, "n_layers": 3}


class Ladder:
    """Rungs of two sizes, each joined to the next; the loss couples neighbours. Some designs fail."""

    name, version, metrics = "ladder", "1", {"loss": "", "ripple": ""}
    typical_seconds = 1e-6
    goals = Goals.read(["min loss", "ripple <= 1.5"]).goals

    def __init__(self, n=4, step=None):
        self.n = n
        sizes = {f"{kind}{i}": Real(-1.0, 1.0, step=step) for i in range(n) for kind in "wr"}
        owned = {f"c{i}": [f"w{i}", f"r{i}"] for i in range(n)}
        self.space = Record(sizes).with_graph(owned, [(f"c{i}", f"c{i + 1}") for i in range(n - 1)])

    def evaluate(self, designs, *, rng):
        return [self.one(np.array(list(design.values())).reshape(-1, 2)) for design in designs]

    def one(self, sizes):
        if sizes[0, 0] > 0.9:
            return Failed("no convergence")
        if sizes[0, 1] > 0.9:
            return Infeasible("too wide")
        jumps = np.diff(sizes, axis=0)
        return {"loss": float(((sizes - 0.4) ** 2).sum() + (jumps**2).sum()), "ripple": float(np.abs(sizes).mean())}


class TypedLadder(Ladder):
    component_types = ("nmos", "resistor")

    def __init__(self, n=4):
        super().__init__(n)
        self.component_names = tuple(f"c{i}" for i in range(n))

    def observe(self, draft):
        types = np.eye(2)[np.arange(self.n) % 2]
        edges = np.array([(i, i + 1) for i in range(self.n - 1)])
        return Observation(np.hstack([types, types[:, :1] * 0.7]), edges)


def small(problem, goals, **options):
    return GcnDdpg(problem, goals, **{**SMALL, **options})


@pytest.mark.parametrize("problem", [Ladder, TypedLadder])
@pytest.mark.parametrize(
    "options", [{}, {"aggregate": False}, {"index": "scalar", "residual": False}, {"reward": "score"}]
)
def test_laws(check_laws, problem, options):
    check_laws(lambda p, goals: small(p, goals, **options), problem())


def test_a_loaded_state_goes_on_as_the_one_saved(drive, answer):
    problem = TypedLadder()
    drive(small, problem, 45)
    first, second = drive.optimizer, small(problem, Goals(problem.goals))
    second.load(first.save())
    assert second.weights() == first.weights()
    for number in (45, 52, 60):
        asked = [one.ask(8, np.random.default_rng([0, number])) for one in (first, second)]
        assert asked[0] == asked[1]
        for one in (first, second):
            one.tell(answer(problem, Goals(problem.goals), asked[0], number))


def test_a_study_stopped_anywhere_ends_in_the_same_table(tmp_path):
    def table(name, stops):
        for stop in stops:
            study = Study.open(tmp_path / name, "s", Ladder(), GcnDdpg, options=SMALL).run(trials=stop)
        return [(trial.design, trial.score, trial.hint) for trial in study.table()]

    assert table("a.db", (44,)) == table("b.db", (3, 17, 44))


def test_learns_a_ladder_far_better_than_random(best_loss):
    options = {"warm_up": 40, "hidden": 32, "updates": 1.0, "n_layers": 4, "noise_half_life": 60.0}
    ours = [best_loss(GcnDdpg, Ladder(), 250, seed=seed, **options) for seed in range(3)]
    theirs = [best_loss(Random, Ladder(), 250, seed=seed) for seed in range(3)]
    assert max(ours) < min(theirs) and np.median(ours) < 0.5 * np.median(theirs)


def test_the_ablation_and_plain_layers_are_other_policies(drive):
    tables = [
        [trial.design for trial in drive(small, Ladder(), 40, **options)]
        for options in ({}, {"aggregate": False}, {"residual": False}, {"index": "scalar"})
    ]
    for table in tables:
        assert table[:12] == tables[0][:12]  # the same warm-up
        assert (table[16:] == tables[0][16:]) == (table is tables[0])


def test_the_state_of_a_typed_component_is_index_type_and_features():
    typed = TypedLadder(10)
    assert small(typed, Goals(typed.goals)).state.shape == (10, 10 + 2 + 1)
    assert small(typed, Goals(typed.goals), index="scalar").state.shape == (10, 1 + 2 + 1)


def test_seven_layers_join_any_two_devices_of_the_amplifier():
    from archwright.circuits.amplifiers import ThreeStageTIA

    components = graph_of(ThreeStageTIA(), method="gcn_ddpg")
    step = components.adjacency() + np.eye(len(components))
    sizing = [i for i, owned in enumerate(components.axes) if owned]
    assert (np.linalg.matrix_power(step, 7)[np.ix_(sizing, sizing)] > 0).all()


def test_failed_and_infeasible_trials_are_worth_the_least(drive):
    table = drive(small, Ladder(), 120, warm_up=120)
    rewards = drive.optimizer.worths()
    states = np.array([trial.state for trial in table])
    assert {"failed", "infeasible", "done"} == set(states)
    unanswered = rewards[states != "done"]
    assert (unanswered == rewards.min()).all() and rewards[states == "done"].min() > rewards.min()


def test_the_replay_holds_designs_as_refined(drive):
    drive(small, Ladder(step=0.5), 24)
    keys = drive.optimizer.replay.column("keys", np.arange(24))
    assert set(np.round(keys.ravel(), 9)) <= {0.0, 0.25, 0.5, 0.75, 1.0}


def test_the_baseline_follows_the_rewards(drive):
    drive(small, Ladder(), 80)
    gcn = drive.optimizer
    assert gcn.baseline != 0.0 and abs(gcn.baseline) < 2.0
    expected = gcn.baseline + 0.05 * (gcn.rewards_of(np.zeros(1), np.zeros(1))[0] - gcn.baseline)
    assert abs(expected) < abs(gcn.baseline)


def trained(drive, problem, **options):
    drive(small, problem, 60, updates=2.0, **options)
    return drive.optimizer


@pytest.mark.parametrize("n", [3, 4, 7])
def test_weights_carry_over_to_a_ladder_of_another_length(drive, tmp_path, n):
    source = trained(drive, TypedLadder(4), index="scalar")
    path = tmp_path / "weights.bin"
    path.write_bytes(source.weights())
    other, barely = TypedLadder(n), {"updates": 0.1, "actor_rate": 1e-6}
    policies = []
    for given in (source.weights(), str(path), path):
        table = drive(small, other, 16, index="scalar", start_from=given, **barely)
        policies.append(drive.optimizer.policy().tolist())
        assert len(table) == 16
    assert policies[0] == policies[1] == policies[2]
    drive(small, other, 16, index="scalar", **barely)
    assert drive.optimizer.policy().tolist() != policies[0]
    if n == 4:
        np.testing.assert_allclose(policies[0], source.policy(), atol=0.02)


def test_a_warm_start_beats_a_cold_one_on_a_longer_ladder(best_loss, drive):
    options = {"index": "scalar", "hidden": 32, "n_layers": 4, "warm_up": 40, "noise_half_life": 60.0}
    drive(GcnDdpg, Ladder(4), 250, updates=1.0, **options)
    weights = drive.optimizer.weights()
    options |= {"warm_up": 16, "updates": 0.25, "noise_start": 0.1}
    warm, cold = (
        [best_loss(GcnDdpg, Ladder(6), 40, seed=seed, start_from=given, **options) for seed in range(3)]
        for given in (weights, None)
    )
    assert np.median(warm) < np.median(cold)


def test_a_study_starts_from_what_another_has_learned(tmp_path, drive):
    store, options = tmp_path / "s.db", {**SMALL, "warm_up": 16, "critics": 1, "index": "scalar"}

    def run(name, problem, **more):
        return Study.open(store, name, problem, "gcn_ddpg", options={**options, **more}).run(trials=40)

    source = run("source", "three-stage-tia")
    target = run("target", "three-stage-tia-lengths", start_from=f"{store}:source", actor_rate=1e-9, updates=0.1)
    ours, theirs = source.optimizer(), target.optimizer()
    assert len(theirs.replay) == 40 and theirs.n_updates < 10  # experience is not carried over
    assert torch.allclose(ours.learner.actor.layers.weights[0], theirs.learner.actor.layers.weights[0], atol=1e-4)
    again = Study.open(store, "target", "three-stage-tia-lengths", "gcn_ddpg", options=target.spec.options)
    assert [t.design for t in again.run(trials=48).table()[:40]] == [t.design for t in target.table()[:40]]


@pytest.mark.parametrize(
    ("place", "message"),
    [("s.db:sauce", "did you mean 'source'"), ("s.db:other", "gcn_ddpg"), ("s.db:young", "more than the warm-up"),
     ("none.db:source", "none.db")],
)  # fmt: skip
def test_studies_that_cannot_be_started_from_are_refused_in_one_line(tmp_path, place, message):
    problem = "three-stage-tia"
    Study.open(tmp_path / "s.db", "source", problem, "random").run(trials=1)
    Study.open(tmp_path / "s.db", "other", problem, "random").run(trials=1)
    Study.open(tmp_path / "s.db", "young", problem, "gcn_ddpg", options=SMALL).run(trials=8)
    with pytest.raises(Error, match=message) as caught:
        small(Ladder(), Goals(Ladder().goals), start_from=str(tmp_path / place))
    assert "\n" not in str(caught.value)


def test_weights_before_the_warm_up_is_over_are_refused():
    with pytest.raises(SpecError, match="more than the warm-up of 12"):
        small(Ladder(), Goals(Ladder().goals)).weights()


@pytest.mark.parametrize(
    ("weights", "message"),
    [(b"nonsense", "start_from"), ("no/such/file", "No such file"), ("state", "gcn_ddpg saved")],
    ids=["bytes", "file", "another blob"],
)
def test_weights_that_cannot_be_read_are_refused(weights, message):
    goals = Goals(Ladder().goals)
    given = small(Ladder(), goals).save() if weights == "state" else weights
    with pytest.raises(SpecError, match=message):
        small(Ladder(), goals, start_from=given)


def test_weights_of_a_policy_that_names_each_component_fit_its_graph_only(drive):
    weights = trained(drive, Ladder(4)).weights()
    with pytest.raises(SpecError, match="scalar"):
        small(Ladder(5), Goals(Ladder().goals), start_from=weights)


def test_a_problem_without_graph_is_refused_in_one_line():
    with pytest.raises(SpecError, match="gcn_ddpg on sphere: 'no component graph'") as caught:
        GcnDdpg(Sphere(2), Goals(Sphere(2).goals))
    assert "\n" not in str(caught.value)


def test_imported_trials_are_learned_from(answer):
    problem = Ladder()
    goals = Goals(problem.goals)
    gcn = small(problem, goals)
    asked = Random(problem, goals).ask(20, np.random.default_rng(0))
    trials = [judge(t.number, t.design, t.metrics, goals, seconds=0, attempts=1, hint={"imported": "x"})
              for t in answer(problem, goals, asked, 0) if t.state == "done"]  # fmt: skip
    gcn.tell(trials)
    assert gcn.learner is not None and gcn.n_updates > 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("index", "onehot"), ("n_layers", 0), ("hidden", 0), ("minibatch", 1.5), ("updates", -1), ("warm_up", 0),
        ("reward", "ranks"), ("actor_rate", 0.0), ("critic_rate", 5.0), ("noise_end", 0.0), ("memory", 0),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        GcnDdpg(Ladder(), Goals(Ladder().goals), **{option: value})
