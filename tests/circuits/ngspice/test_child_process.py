import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from archwright.circuits.ngspice.child_process import run_child
from archwright.core.errors import SimulatorMissing, SpecError


def is_running(process_id):
    try:
        with open(f"/proc/{process_id}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(process_id):
    deadline = time.monotonic() + 30.0
    while is_running(process_id) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(process_id)


def test_output_status_and_environment(tmp_path):
    ended = run_child(
        ["sh", "-c", "echo $COLOUR; pwd; echo oops >&2; exit 3"], tmp_path, timeout_s=5.0, environment={"COLOUR": "red"}
    )
    assert ended.code == 3
    assert ended.stdout.splitlines() == ["red", str(tmp_path)]
    assert ended.stderr == "oops\n"
    assert ended.reason == "exit status 3"


def test_no_shell_reads_the_words(tmp_path):
    ended = run_child(["echo", "; touch pwned", "$(touch pwned)"], tmp_path, timeout_s=5.0)
    assert ended.stdout == "; touch pwned $(touch pwned)\n"
    assert not (tmp_path / "pwned").exists()


def test_time_limit_ends_grandchildren_too(tmp_path):
    started = time.monotonic()
    ended = run_child(["sh", "-c", "sleep 60 & echo $!; wait"], tmp_path, timeout_s=0.3)
    assert ended.code is None
    assert "time limit" in ended.reason
    assert time.monotonic() - started < 3.0
    assert wait_until_gone(int(ended.stdout))


def test_background_process_left_behind_is_ended(tmp_path):
    ended = run_child(["sh", "-c", "sleep 60 & echo $!"], tmp_path, timeout_s=5.0)
    assert ended.code == 0
    assert ended.reason == ""
    assert wait_until_gone(int(ended.stdout))


def test_signal_is_told(tmp_path):
    ended = run_child(["sh", "-c", "kill -SEGV $$"], tmp_path, timeout_s=5.0)
    assert ended.code == -signal.SIGSEGV
    assert ended.reason == "killed by signal 11"


def test_only_the_end_of_endless_output_is_read(tmp_path):
    ended = run_child(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo end"], tmp_path, timeout_s=20.0)
    assert len(ended.stdout) == 1 << 20
    assert ended.stdout.endswith("xend\n")


def killed_owner(folder):
    """Start a program that starts another, kill the process that waits for it, and return the ids of both."""
    script = (
        "from pathlib import Path\nfrom archwright.circuits.ngspice.child_process import run_child\n"
        f"run_child(['sh', '-c', 'sleep 60 & echo $$ $! > id; wait'], Path({str(folder)!r}), timeout_s=60.0)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script])
    while not (folder / "id").exists() or not (folder / "id").read_text().strip():
        time.sleep(0.02)
    found = [int(word) for word in (folder / "id").read_text().split()]
    assert all(map(is_running, found))
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    return found


def test_nothing_outlives_a_killed_owner(tmp_path):
    assert all(map(wait_until_gone, killed_owner(tmp_path)))
    assert (tmp_path / "id").exists()  # a folder that the caller chose is the caller's


def test_temporary_folder_of_a_killed_owner_goes_too():
    folder = Path(tempfile.mkdtemp(prefix="archwright-trial-"))
    assert all(map(wait_until_gone, killed_owner(folder)))
    deadline = time.monotonic() + 30.0
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


def test_folder_stays_after_every_ordinary_end():
    with tempfile.TemporaryDirectory(prefix="archwright-trial-") as folder:
        run_child(["false"], Path(folder), timeout_s=5.0)
        run_child(["sleep", "9"], Path(folder), timeout_s=0.1)
        with pytest.raises(SimulatorMissing):
            run_child(["no-such-program"], Path(folder), timeout_s=1.0)
        time.sleep(0.1)
        assert (Path(folder) / "stdout.txt").exists()


def test_missing_program_and_impossible_limit(tmp_path):
    with pytest.raises(SimulatorMissing, match="no-such-program is not installed"):
        run_child(["no-such-program"], tmp_path, timeout_s=1.0)
    with pytest.raises(SpecError, match="timeout_s"):
        run_child(["true"], tmp_path, timeout_s=-1.0)
