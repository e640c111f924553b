import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from archwright.circuits.ngspice.library import find_library
from archwright.circuits.ngspice.worker import NgspiceWorker
from archwright.core.errors import SimulatorFailed, SpecError

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(find_library() is None, reason="no libngspice: apt-get install libngspice0"),
]

DIVIDER = "divider\nv1 top 0 dc 2 ac 1\nr1 top mid 1k\nr2 mid 0 1k\nc1 mid 0 1n\n.end"
CRASHING = ("alter", {"m77": 1.0})  # libngspice 39.3 reads a null pointer on an unknown device called m...


@pytest.fixture
def ngspice():
    with NgspiceWorker(timeout_s=20.0) as worker:
        worker.load(DIVIDER)
        yield worker


def test_answers_are_those_of_the_library(ngspice):
    assert ngspice.op() == pytest.approx({"top": 2.0, "mid": 1.0, "v1#branch": -1e-3})
    frequencies_hz = np.logspace(3, 7, 9)
    expected = 0.5 / (1 + 2j * np.pi * frequencies_hz * 500 * 1e-9)
    np.testing.assert_allclose(ngspice.ac(frequencies_hz, ["mid"])["mid"], expected, rtol=1e-9)
    noise = ngspice.noise("mid", "v1", frequencies_hz)["output_v2_per_hz"]
    assert noise[0] == pytest.approx(4 * 1.38064852e-23 * 300.15 * 500, rel=1e-4)
    assert ngspice.tran(1e-9, 1e-8, ["mid"])["mid"][-1] == pytest.approx(1.0)


def test_killed_process_restarts_with_the_altered_circuit(ngspice):
    ngspice.alter({"r1": 3e3})
    ngspice.alter({"r1": 2e3, "v1": 3.0})
    before, first = ngspice.op(["mid"])["mid"], ngspice.process_id
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert ngspice.op(["mid"])["mid"] == before == pytest.approx(1.0)
    assert ngspice.process_id != first


def test_crash_of_the_library_costs_one_job(ngspice):
    jobs = [[("alter", {"r1": r}), ("op", ["mid"])] for r in (1e3, 3e3)]
    answers = ngspice.perform([jobs[0], [CRASHING], jobs[1]])
    assert answers[0][1]["mid"] == pytest.approx(1.0)
    assert isinstance(answers[1], SimulatorFailed)
    assert "crashed (signal 11)" in str(answers[1])
    assert answers[2][1]["mid"] == pytest.approx(0.5)


def test_hang_costs_one_call():
    with NgspiceWorker(timeout_s=1.0) as worker:
        worker.load(DIVIDER)
        started = time.monotonic()
        with pytest.raises(SimulatorFailed, match="no answer within 1 s"):
            worker.tran(1e-9, 1e3)
        assert time.monotonic() - started < 3.0
        assert worker.op(["mid"])["mid"] == pytest.approx(1.0)


def test_fatal_error_of_the_library_costs_one_call(ngspice):
    with pytest.raises(SimulatorFailed, match=r"Undefined parameter \[foo\]"):
        ngspice.load("t\nv1 a 0 1\nr1 a b {foo}\n.end")
    with pytest.raises(SimulatorFailed, match="aren't any circuits"):
        ngspice.op()
    ngspice.load(DIVIDER)
    assert ngspice.op(["mid"])["mid"] == pytest.approx(1.0)


def test_mistakes_of_the_caller_come_back_as_they_are(ngspice):
    with pytest.raises(SpecError, match="finite"):
        ngspice.alter({"r1": float("inf")})
    with pytest.raises(SpecError, match="analysis"):
        ngspice.perform([[("run", "shell true")]])


def test_memory_grows_little_over_2000_runs(ngspice):
    def resident_kb():
        with open(f"/proc/{ngspice.process_id}/statm") as status:
            return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024

    rng = np.random.default_rng(0)
    job = [("alter", {"r1": 1e3}), ("op", ["mid"]), ("ac", np.logspace(3, 7, 21), ["mid"])]
    ngspice.perform([job] * 200)
    before = resident_kb()
    resistances = rng.uniform(1e2, 1e4, 2000)
    answers = ngspice.perform([[("alter", {"r1": r}), *job[1:]] for r in resistances])
    mids = np.array([answer[1]["mid"] for answer in answers])
    np.testing.assert_allclose(mids, 2e3 / (1e3 + resistances), rtol=1e-6)
    assert (resident_kb() - before) / 2000 < 10.0


def test_recycled_after_so_many_runs():
    with NgspiceWorker(recycle_after=3) as worker:
        worker.load(DIVIDER)
        worker.alter({"r1": 3e3})
        seen = set()
        for _ in range(8):
            assert worker.op(["mid"])["mid"] == pytest.approx(0.5)
            seen.add(worker.process_id)
        assert len(seen) == 3


def test_pickled_worker_starts_a_process_of_its_own(ngspice):
    ngspice.alter({"r1": 3e3})
    with pickle.loads(pickle.dumps(ngspice)) as other:
        assert other.process_id is None
        assert other.op(["mid"])["mid"] == pytest.approx(0.5)
        assert other.process_id != ngspice.process_id


def answer_in_child(worker, sender):
    sender.send((worker.op(["mid"])["mid"], worker.process_id))
    worker.close()


def test_forked_worker_does_not_share_the_pipe(ngspice):
    assert ngspice.op(["mid"])["mid"] == pytest.approx(1.0)
    receiver, sender = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=answer_in_child, args=(ngspice, sender))
    child.start()
    answer, process_id = receiver.recv()
    child.join()
    assert answer == pytest.approx(1.0)
    assert process_id != ngspice.process_id
    assert ngspice.op(["mid"])["mid"] == pytest.approx(1.0)
    assert Path(f"/proc/{ngspice.process_id}/cwd").resolve().exists()  # nor does it clean up behind it


def test_worker_ends_when_its_owner_is_killed():
    script = (
        "import time\nfrom archwright.circuits.ngspice.worker import NgspiceWorker\n"
        f"worker = NgspiceWorker()\nworker.load({DIVIDER!r})\nprint(worker.process_id, flush=True)\n"
        "worker.tran(1e-9, 1e3)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        process_id = int(owner.stdout.readline())
        owner.kill()
    deadline = time.monotonic() + 10.0
    while os.path.exists(f"/proc/{process_id}") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{process_id}")


def test_nothing_is_left_of_a_forgotten_worker():
    script = (
        "from archwright.circuits.ngspice.worker import NgspiceWorker\n"
        f"worker = NgspiceWorker()\nworker.load({DIVIDER!r})\nprint(worker.process_id)\n"
        "import os; print(os.readlink(f'/proc/{worker.process_id}/cwd'))\n"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    process_id, folder = ended.stdout.split()
    assert not os.path.exists(f"/proc/{process_id}")
    assert not os.path.exists(folder)
    assert ended.stderr == ""


def test_users_spiceinit_is_not_read(tmp_path, monkeypatch):
    (tmp_path / ".spiceinit").write_text("set temp=100\noption temp=100\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with NgspiceWorker() as worker:
        worker.load(DIVIDER)
        noise = worker.noise("mid", "v1", np.array([1.0]))["output_v2_per_hz"][0]
    assert noise == pytest.approx(4 * 1.38064852e-23 * 300.15 * 500, rel=1e-6)
