import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorMissing, SpecError
from archwright.core.pool import Job, evaluate
from archwright.core.pool_chunk import Crashed
from archwright.core.pool_processes import ProcessExecutor, run_guarded
from archwright.testing.misbehaving import SLEEP_S, Cheap, Misbehaving

MIB = 2**20


@pytest.fixture(scope="module")
def executor():
    with ProcessExecutor(2, memory_bytes=512 * MIB) as opened:
        opened.submit(int).result()
        yield opened


def run(executor, problem, designs, **options):
    jobs = [Job(n, design, (0, n, 1)) for n, design in enumerate(designs)]
    found = {one.number: one for part in evaluate(executor, problem, jobs, **options) for one in part}
    return [found[n] for n in range(len(designs))]


def act(name):
    return {"x": 0.5, "act": name}


GOOD = {"x": 0.5}
ANSWER = {"y": 0.25, "z": 1.0}


def one_pid(_):
    return os.getpid()


def test_it_is_an_executor_like_any_other(executor):
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    assert executor.submit(sorted, [1, 2], reverse=True).result() == [2, 1]
    assert sorted(executor.map(abs, [-1, 2, -3])) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result()


def test_errors_of_the_call_are_not_taken_for_a_time_limit(executor):
    with pytest.raises(TimeoutError, match="mine"):
        executor.submit(eval, "(_ for _ in ()).throw(TimeoutError('mine'))").result()


def test_processes_are_kept_and_are_no_more_than_asked_for(executor):
    pids = set(executor.map(one_pid, range(40)))
    assert len(pids) <= 2 and os.getpid() not in pids


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("infeasible", Infeasible("too narrow")),
        ("raise", Failed("ZeroDivisionError: a division by zero")),
        ("hard_exit", Failed("process died (exit status 3)")),
        ("abort", Failed("process died (signal 6)")),
        ("kill", Failed("process died (signal 9)")),
        ("silent_exit", Failed("process ended without an answer (exit status 0 or unknown)")),
        ("eat", Failed("out of memory (limit 512 MiB)")),
    ],
)
def test_whatever_a_trial_does_it_costs_only_itself(executor, name, outcome):
    finished = run(executor, Misbehaving(), [GOOD, GOOD, act(name), GOOD, GOOD])
    assert [one.outcome for one in finished] == [ANSWER, ANSWER, outcome, ANSWER, ANSWER]


@pytest.mark.parametrize("name", ["hang", "hang_compiled", "hang_tool"])
def test_a_trial_that_hangs_is_stopped(executor, name):
    started = time.perf_counter()
    finished = run(executor, Misbehaving(), [GOOD, act(name), GOOD], timeout_s=1.0)
    assert time.perf_counter() - started < 8.0
    assert [one.outcome for one in finished] == [ANSWER, Failed("timed out after 1 s"), ANSWER]
    assert 1.0 <= finished[1].seconds < 3.0


def sleeping_tools():
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if SLEEP_S.encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_tools_of_a_stopped_trial_are_stopped_too(executor):
    seen = []
    watch = threading.Timer(0.7, lambda: seen.extend(sleeping_tools()))
    watch.start()
    run(executor, Misbehaving(), [act("hang_tool")], timeout_s=1.2)
    watch.join()
    assert seen  # the tool, and for a moment the shell that starts it
    deadline = time.monotonic() + 10
    while sleeping_tools():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_limit_of_the_executor_is_used_where_none_is_given():
    with ProcessExecutor(1, timeout_s=0.5) as executor, pytest.raises(Crashed, match=r"timed out after 0\.5 s"):
        executor.submit(time.sleep, 60).result()


def test_a_missing_simulator_is_raised(executor):
    with pytest.raises(SimulatorMissing, match="spectre is not installed"):
        run(executor, Misbehaving(), [GOOD, act("missing"), GOOD])
    with pytest.raises(SpecError, match=r"design\.w"):
        run(executor, Misbehaving(), [act("spec")])


def test_a_crash_in_company_is_found_out(executor, tmp_path):
    designs = [{"x": n / 100} for n in range(100)]
    designs[37] = act("abort")
    finished = run(executor, Cheap(), designs)
    assert finished[37].outcome == Failed("process died (signal 6)")
    assert all(one.outcome == {"y": (n / 100) ** 2, "z": 1.0} for n, one in enumerate(finished) if n != 37)


def test_a_retry_may_help(executor, tmp_path):
    design = {"x": 0.0, "act": "die_once", "mark": str(tmp_path / "mark")}
    (finished,) = run(executor, Misbehaving(), [design], retries=2)
    assert (finished.outcome, finished.attempts) == ({"y": 7.0, "z": 1.0}, 2)


def test_a_running_call_can_be_cancelled(executor):
    future = executor.submit(time.sleep, 600)
    while not future.running():
        time.sleep(0.01)
    future.cancel()
    with pytest.raises(CancelledError):
        future.result(20)
    assert executor.submit(abs, -1).result() == 1


def test_a_heavy_problem_travels_once_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ProcessExecutor(1) as executor:
        problem = Misbehaving(ballast=MIB)
        finished = [run(executor, problem, [GOOD] * 10) for _ in range(2)]
        assert executor.share(problem) is executor.share(problem)
        assert [len(list(path.iterdir())) for path in tmp_path.iterdir()] == [1]
    assert [[one.outcome for one in batch] for batch in finished] == [[ANSWER] * 10] * 2
    assert list(tmp_path.iterdir()) == []


def test_closing_at_once_stops_what_runs():
    executor = ProcessExecutor(1)
    futures = [executor.submit(time.sleep, 600) for _ in range(3)]
    while not futures[0].running():
        time.sleep(0.01)
    started = time.perf_counter()
    executor.shutdown(cancel_futures=True)
    assert time.perf_counter() - started < 10.0
    assert all(future.done() for future in futures)


def test_closing_twice_and_unused_is_fine():
    executor = ProcessExecutor(3)
    executor.shutdown()
    executor.shutdown()


UNGUARDED = """
from archwright.core.pool_processes import ProcessExecutor
with ProcessExecutor(1) as executor:
    print(executor.submit(abs, -1).result())
"""


def test_a_script_without_a_guard_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=100)
    assert run.returncode == 1
    assert '`if __name__ == "__main__":`' in run.stderr.strip().splitlines()[-1]


KILLED = """
import sys, time
from archwright.core.pool_processes import ProcessExecutor
from archwright.testing.misbehaving import ACTS
from concurrent.futures import wait
if __name__ == "__main__":
    executor = ProcessExecutor(2)
    futures = [executor.submit(time.sleep, 0.5), executor.submit(time.sleep, 0.5)]
    wait(futures)
    futures += [executor.submit(ACTS[act]) for act in sys.argv[1:]]
    while not all(future.running() for future in futures[2:]):
        time.sleep(0.01)
    time.sleep(0.5)
    print("running", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("acts", [(), ("hang", "hang_compiled"), ("hang_tool",)])
def test_a_killed_study_leaves_no_process_behind(tmp_path, acts):
    script = tmp_path / "script.py"
    script.write_text(KILLED)
    with subprocess.Popen([sys.executable, script, *acts], stdout=subprocess.PIPE, text=True) as study:
        assert study.stdout.readline() == "running\n"
        study.send_signal(signal.SIGKILL)
        study.communicate(timeout=20)  # its output ends when the last process that could write to it is gone


def test_a_guard_beside_somebody_else_s_worker():
    assert run_guarded(None, None, divmod, 7, 2) == (3, 1)
    crash = run_guarded(0.5, None, time.sleep, 60)
    assert isinstance(crash, Crashed) and crash.reason == "timed out after 0.5 s"
    with pytest.raises(ZeroDivisionError):
        run_guarded(None, None, divmod, 1, 0)


IN_A_DAEMON = """
import multiprocessing, sys, time
from archwright.core.pool_processes import run_guarded

def work(queue):
    queue.put(run_guarded(0.5, None, time.sleep, 60).reason)
    queue.put(run_guarded(None, None, abs, -3))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,), daemon=True)
    process.start()
    print(queue.get(timeout=60), queue.get(timeout=60))
    process.join(30)
    print(process.exitcode)
"""


def test_a_guard_works_in_a_process_that_may_have_no_children_and_ends_with_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(IN_A_DAEMON)
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert run.stdout.splitlines() == ["timed out after 0.5 s 3", "0"], run.stderr
