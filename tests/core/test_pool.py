import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.pool import Finished, InlineExecutor, Job, Pool, ProcessExecutor, evaluate, open_pool
from archwright.core.pool_dask import DaskExecutor
from archwright.core.pool_workers import WorkerExecutor
from archwright.core.store import Store
from archwright.testing.functions import Sphere
from archwright.testing.misbehaving import Cheap, Misbehaving, Unsteady

GOOD = {"x": 0.5}
ANSWER = {"y": 0.25, "z": 1.0}


def jobs(*designs):
    return [Job(n, design, (0, n, 1)) for n, design in enumerate(designs)]


def run(executor, problem, designs, **options):
    parts = list(evaluate(executor, problem, jobs(*designs), **options))
    return sorted((one for part in parts for one in part), key=lambda one: one.number)


def act(name):
    return {"x": 0.5, "act": name}


@pytest.fixture(params=["inline", "threads", "standard processes", "processes"])
def executor(request):
    makers = {
        "inline": InlineExecutor,
        "threads": lambda: ThreadPoolExecutor(2),
        "standard processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
        "processes": lambda: ProcessExecutor(2),
    }
    with makers[request.param]() as opened:
        yield opened


def test_the_answers_are_the_same_on_every_executor(executor):
    designs = [{"x": n / 10} for n in range(10)]
    steady = run(executor, Misbehaving(), designs)
    assert [one.outcome for one in steady] == [{"y": (n / 10) ** 2, "z": 1.0} for n in range(10)]
    assert [one.attempts for one in steady] == [1] * 10
    varying = [one.outcome for one in run(executor, Unsteady(), designs)]
    assert varying == [one.outcome for one in run(InlineExecutor(), Unsteady(), designs)]
    assert run(executor, Misbehaving(), []) == []


def test_a_trial_s_generator_is_its_own_however_trials_are_grouped():
    together = run(InlineExecutor(), Unsteady(), [GOOD] * 6)
    alone = [part[0] for job in jobs(*[GOOD] * 6) for part in evaluate(InlineExecutor(), Unsteady(), [job])]
    assert [one.outcome for one in together] == [one.outcome for one in alone]
    assert len({one.outcome["y"] for one in together}) == 6


def test_infeasible_is_an_answer_and_failures_are_tried_again():
    class Counting(Misbehaving):
        calls = 0

        def evaluate(self, designs, *, rng):
            self.calls += len(designs)
            return super().evaluate(designs, rng=rng)

    for name, attempts in (("infeasible", 1), ("failed", 4), ("raise", 4), ("nan", 4)):
        problem = Counting()
        (finished,) = run(InlineExecutor(), problem, [act(name)], retries=3)
        assert (finished.attempts, problem.calls) == (attempts, attempts)


def test_the_seconds_of_all_attempts_count():
    (finished,) = run(InlineExecutor(), Misbehaving(seconds=0.02), [act("failed")], retries=2)
    assert isinstance(finished.outcome, Failed)
    assert 0.06 <= finished.seconds < 1.0


def test_what_is_finished_is_told_at_once():
    with ProcessExecutor(2) as executor:
        work = jobs({"x": 0.1}, act("hang"), {"x": 0.2}, {"x": 0.3})
        parts = evaluate(executor, Misbehaving(), work, timeout_s=20.0)
        first = []
        while len(first) < 3:
            first += next(parts)
        assert sorted(one.number for one in first) == [0, 2, 3]
        parts.close()  # and what still runs is stopped
        started = time.perf_counter()
    assert time.perf_counter() - started < 10.0


class Watched(Executor):
    """Counts what it is given and answers when told to."""

    chunk_seconds, whole_batches = 0.02, False

    def __init__(self, in_flight):
        self.in_flight, self.open, self.most, self.sizes = in_flight, [], 0, []

    def share(self, problem):
        return problem

    def submit_within(self, timeout_s, call, /, carried, chunk):
        future = Future()
        self.open.append((future, chunk))
        self.most = max(self.most, len(self.open))
        self.sizes.append(len(chunk))
        if len(self.open) == self.in_flight or sum(self.sizes) == 100:
            for future, chunk in self.open:
                future.set_result([(ANSWER, 0.1)] * len(chunk))
            self.open = []
        return future


def test_no_more_is_in_flight_than_the_executor_takes():
    executor = Watched(4)
    assert isinstance(executor, Pool)
    assert len(run(executor, Misbehaving(), [GOOD] * 100)) == 100
    assert executor.most == 4 and set(executor.sizes) == {1}


def test_cheap_trials_travel_together():
    executor = Watched(2)
    assert len(run(executor, Cheap(), [GOOD] * 100)) == 100
    assert executor.sizes == [50, 50]


def test_all_that_is_finished_comes_together():
    parts = list(evaluate(Watched(5), Misbehaving(), jobs(*[GOOD] * 100)))
    assert [len(part) for part in parts] == [5] * 20


def test_a_batch_inline_is_one_call_unless_that_takes_long():
    assert [len(part) for part in evaluate(InlineExecutor(), Misbehaving(), jobs(*[GOOD] * 50))] == [50]
    slow = Cheap()
    slow.typical_seconds = 0.1
    assert [len(part) for part in evaluate(InlineExecutor(), slow, jobs(*[GOOD] * 50))] == [10] * 5


def test_inline_costs_three_microseconds_a_trial():
    problem, work = Sphere(2), jobs(*[{"x1": 0.5, "x2": 1.0}] * 64)
    designs = [job.design for job in work]

    def seconds(call):
        started = time.process_time()
        for _ in range(50):
            call()
        return (time.process_time() - started) / 50 / 64

    whole = min(seconds(lambda: list(evaluate(InlineExecutor(), problem, work))) for _ in range(20))
    bare = min(seconds(lambda: problem.evaluate(designs, rng=None)) for _ in range(20))
    assert whole - bare < 6e-6  # 3 where nothing else runs; `benchmarks/core_spine.py` prints it


def test_any_executor_keeps_a_time_limit():
    with ThreadPoolExecutor(2) as executor:
        finished = run(executor, Misbehaving(), [GOOD, act("hang"), act("kill"), GOOD], timeout_s=2.0)
    assert [one.outcome for one in finished] == [
        ANSWER, Failed("timed out after 2 s"), Failed("process died (signal 9)"), ANSWER,
    ]  # fmt: skip


def test_an_executor_that_breaks_stores_no_false_failure():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        with pytest.raises(SpecError, match="'processes' survives any crash"):
            run(executor, Misbehaving(), [act("kill"), GOOD, GOOD])
        with pytest.raises(SpecError, match="'processes' survives any crash"):
            run(executor, Misbehaving(), [GOOD])


def test_a_problem_that_cannot_travel_is_refused():
    problem = Misbehaving()
    problem.secret = lambda: None
    with ProcessExecutor(1) as executor, pytest.raises(SpecError, match="problem that can be pickled"):
        run(executor, problem, [GOOD])
    assert run(InlineExecutor(), problem, [GOOD])[0].outcome == ANSWER


@pytest.mark.parametrize(
    ("kind", "problem", "limits", "type_"),
    [
        (None, Misbehaving(), {}, ProcessExecutor),
        (None, Cheap(), {}, InlineExecutor),
        (None, Cheap(), {"timeout_s": 1.0}, ProcessExecutor),
        (None, Cheap(), {"memory_bytes": 10**9}, ProcessExecutor),
        ("inline", Misbehaving(), {}, InlineExecutor),
        ("processes", Cheap(), {"jobs": 3}, ProcessExecutor),
    ],
)
def test_the_pool_fits_the_problem_unless_it_is_named(kind, problem, limits, type_):
    with open_pool(kind, problem=problem, **limits) as opened:
        assert type(opened) is type_
        assert getattr(opened, "jobs", None) == (limits.get("jobs", 1) if type_ is ProcessExecutor else None)


def test_workers_need_a_store_that_others_can_open(tmp_path, spec):
    with Store.open(":memory:") as store, pytest.raises(SpecError, match="with a store that other processes can open"):
        open_pool("workers", problem=Cheap(), store=store, study_id=1)
    with pytest.raises(SpecError, match="with a store that other processes can open"):
        open_pool("workers", problem=Cheap())
    with Store.open(tmp_path / "my.db") as store:
        opened = open_pool("workers", problem=Cheap(), store=store, study_id=store.create_study(spec), timeout_s=3.0)
        with opened:
            assert isinstance(opened, WorkerExecutor) and opened.timeout_s == 3.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "proceses"}, "did you mean 'processes'"),
        ({"kind": "inline", "timeout_s": 1.0}, "cannot be limited in time or memory"),
        ({"kind": None, "jobs": 0}, "jobs: 0"),
        ({"kind": None, "timeout_s": 0.0}, r"timeout_s: 0\.0"),
        ({"kind": None, "timeout_s": float("nan")}, "timeout_s: nan"),
        ({"kind": None, "memory_bytes": 0}, "memory_bytes: 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(SpecError, match=message):
        open_pool(problem=Cheap(), **options)


@pytest.mark.external
def test_a_farm_is_named_by_its_address(monkeypatch):
    monkeypatch.setattr("archwright.core.pool_dask._CONNECT_S", 1.0)
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'archwright[farm]'")
    with pytest.raises(SpecError, match="the address of a Dask scheduler that answers"):
        open_pool("dask://127.0.0.1:1", problem=Cheap())
    assert {name for name in dir(DaskExecutor) if not name.startswith("_")} >= {"submit", "submit_within", "share"}


def test_finished_says_all_there_is():
    assert repr(Finished(3, ANSWER, 0.5, 1)).startswith("Finished(number=3, outcome={'y': 0.25")
