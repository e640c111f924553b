import dataclasses
from types import MappingProxyType

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SpecError, StoreError
from archwright.core.goal import Goal
from archwright.core.record import Record
from archwright.core.space import Real, decode_many
from archwright.core.store import Store
from archwright.core.study import Study, best_of, front_of
from archwright.core.trial import Proposal


class Valley:
    """Minimise x0^2 + x1^2 beside a wall; counts its evaluations."""

    name, version, typical_seconds = "valley", "1", 1e-6
    metrics = MappingProxyType({"height_um": "um", "left_um": "um"})
    goals = (Goal("height_um", "min"), Goal("left_um", ">=", 0.1))

    def __init__(self, step=None):
        self.space = Record(x0=Real(-1.0, 1.0, step=step), x1=Real(-1.0, 1.0, step=step))
        self.evaluated = []

    def evaluate(self, designs, *, rng):
        self.evaluated += [tuple(design.values()) for design in designs]
        return [self._one(design["x0"], design["x1"]) for design in designs]

    def _one(self, x0, x1):
        if x0 > 0.9:
            return Infeasible("beyond the wall")
        if x0 < -0.9:
            return Failed("fell off")
        return {"height_um": x0 * x0 + x1 * x1, "left_um": x0}


class Noisy(Valley):
    noise = "a shaking ruler"

    def evaluate(self, designs, *, rng):
        return [{"height_um": d["x0"] ** 2 + rng.random(), "left_um": 1.0} for d in designs]


class Climber:
    """Asks around the best design told so far: depends on everything it was told."""

    batch = 7

    def __init__(self, problem, goals, *, width=0.3):
        self.space, self.width, self.best, self.told = problem.space, width, None, []

    def ask(self, n, rng):
        centre = np.full(2, 0.5) if self.best is None else np.array(self.best.hint["keys"])
        keys = np.clip(centre + self.width * rng.standard_normal((n, 2)), 0, 1)
        designs = decode_many(self.space, keys)
        return [Proposal(d, {"keys": k}) for d, k in zip(designs, keys.tolist(), strict=True)]

    def tell(self, trials):
        self.told.append([trial.number for trial in trials])
        asked = [t for t in trials if "keys" in t.hint] + ([self.best] if self.best else [])
        self.best = min(asked, key=lambda t: (*t.rank_key, t.number), default=None)


def open_valley(store, name="s", problem=None, **more):
    return Study.open(store, name, problem or Valley(), Climber, **more)


def rows(study):
    return [dataclasses.replace(trial, seconds=0.0) for trial in study.table()]


def test_a_study_runs_to_its_budget_and_reads_back(tmp_path):
    study = open_valley(tmp_path / "s.db").run(trials=40)
    table = study.table()
    assert [trial.number for trial in table] == list(range(40))
    assert {trial.state for trial in table} >= {"done", "infeasible"}
    assert study.best() == best_of(table)
    assert study.best().violation == 0.0 and study.best().metrics["left_um"] >= 0.1 * (1 - 1e-4)


@pytest.mark.parametrize("stops", [(40,), (5, 23, 40), (1, 2, 3, 7, 8, 14, 39, 40)])
def test_stopping_anywhere_changes_nothing_in_the_table(tmp_path, stops):
    straight = open_valley(tmp_path / "a.db").run(trials=40)
    broken = None
    for stop in stops:
        broken = open_valley(tmp_path / "b.db").run(trials=stop)
        assert len(broken.table()) == stop
    assert rows(broken) == rows(straight)


def test_a_resumed_study_evaluates_nothing_twice(tmp_path):
    problem = Valley()
    for trials in (10, 30):
        open_valley(tmp_path / "s.db", problem=problem).run(trials=trials)
    assert len(problem.evaluated) == len(set(problem.evaluated)) == 30


def test_the_seed_fixes_the_table(tmp_path):
    tables = [rows(open_valley(tmp_path / "s.db", name, seed=seed).run(trials=20)) for name, seed in
              (("a", 3), ("b", 3), ("c", 4))]  # fmt: skip
    assert tables[0] == tables[1] != tables[2]


def test_noise_depends_on_the_trial_not_on_the_batch_it_ran_in(tmp_path):
    straight = open_valley(tmp_path / "a.db", problem=Noisy()).run(trials=20)
    for trials in (3, 11, 20):
        broken = open_valley(tmp_path / "b.db", problem=Noisy()).run(trials=trials)
    assert rows(broken) == rows(straight)
    assert len({trial.metrics["height_um"] for trial in straight.table()}) == 20


def test_repeats_are_answered_from_the_cache_and_not_counted():
    problem = Valley(step=0.5)  # 25 designs in all
    study = open_valley(":memory:", problem=problem).run(trials=25)
    table = study.table()
    simulated = [trial for trial in table if trial.attempts]
    answered = [trial for trial in table if not trial.attempts]
    assert len(answered) > 0 and len(simulated) == len(problem.evaluated)
    first = {}
    for trial in simulated:
        first.setdefault(str(trial.design), trial)
    assert all(first[str(trial.design)].metrics == trial.metrics for trial in answered)
    assert all(trial.number > first[str(trial.design)].number for trial in answered)


def test_an_exhausted_space_ends_the_run():
    problem = Valley(step=1.0)  # 9 designs
    study = open_valley(":memory:", problem=problem).run(trials=1000)
    assert len({point for point in problem.evaluated if point[0] >= -0.9}) <= 6
    assert len(study.table()) >= 1000


def test_cache_with_kills_inside_batches_gives_the_same_table(tmp_path):
    straight = open_valley(tmp_path / "a.db", problem=Valley(step=0.25)).run(trials=30)
    for trials in range(1, 31):
        broken = open_valley(tmp_path / "b.db", problem=Valley(step=0.25)).run(trials=trials)
    assert rows(broken) == rows(straight)


def test_answers_of_other_studies_are_taken_over_only_when_asked(tmp_path):
    first = open_valley(tmp_path / "s.db", "first").run(trials=20)
    problem = Valley()
    second = open_valley(tmp_path / "s.db", "second", problem=problem).run(trials=25)
    assert problem.evaluated[:20] == [tuple(trial.design.values()) for trial in first.table()]
    problem = Valley()
    third = open_valley(tmp_path / "s.db", "third", problem=problem)
    third.run(trials=len(second.table()) + 14, reuse=True)
    answered = [trial for trial in third.table() if trial.attempts == 0]
    assert len(answered) >= 20 and answered[0].metrics == first.table()[0].metrics
    assert not {tuple(trial.design.values()) for trial in answered} & set(problem.evaluated)


def test_imported_designs_are_told_and_come_first(tmp_path):
    study = open_valley(tmp_path / "s.db")
    added = study.add([{"x0": 0.2, "x1": 0.0}, {"x0": 0.95, "x1": 0.0}], source="a paper")
    assert [trial.state for trial in added] == ["done", "infeasible"]
    heard = []

    class Listening(Climber):
        __module__, __qualname__ = Climber.__module__, Climber.__qualname__

        def tell(self, trials):
            heard.append([trial.hint.get("imported") for trial in trials])
            super().tell(trials)

    study = Study.open(tmp_path / "s.db", "s", Valley(), Listening).run(trials=16)
    assert heard == [["a paper"] * 2, [None] * 7, [None] * 7]
    assert [trial.number for trial in study.table()] == list(range(16))


def test_import_in_the_middle_of_a_batch_is_refused(tmp_path):
    study = open_valley(tmp_path / "s.db").run(trials=10)
    with pytest.raises(SpecError, match="run 14 first"):
        study.add([{"x0": 0.2, "x1": 0.0}], source="late")


def test_imported_designs_must_be_of_the_space():
    with pytest.raises(SpecError, match=r"design\.x0: 7"):
        open_valley(":memory:").add([{"x0": 7, "x1": 0.0}], source="a typo")


class Moody(Valley):
    """Fails until it is told to recover."""

    well = False

    def evaluate(self, designs, *, rng):
        return [{"height_um": 1.0, "left_um": 1.0} if self.well else Failed("a bad day") for _ in designs]


def test_retry_replaces_failed_trials_only_and_adds_attempts():
    problem = Moody()
    study = open_valley(":memory:", problem=problem).run(trials=3)
    assert study.best() is None and study.front() == []
    problem.well = True
    again = study.retry()
    assert [(trial.state, trial.attempts) for trial in again] == [("done", 2)] * 3
    assert study.table() == again


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seed": 1}, "seed"),
        ({"goals": ["max height_um"]}, "goals"),
        ({"options": {"width": 0.1}}, "options"),
        ({"batch": 9}, "batch"),
    ],
)
def test_a_name_that_exists_with_another_spec_is_refused(tmp_path, change, field):
    open_valley(tmp_path / "s.db").run(trials=3)
    with pytest.raises(SpecError, match=f"study 's', {field}"):
        open_valley(tmp_path / "s.db", **change)


def test_a_name_that_exists_with_another_problem_is_refused(tmp_path):
    open_valley(tmp_path / "s.db").run(trials=3)
    other = Valley()
    other.name = "hill"
    with pytest.raises(SpecError, match="study 's', problem: 'hill'"):
        open_valley(tmp_path / "s.db", problem=other)


class Changed(Climber):
    __module__, __qualname__ = Climber.__module__, Climber.__qualname__

    def ask(self, n, rng):
        return [Proposal({"x0": 0.0, "x1": 0.0}, {"keys": [0.5, 0.5]})] * n


def test_an_optimizer_that_asks_otherwise_than_it_did_is_refused(tmp_path):
    open_valley(tmp_path / "s.db").run(trials=10)
    with pytest.raises(StoreError, match="another version"):
        Study.open(tmp_path / "s.db", "s", Valley(), Changed).run(trials=20)


def test_negative_retries_are_refused():
    with pytest.raises(SpecError, match="retries: -1"):
        open_valley(":memory:").run(trials=3, retries=-1)


@pytest.mark.parametrize("change", [{"seed": -1}, {"seed": 0.5}, {"batch": 0}, {"options": {"widht": 1}}])
def test_arguments_that_make_no_sense_are_refused(change):
    with pytest.raises(SpecError):
        open_valley(":memory:", **change)


def test_a_misspelt_option_is_told_the_nearest_name():
    with pytest.raises(SpecError, match="did you mean 'width'"):
        open_valley(":memory:", options={"widht": 1})


def test_a_goal_on_a_metric_that_does_not_exist_is_refused():
    with pytest.raises(SpecError, match="did you mean 'height_um'"):
        open_valley(":memory:", goals=["min heigth_um"])


def test_progress_is_told_after_every_commit():
    seen = []
    open_valley(":memory:").run(trials=20, on_progress=seen.append)
    assert [p.trials for p in seen] == [0, 7, 14, 20]
    assert seen[-1].best is not None and seen[-1].simulations == 20


def test_a_time_budget_ends_a_run():
    study = open_valley(":memory:").run(seconds=1.0)
    assert len(study.table()) > 7


class Blobby(Climber):
    """Resumes from a blob instead of replay."""

    replayed = 0

    def save(self):
        return repr((self.best.number, self.best.hint["keys"], self.best.rank_key)).encode()

    def load(self, blob):
        number, keys, rank_key = eval(blob)
        self.best = type("Best", (), {"number": number, "hint": {"keys": keys}, "rank_key": rank_key})()

    def tell(self, trials):
        Blobby.replayed += len(trials)
        super().tell(trials)


def test_a_resumable_optimizer_continues_from_its_blob(tmp_path):
    straight = Study.open(tmp_path / "a.db", "s", Valley(), Blobby).run(trials=1500)
    Study.open(tmp_path / "b.db", "s", Valley(), Blobby).run(trials=1200)
    Blobby.replayed = 0
    broken = Study.open(tmp_path / "b.db", "s", Valley(), Blobby).run(trials=1500)
    assert rows(broken) == rows(straight)
    assert Blobby.replayed < 500


def test_front_holds_what_no_other_dominates():
    goals = ["min height_um", "max left_um"]
    front = open_valley(":memory:", goals=goals).run(trials=60).front()
    points = np.array([trial.objectives for trial in front])
    assert len(front) > 1
    for point in points:
        assert not np.any(np.all(points <= point, axis=1) & np.any(points < point, axis=1))


def test_best_and_front_of_nothing():
    assert best_of([]) is None and front_of([]) == []


def test_an_open_store_can_be_shared_by_studies():
    with Store.open(":memory:") as store:
        for name in ("a", "b"):
            open_valley(store, name).run(trials=5)
        assert sorted(spec.name for _, spec in store.studies()) == ["a", "b"]


@pytest.mark.parametrize("trials", [40, 43])
def test_a_study_gives_its_optimizer_as_it_has_taught_it(trials):
    study = Study.open(":memory:", "s", Valley(), "differential_evolution", batch=20, seed=4)
    assert study.optimizer().ask(20, np.random.default_rng([4, 0])) is not None
    study.run(trials=trials)
    asked = [proposal.design for proposal in study.optimizer().ask(20, np.random.default_rng([4, 40]))]
    assert [trial.design for trial in study.run(trials=60).table()[40:60]] == asked
