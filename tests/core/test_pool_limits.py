import os
import signal
import subprocess
import sys
import time

import pytest

from archwright.core.pool_limits import memory_reason

LIMITED = """
import os
from multiprocessing.connection import Connection
import numpy as np
from archwright.core.pool_limits import limit_memory, memory_reason, prepare_process
np.ones(2**20)  # whatever numpy sets up at first use is not counted
lifeline = os.pipe()
prepare_process(256 * 2**20, {"COLOUR": "green"}, Connection(lifeline[0], writable=False))
before = np.ones(64 * 2**17)  # 64 MiB before the limit is in force
limit_memory()
limit_memory()
fits = np.ones(100 * 2**17)
del fits
try:
    np.ones(300 * 2**17)
except MemoryError:
    print(memory_reason(), os.environ["COLOUR"], os.getpgid(0) == os.getpid())
"""


def test_memory_is_limited_relative_to_the_size_when_the_limit_comes_into_force():
    run = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "out of memory (limit 256 MiB) green True"


def test_without_a_limit_the_reason_names_none():
    assert memory_reason() == "out of memory"


CHILD = """
import subprocess, sys
from multiprocessing.connection import Connection
from archwright.core.pool_limits import prepare_process
prepare_process(None, {}, Connection(int(sys.argv[1]), writable=False))
tool = subprocess.Popen(["sleep", "600"])
print(tool.pid, flush=True)
sum(range(10**15))  # busy in compiled code
"""


def start_child(reading):
    command = [sys.executable, "-c", CHILD, str(reading)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[reading])


def test_it_dies_with_whoever_runs_the_study_and_so_do_its_tools():
    reading, writing = os.pipe()
    with start_child(reading) as child:
        os.close(reading)
        tool = int(child.stdout.readline())
        time.sleep(0.2)
        assert child.poll() is None and not is_gone(tool)
        os.close(writing)
        assert child.wait(10) == -signal.SIGIO
    for _ in range(100):
        if is_gone(tool):
            return
        time.sleep(0.05)
    pytest.fail("the tool outlived its study")


def test_it_ends_when_the_study_was_gone_before_it_started():
    reading, writing = os.pipe()
    os.close(writing)
    with start_child(reading) as child:
        os.close(reading)
        assert child.stdout.read() == b"" and child.wait(10) == 1


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


DEAF = """
import os, signal
from multiprocessing.connection import Connection
from archwright.core.pool_limits import prepare_process
signal.signal(signal.SIGTERM, lambda *_: None)
lifeline = os.pipe()
prepare_process(None, {}, Connection(lifeline[0], writable=False))
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_it_ends_at_once_when_told_to():
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM
