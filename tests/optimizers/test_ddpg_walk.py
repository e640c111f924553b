import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Observation
from archwright.core.space import encode_many
from archwright.optimizers.ddpg_walk import DdpgWalk, WalkStates
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere

SMALL = {"warm_up": 12, "hidden": 8, "minibatch": 8, "updates": 0.5}


def small(problem, goals, **options):
    return DdpgWalk(problem, goals, **{**SMALL, **options})


class Shown(Sphere):
    """A sphere that shows of a draft which variable comes next, and how much was decided."""

    def observe(self, draft):
        decided = sum(draft.values)
        nodes = np.array([[k, decided] for k in range(self.space.horizon)], float)
        return Observation(nodes, np.zeros((0, 2), int))


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


def test_a_loaded_state_goes_on_as_the_one_saved(drive, answer):
    problem = Sphere(3)
    drive(small, problem, 45)
    first, second = drive.optimizer, small(problem, Goals(problem.goals))
    assert first.baseline is not None
    second.load(first.save())
    for number in (45, 52, 60):
        asked = [one.ask(8, np.random.default_rng([0, number])) for one in (first, second)]
        assert asked[0] == asked[1]
        for one in (first, second):
            one.tell(answer(problem, Goals(problem.goals), asked[0], number))
        assert first.baseline == second.baseline


def test_a_state_is_the_decision_s_own_row_and_the_last_action():
    problem = Shown(3)
    walks = WalkStates(problem)
    draft = problem.space.start()
    assert walks.state(draft, np.empty(0)).tolist() == [0.0, 0.0, 1.0]
    draft = draft.choose(2.0)
    assert walks.state(draft, np.array([0.25])).tolist() == [1.0, 2.0, 0.25]
    design = problem.space.decode_many(np.array([[0.1, 0.6, 0.9]]))[0]
    keys = encode_many(problem.space, [design])[0]
    states = walks.of(design)
    assert states.shape == (3, 3) and states[:, 0].tolist() == [0.0, 1.0, 2.0]
    assert states[1:, 2] == pytest.approx(2 * keys[:2] - 1)


def test_where_nothing_is_shown_it_sees_how_far_it_is():
    walks = WalkStates(Sphere(4))
    assert walks.width == 3
    assert walks.state(Sphere(4).space.start(), np.array([0.5, -1.0])).tolist() == [0.5, -1.0, -0.25]


def test_a_decision_is_learned_from_its_own_state_and_the_next(drive):
    drive(small, Sphere(3), 13)
    optimizer = drive.optimizer
    optimizer.baseline = None
    rows = np.array([4, 5, 6, 7])
    found = optimizer._experience(rows)
    states = optimizer.replay.column("states", rows)
    for k, step in enumerate((0, 1, 2, 0)):
        assert found.states[k].tolist() == states[k, step].tolist()
        assert found.is_last[k] == (step == 2)
        assert found.actions[k, 0] == pytest.approx(optimizer.actions(rows)[k, step])
    assert found.next_states[0].tolist() == states[0, 1].tolist()
    worths = optimizer.worths()[rows]
    assert found.rewards == pytest.approx(worths - worths.mean()) and optimizer.baseline == pytest.approx(worths.mean())


def test_a_random_start_then_the_actor_with_little_noise():
    problem, options = Sphere(2), {"warm_up": 4, "noise_start": 1e-3, "noise_end": 1e-3}
    optimizer = small(problem, Goals(problem.goals), **options)
    spread = [np.ptp(encode_many(problem.space, [p.design for p in _asked(optimizer, problem, 8, at)]), axis=0)
              for at in (0, 8)]  # fmt: skip
    assert spread[0].min() > 0.05 and spread[1].max() < 0.01


def test_a_known_design_is_drawn_again_with_more_noise(drive):
    from archwright.core.record import Record
    from archwright.core.space import Real

    problem = Sphere(2)
    problem.space = Record(x1=Real(-5.0, 5.0, step=1.0), x2=Real(-5.0, 5.0, step=1.0))
    optimizer = small(problem, Goals(problem.goals), warm_up=4, noise_start=1e-3, noise_end=1e-3)
    _asked(optimizer, problem, 8, 0)
    found = [str(_asked(optimizer, problem, 1, at)[0].design) for at in range(8, 24)]
    assert len(set(found)) >= 5  # without drawing again all are the same


def _asked(optimizer, problem, n, at):
    from archwright.core.trial import judge

    proposals = optimizer.ask(n, np.random.default_rng([0, at]))
    outcomes = problem.evaluate([one.design for one in proposals], rng=np.random.default_rng(0))
    goals = Goals(problem.goals)
    pairs = enumerate(zip(proposals, outcomes, strict=True), start=at)
    optimizer.tell([judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs])
    return proposals


def test_it_learns_from_what_is_shown(best_loss):
    options = {"warm_up": 30, "hidden": 32, "critic_rate": 3e-3, "actor_rate": 1e-3, "noise_half_life": 30.0}
    ours = [best_loss(DdpgWalk, Shown(3), 150, seed=seed, **options) for seed in range(3)]
    theirs = [best_loss(Random, Shown(3), 150, seed=seed) for seed in range(3)]
    assert np.median(ours) < 0.5 * np.median(theirs)


@pytest.mark.parametrize(("option", "value"), [("hidden", 0), ("smoothing", 1.5), ("warm_up", 0), ("tau", 0.0)])
def test_an_option_out_of_range_is_one_clear_line(option, value):
    with pytest.raises(SpecError, match=option):
        DdpgWalk(Sphere(2), Goals(Sphere(2).goals), **{option: value})
