"""What the spine costs: microseconds per trial in memory, trials per second into the store, seconds to resume.

The peer, in the same run on the same disk: Optuna's own SQLite study, asked and told the same designs.
"""

import gc
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna
import sqlalchemy

from archwright import Store, Study
from archwright.core.goal import Goal, Goals
from archwright.core.pool import InlineExecutor, Job, ProcessExecutor, evaluate
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.store import StudySpec
from archwright.core.study import provenance
from archwright.core.trial import judge
from archwright.optimizers.random import Random

REPEATS = 7
SMALL, LARGE = (4, 2), (10, 6)  # parameters, metrics


class Null:
    """Parameters, metrics, no work; counts the processor seconds spent in it."""

    name, version, typical_seconds = "null", "1", 1e-7
    goals = (Goal("m0", "min"), Goal("m1", ">=", 0.05))

    def __init__(self, n_parameters, n_metrics):
        self.space = Record({f"x{i}": Real(0.0, 1.0) for i in range(n_parameters)})
        self.answer = {f"m{i}": 0.1 * i for i in range(n_metrics)}
        self.metrics = dict.fromkeys(self.answer, "")
        self.seconds = 0.0

    def evaluate(self, designs, *, rng):
        started = time.process_time()
        found = [dict(self.answer) for _ in designs]
        self.seconds += time.process_time() - started
        return found


class Clocked(Random):
    """Random search that counts the processor seconds spent in it."""

    seconds = 0.0

    def ask(self, n, rng):
        started = time.process_time()
        found = super().ask(n, rng)
        Clocked.seconds += time.process_time() - started
        return found


def repeated(measure: Callable[[], float], repeats: int = REPEATS) -> list[float]:
    found = []
    for _ in range(repeats + 1):
        gc.collect()  # what the run before left behind is not this one's to clear
        found.append(measure())
    return sorted(found[1:])


def tell(what: str, values: list[float], unit: str, goal: str = "") -> float:
    median = statistics.median(values)
    spread = f"({values[0]:,.4g} to {values[-1]:,.4g})"
    print(f"{what:58} {median:12,.4g} {unit:9} {spread:24} {goal}")
    return median


def overhead_us(store: str | Path, size: tuple[int, int], n: int = 6400, batch: int = 64) -> float:
    """Of processor time in a whole run, per trial, without the problem's and the optimizer's own."""
    problem, Clocked.seconds = Null(*size), 0.0
    study = Study.open(store, f"s{time.perf_counter_ns()}", problem, Clocked, batch=batch)
    started = time.process_time()
    study.run(trials=n)
    seconds = time.process_time() - started - problem.seconds - Clocked.seconds
    study.store.close()
    return 1e6 * seconds / n


def inline_us(n: int = 64) -> float:
    problem, work = Null(*SMALL), [Job(i, {"x0": 0.5}, (0, i, 1)) for i in range(n)]
    started = time.process_time()
    for _ in range(50):
        list(evaluate(InlineExecutor(), problem, work))
    return 1e6 * (time.process_time() - started - problem.seconds) / 50 / n


def processes_us(n: int = 200) -> float:
    with ProcessExecutor(2) as executor:
        list(executor.map(abs, range(4)))
        started = time.perf_counter()
        list(executor.map(abs, range(n)))
        return 1e6 * (time.perf_counter() - started) / n


def make_trials(n: int) -> list:
    rng = np.random.default_rng(0)
    problem, goals, found = Null(*LARGE), Goals(Null.goals), []
    names = problem.space.axes
    for number, keys in enumerate(rng.random((n, len(names))).tolist()):
        metrics = dict(zip(problem.metrics, keys, strict=False))
        design, hint = dict(zip(names, keys, strict=True)), {"keys": keys[::-1]}
        found.append(judge(number, design, metrics, goals, seconds=1e-6, attempts=1, hint=hint))
    return found


def new_study(store: Store) -> int:
    goals = tuple(Goals(Null.goals).texts())
    name = f"s{time.perf_counter_ns()}"
    return store.create_study(StudySpec(name, "null", "1", "random", {}, goals, 0, 64, {}, provenance()))


def write_rate(path: Path, trials: list, batch: int) -> float:
    with Store.open(path) as store:
        study_id = new_study(store)
        started = time.perf_counter()
        for start in range(0, len(trials), batch):
            store.add_trials(study_id, trials[start : start + batch])
        return len(trials) / (time.perf_counter() - started)


def read_seconds(path: Path, study_id: int = 1) -> float:
    with Store.open(path, read_only=True) as store:
        started = time.perf_counter()
        assert len(store.trials(study_id)) == 10_000
        return time.perf_counter() - started


def resume_seconds(path: Path, method: str) -> float:
    """From opening a study of 10,000 trials to its next simulation: the table is read and told again."""
    Study.open(path, method, Null(*LARGE), method, batch=64).run(trials=10_000)
    started = time.perf_counter()
    study = Study.open(path, method, Null(*LARGE), method, batch=64)
    study.run(trials=10_001)
    return time.perf_counter() - started


def our_us(path: Path, n: int, batch: int) -> float:
    study = Study.open(path, f"s{time.perf_counter_ns()}", Null(*LARGE), "random", batch=batch)
    started = time.perf_counter()
    study.run(trials=n)
    return 1e6 * (time.perf_counter() - started) / n


def optuna_us(path: Path, n: int) -> float:
    """The same random designs and the same six metrics through Optuna's storage."""
    study = optuna.create_study(
        storage=f"sqlite:///{path}", study_name=f"s{time.perf_counter_ns()}", sampler=optuna.samplers.RandomSampler(0)
    )

    problem = Null(*LARGE)

    def objective(trial):
        for name in problem.space.axes:
            trial.suggest_float(name, 0.0, 1.0)
        for name, value in problem.answer.items():
            trial.set_user_attr(name, value)
        return problem.answer["m0"]

    started = time.perf_counter()
    study.optimize(objective, n_trials=n)
    return 1e6 * (time.perf_counter() - started) / n


def against_optuna(folder: Path, n: int = 50) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    theirs = tell(
        f"Optuna {optuna.__version__}, SQLite, {n} trials",
        repeated(lambda: optuna_us(folder / "o.db", n), 3),
        "us/trial",
    )
    for batch in (1, 64):
        ours = repeated(lambda batch=batch: our_us(folder / "a.db", n, batch), 3)
        median = tell(f"ours, SQLite, {n} trials, batch {batch}", ours, "us/trial")
        print(f"{'':58} {theirs / median:12,.1f} x       Optuna's time")


def main() -> None:
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python "
        f"{platform.python_version()}, numpy {np.__version__}, SQLAlchemy {sqlalchemy.__version__}; "
        f"median (least to most) of {REPEATS} runs"
    )
    for size in (SMALL, LARGE):
        what = "study in memory, batch 64, {} parameters, {} metrics".format(*size)
        tell(what, repeated(lambda size=size: overhead_us(":memory:", size)), "us/trial", "goal <= 20")
    tell("of that, the inline pool", repeated(inline_us), "us/trial", "goal <= 3")
    tell("a call in one of two processes", repeated(processes_us), "us/call")
    trials = make_trials(10_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell("the larger in SQLite", repeated(lambda: overhead_us(folder / "s.db", LARGE)), "us/trial")
        for batch in (64, 1000):
            rates = repeated(lambda batch=batch: write_rate(folder / "w.db", trials, batch))
            tell(f"store, SQLite, batch {batch}, hints of 10 keys", rates, "trials/s", "goal >= 10,000, aim 30,000")
        tell("read 10,000 trials back", repeated(lambda: read_seconds(folder / "w.db")), "s", "goal < 1")
        for method in ("random", "nsga2"):
            seconds = repeated(lambda method=method: resume_seconds(folder / "r.db", method), 5)
            tell(f"resume a study of 10,000 trials, {method}", seconds, "s", "goal < 2")
        against_optuna(folder)


if __name__ == "__main__":
    main()
