"""Toy problems as a third party brings them (a package with entry points), and the command line in this process."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from archwright.cli import main
from archwright.core.catalog import catalogue

TOYS = '''
import time
from pathlib import Path

from archwright import Failed, Goals, Infeasible, Real, Record, Reference


class Hill:
    """Climb a hill without paying too much.

    Args:
        height: of the summit.
    """

    name, version, typical_seconds = "hill", "1", 1e-6
    metrics = {"height_m": "m", "cost_w": "W", "shade": ""}
    goals = Goals.read(["cost_w <= 3 mW", "max height_m ref 0.5", "min cost_w ref 2 mW"], metrics).goals
    space = Record(x=Real(0.0, 1.0), y=Real(0.0, 1.0, step=0.01), load=["wood", "stone"])

    def __init__(self, *, height=1.0):
        self.height = height

    def evaluate(self, designs, *, rng):
        return [self.one(**design) for design in designs]

    def one(self, x, y, load):
        if x > 0.9:
            return Infeasible(f"{100 * x:.3g} is beyond the cliff")
        if x < 0.05:
            return Failed("fell off")
        height = self.height * (1 - (x - 0.6) ** 2 - (y - 0.4) ** 2)
        return {"height_m": height, "cost_w": 4e-3 * x + (1e-3 if load == "stone" else 0.0), "shade": y}

    def references(self):
        return [
            Reference("human", {"x": 0.5, "y": 0.5, "load": "wood"}, {"height_m": 0.98, "cost_w": 2e-3}, "a walk"),
            Reference("rumour", None, {"height_m": 0.99}, "hearsay"),
        ]

    def draw(self, design):
        return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle id="a" cx="4" cy="4" r="3"/></svg>'


class Slow(Hill):
    """The hill on foot."""

    name, typical_seconds = "slow-hill", 0.02

    def evaluate(self, designs, *, rng):
        time.sleep(0.02 * len(designs))
        return super().evaluate(designs, rng=rng)


class Broken:
    """A simulator that fails as long as a file called `broken` lies in the working folder."""

    name, version, typical_seconds = "broken", "1", 1e-6
    metrics = {"f": ""}
    goals = Goals.read(["min f"], metrics).goals
    space = Record(x=Real(-1.0, 1.0))

    def evaluate(self, designs, *, rng):
        if Path("broken").exists():
            return [Failed("the licence server is down") for _ in designs]
        return [{"f": design["x"] ** 2} for design in designs]
'''
ENTRY_POINTS = """
[archwright.problems]
hill = archwright_toys:Hill
slow-hill = archwright_toys:Slow
broken = archwright_toys:Broken
"""


class Done(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def toys(tmp_path_factory) -> Path:
    """A folder with an installed package of toy problems."""
    folder = tmp_path_factory.mktemp("toys")
    (folder / "archwright_toys.py").write_text(TOYS)
    info = folder / "archwright_toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archwright-toys\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def archwright(toys, here, monkeypatch, capsys):
    """Call it with the words of a command line; it answers with exit code, stdout and stderr."""
    monkeypatch.syspath_prepend(str(toys))
    monkeypatch.setenv("COLUMNS", "100")
    catalogue.cache_clear()

    def call(*words: str) -> Done:
        code = main([str(word) for word in words])
        return Done(code, *capsys.readouterr())

    yield call
    catalogue.cache_clear()


def heed_ctrl_c():
    """In the child: jobs that a shell runs in the background start with Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(toys, here):
    """Start `archwright WORDS` as a process of its own in the working folder."""
    started = []

    def call(*words: str, **more) -> subprocess.Popen:
        program = Path(sys.executable).with_name("archwright")
        environment = {**os.environ, "PYTHONPATH": str(toys)}
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment, **more}
        settings["preexec_fn"] = heed_ctrl_c
        started.append(subprocess.Popen([str(program), *words], cwd=here, **settings))
        return started[-1]

    yield call
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
