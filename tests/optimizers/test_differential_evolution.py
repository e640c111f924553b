import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.trial import Proposal, judge
from archwright.optimizers.differential_evolution import N_OTHERS, DifferentialEvolution, _other_members
from archwright.testing.functions import Bnh, Rosenbrock, Sphere


def small(problem, goals, **options):
    return DifferentialEvolution(problem, goals, **{"population": 10, **options})


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


@pytest.mark.parametrize("variant", N_OTHERS)
def test_variants_keep_the_laws_and_solve_the_sphere(check_laws, best_loss, variant):
    check_laws(lambda problem, goals: small(problem, goals, variant=variant), Sphere(3))
    assert best_loss(DifferentialEvolution, Sphere(5), 5000, variant=variant, population=30) < 1e-6


def test_children_follow_the_equation(drive):
    problem = Sphere(4)
    drive(DifferentialEvolution, problem, 20, population=20, crossover=1.0, scale=0.5, variant="current-to-best/1")
    evolution = drive.optimizer
    members = evolution.members.keys
    best = members[np.argmin(evolution.members.losses)]
    for target, proposal in enumerate(evolution.ask(20, np.random.default_rng(1))):
        child, current = np.array(proposal.hint["keys"]), members[target]
        donors = current + 0.5 * (best - current) + 0.5 * (members[:, None] - members)  # equation (2), all r1 and r2
        assert (np.abs(np.clip(donors, 0.0, 1.0) - child) < 1e-12).all(axis=2).any()


def test_a_population_of_equals_starts_anew(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    evolution = small(problem, goals)
    same = [Proposal({"x1": 1.0, "x2": 1.0})] * 10
    evolution.tell(answer(problem, goals, same[:9], 0))
    assert len(evolution.members) == 9
    evolution.tell(answer(problem, goals, same[9:], 9))
    assert len(evolution.members) == 0
    assert len({str(p.design) for p in evolution.ask(10, np.random.default_rng(0))}) == 10


def test_others_differ_from_the_target_and_from_each_other():
    targets = np.repeat(np.arange(5), 200)
    columns = _other_members(targets, 5, 3, np.random.default_rng(0))
    rows = np.sort(np.column_stack([targets, *columns]), axis=1)
    assert (np.diff(rows, axis=1) > 0).all()
    assert set(columns[2][targets == 2].tolist()) == {0, 1, 3, 4}


def test_members_never_get_worse_and_failures_never_win(drive, any_problem):
    drive(small, any_problem, 10)
    evolution = drive.optimizer
    before = evolution.members
    rng = np.random.default_rng(0)
    goals = Goals(any_problem.goals)
    asked = evolution.ask(10, rng)
    evolution.tell([judge(10, p.design, Failed("crash"), goals, seconds=0.0, attempts=1, hint=p.hint) for p in asked])
    np.testing.assert_array_equal(evolution.members.violations, before.violations)
    finite = np.isfinite(before.violations)
    np.testing.assert_array_equal(evolution.members.keys[finite], before.keys[finite])


def test_a_design_from_elsewhere_replaces_the_worst(drive, answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    drive(small, problem, 50)
    evolution = drive.optimizer
    worst = evolution.members.losses.max()
    outside = (
        small(problem, goals).ask(1, np.random.default_rng(0))[0]._replace(design={"x1": 0.0, "x2": 0.0}, hint=None)
    )
    evolution.tell(answer(problem, goals, [outside], 50))
    assert evolution.members.losses.min() == 0.0 and worst not in evolution.members.losses
    assert len(evolution.members) == 10


def test_any_batch_size_converges(best_loss):
    for batch in (1, 13, 200):
        assert best_loss(DifferentialEvolution, Sphere(4), 4000, batch=batch, population=20) < 1e-3


def test_several_objectives_give_a_front(drive):
    drive(DifferentialEvolution, Bnh(), 3000)
    members = drive.optimizer.members
    assert (members.violations == 0).all()
    assert hypervolume(members.objectives, Bnh.reference_point) > 0.98 * Bnh.hypervolume


@pytest.mark.parametrize(
    ("option", "value"), [("population", 3), ("scale", 0.0), ("crossover", 1.5), ("variant", "best/2")]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        DifferentialEvolution(Sphere(2), Goals(Sphere(2).goals), **{option: value})


def test_agrees_with_pymoo_on_rosenbrock(best_loss):
    from pymoo.algorithms.soo.nonconvex.de import DE
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    function = Rosenbrock(5)

    class Wrapped(Problem):
        def __init__(self):
            super().__init__(n_var=5, n_obj=1, xl=-5.0, xu=10.0)

        def _evaluate(self, x, out, *args, **kwargs):
            out["F"] = function.values(x)

    def theirs(seed):
        method = DE(pop_size=50, variant="DE/rand/1/bin", CR=0.9, F=0.5, prob_mut=0.0)
        return float(minimize(Wrapped(), method, ("n_eval", 5000), seed=seed).F[0])

    ours = [best_loss(DifferentialEvolution, function, 5000, seed=seed) for seed in range(5)]
    peer = [theirs(seed) for seed in range(5)]
    assert 0.1 < np.median(ours) / np.median(peer) < 10.0
