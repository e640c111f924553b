import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.goal import Goals
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.learning.exploration import NoiseSchedule
from archwright.optimizers.agent import Practice
from archwright.optimizers.ddpg import Ddpg
from archwright.testing.functions import Sphere

SMALL = {"warm_up": 12, "hidden": 8, "minibatch": 8}
AGENTS = {
    "ddpg": {**SMALL, "critics": 2, "delay": 2},
    "ddpg of several steps": {**SMALL, "head": "seq2seq", "steps": 3},
    "gcn_ddpg": {**SMALL, "n_layers": 2},
}
SCRIPT = """
import os, signal, sys
from archwright.core import Study, run
from archwright.testing.functions import Sphere

store, kill_at, optimizer, options = sys.argv[1:]
run.SAVE_EVERY = 16  # states are stored often enough to be taken up again
problem = "three-stage-tia" if optimizer == "gcn_ddpg" else Sphere(3)

def watch(progress):
    if progress.trials >= int(kill_at):
        os.kill(os.getpid(), signal.SIGKILL)

Study.open(store, "s", problem, optimizer, options=eval(options), seed=3).run(trials=60, on_progress=watch)
"""


@pytest.mark.parametrize(
    "name", [name if "several" in name else pytest.param(name, marks=pytest.mark.slow) for name in AGENTS]
)
def test_a_killed_study_ends_in_the_same_table(tmp_path, name):
    optimizer, options = name.partition(" ")[0], AGENTS[name]

    def run(store, kill_at):
        command = [sys.executable, "-c", SCRIPT, store, kill_at, optimizer, repr(options)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)

    killed, whole = str(tmp_path / "killed.db"), str(tmp_path / "whole.db")
    assert run(killed, "35").returncode == -signal.SIGKILL
    done = run(killed, "999")
    assert done.returncode == 0, done.stderr
    problem = "three-stage-tia" if optimizer == "gcn_ddpg" else Sphere(3)
    Study.open(whole, "s", problem, optimizer, options=options, seed=3).run(trials=60)
    tables = []
    for url in (killed, whole):
        with Store.open(url, read_only=True) as store:
            trials = store.trials(store.find_study("s")[0])
            tables.append([(t.number, t.design, t.metrics, t.score, t.hint) for t in trials])
    assert tables[0] == tables[1] and len(tables[0]) == 60


def test_updates_come_to_so_many_per_trial(drive):
    drive(Ddpg, Sphere(2), 61, batch=4, updates=0.7, **SMALL)
    assert drive.optimizer.n_updates == int(0.7 * 61)
    drive(Ddpg, Sphere(2), 12, batch=4, updates=0.7, **{**SMALL, "warm_up": 13})
    assert drive.optimizer.n_updates == 0 and drive.optimizer.learner is None


def test_designs_are_random_up_to_the_last_of_the_warm_up_then_near_the_actor_s(drive):
    problem = Sphere(3)
    table = drive(Ddpg, problem, 40, batch=5, noise_start=1e-6, noise_end=1e-6, candidates=1, **SMALL)
    keys = np.array([problem.space.encode_many([trial.design])[0] for trial in table])
    assert keys[:15].std(axis=0).min() > 0.1  # the actor exists once a batch ends beyond the warm-up
    assert keys[15:20].std(axis=0).max() < 1e-4
    asked = drive.optimizer.ask(3, np.random.default_rng(0))
    policy = drive.optimizer.learner.policy(np.zeros((1, 1)))[0]
    np.testing.assert_allclose(
        problem.space.encode_many([one.design for one in asked]), [(policy + 1) / 2] * 3, atol=1e-4
    )


def test_without_torch_the_way_to_get_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SimulatorMissing, match=r"archwright\[learn\]"):
        Ddpg(Sphere(2), Goals(Sphere(2).goals))


def test_listing_and_describing_agents_loads_no_torch():
    script = (
        "import sys; from archwright.core.catalog import find\n"
        "for name in ('ddpg', 'gcn_ddpg', 'evolution_strategy'): find('optimizers', name).load()\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


@pytest.mark.parametrize("option", ["candidates", "critics", "minibatch", "updates", "later_updates", "reward"])
def test_a_practice_that_teaches_nothing_is_refused(option):
    good = {
        "candidates": 1,
        "critics": 1,
        "minibatch": 8,
        "updates": 1.0,
        "later_updates": 1.0,
        "memory": 10,
        "reward": "rank",
    }
    Practice(NoiseSchedule(1, 0.1, 0.1, 1.0), **good)
    bad = {"reward": "ranks", "updates": -0.5, "later_updates": -0.5}.get(option, 0)
    with pytest.raises(SpecError, match=option):
        Practice(NoiseSchedule(1, 0.1, 0.1, 1.0), **{**good, option: bad})
