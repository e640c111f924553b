import time

import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.pool import Job, evaluate
from archwright.core.pool_chunk import Crashed
from archwright.core.pool_dask import DaskExecutor
from archwright.testing.misbehaving import Misbehaving, Unsteady

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'archwright[farm]'")
pytestmark = [pytest.mark.external, pytest.mark.xdist_group("dask"), pytest.mark.filterwarnings("default")]

GOOD = {"x": 0.5}
ANSWER = {"y": 0.25, "z": 1.0}


def local_cluster(n):
    """A real cluster of processes on free ports."""
    return distributed.LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=":0", silence_logs=50)


@pytest.fixture(scope="module")
def cluster():
    import dask

    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), local_cluster(2) as opened:
        yield opened


@pytest.fixture
def executor(cluster):
    with DaskExecutor(cluster.scheduler_address, memory_bytes=512 * 2**20) as opened:
        yield opened


def run(executor, problem, designs, **options):
    jobs = [Job(n, design, (0, n, 1)) for n, design in enumerate(designs)]
    found = {one.number: one for part in evaluate(executor, problem, jobs, **options) for one in part}
    return [found[n] for n in range(len(designs))]


def act(name):
    return {"x": 0.5, "act": name}


def test_it_is_an_executor_like_any_other(executor):
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    assert executor.submit(sorted, [1, 2], reverse=True).result() == [2, 1]
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result()


def test_the_farm_gives_the_same_answers(executor):
    designs = [{"x": n / 20} for n in range(20)]
    assert [one.outcome for one in run(executor, Misbehaving(), designs)] == [
        {"y": (n / 20) ** 2, "z": 1.0} for n in range(20)
    ]
    first, second = ([one.outcome for one in run(executor, Unsteady(), designs)] for _ in range(2))
    assert first == second and len({one["y"] for one in first}) == 20


def test_a_trial_that_hangs_dies_or_eats_memory_costs_only_itself(executor):
    acts = ["hang", "kill", "silent_exit", "eat"]
    designs = [one for name in acts for one in (act(name), GOOD)]
    outcomes = [one.outcome for one in run(executor, Misbehaving(), designs, timeout_s=3.0)]
    assert outcomes[1::2] == [ANSWER] * 4
    assert [one.reason for one in outcomes[::2]] == [
        "timed out after 3 s",
        "process died (signal 9)",
        "process ended without an answer (exit status 0 or unknown)",
        "out of memory (limit 512 MiB)",
    ]


def test_in_flight_follows_the_threads_of_the_cluster(executor):
    assert executor.in_flight == 4


def test_a_heavy_problem_goes_to_each_worker_once_and_survives_its_death(executor):
    problem = Misbehaving(ballast=2**20)
    assert isinstance(executor.share(problem), distributed.Future)
    assert executor.share(problem) is executor.share(problem)
    assert [one.outcome for one in run(executor, problem, [GOOD] * 10)] == [ANSWER] * 10
    with pytest.raises(Crashed):
        executor.submit(kill_the_worker).result(60)
    assert [one.outcome for one in run(executor, problem, [GOOD] * 10)] == [ANSWER] * 10
    assert not isinstance(executor.share(Misbehaving()), distributed.Future)


def test_a_client_or_a_cluster_is_taken_as_it_is_and_a_client_stays_open(cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        with DaskExecutor(client) as executor:
            assert run(executor, Misbehaving(), [GOOD])[0].outcome == ANSWER
        assert client.submit(abs, -1).result() == 1
    with DaskExecutor(cluster, timeout_s=0.5) as executor:
        assert run(executor, Misbehaving(), [act("hang")])[0].outcome == Failed("timed out after 0.5 s")


def kill_the_worker():
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def test_dask_workers_that_die_under_a_call_count_as_a_crash(executor):
    with pytest.raises(Crashed, match="the Dask workers that ran it died"):
        executor.submit(kill_the_worker).result(60)
    assert run(executor, Misbehaving(), [GOOD])[0].outcome == ANSWER


def test_what_is_given_up_does_not_keep_the_executor_open(cluster):
    started = time.perf_counter()
    with DaskExecutor(cluster) as executor:
        jobs = [Job(0, act("hang"), (0, 0, 1)), Job(1, GOOD, (0, 1, 1))]
        parts = evaluate(executor, Misbehaving(), jobs)
        assert [one.number for one in next(parts)] == [1]
        parts.close()
    assert time.perf_counter() - started < 20.0


def test_an_address_where_nothing_answers(monkeypatch):
    monkeypatch.setattr("archwright.core.pool_dask._CONNECT_S", 0.5)
    with pytest.raises(SpecError, match=r"pool: 'tcp://127\.0\.0\.1:1' is not possible"):
        DaskExecutor("tcp://127.0.0.1:1")


@pytest.mark.slow
def test_a_farm_that_goes_away_stores_no_false_failure():
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "2s"}), local_cluster(1) as cluster:
        executor = DaskExecutor(cluster.scheduler_address)
        jobs = [Job(n, {"x": 0.1}, (0, n, 1)) for n in range(50)]
        parts = evaluate(executor, Misbehaving(seconds=0.2), jobs)
        next(parts)
        cluster.close()
        with pytest.raises(SpecError, match="an executor that stays alive"):
            list(parts)
        executor.shutdown(cancel_futures=True)
