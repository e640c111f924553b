"""A study that is killed with SIGKILL, again and again, ends in the table of one that was left alone."""

import random
import signal
import subprocess
import sys
import time

import pytest

from archwright.core.store import Store

N_TRIALS, N_KILLS = 2400, 8
SCRIPT = '''
import sys
import time
from archwright.core import Study
from archwright.testing.functions import Rastrigin

class Slow(Rastrigin):
    """A millisecond per trial, so that a kill finds the study at work."""

    def evaluate(self, designs, *, rng):
        time.sleep(1e-3 * len(designs))
        return super().evaluate(designs, rng=rng)

if __name__ == "__main__":
    store, name, trials, pool = sys.argv[1:]
    study = Study.open(store, name, Slow(3), "differential_evolution", seed=7, batch=40)
    stored = len(study.table())
    waiting = ["at work"]

    def tell(progress):
        if progress.trials > stored and waiting:
            print(waiting.pop(), flush=True)

    study.run(trials=int(trials), pool=pool, jobs=2, on_progress=tell)
'''


def table(url):
    """All that a study has found, without the seconds that it took."""
    with Store.open(url, read_only=True) as store:
        study_id, _ = store.find_study("s")
        return [
            (t.number, t.design, t.state, t.metrics, t.violation, t.objectives, t.score, t.attempts, t.reason, t.hint)
            for t in store.trials(study_id)
        ]


class Runs:
    """One study in processes of its own."""

    def __init__(self, folder, url, pool):
        self.script, self.url, self.pool = folder / "study.py", url, pool
        self.script.write_text(SCRIPT)

    def start(self):
        command = [sys.executable, self.script, self.url, "s", str(N_TRIALS), self.pool]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "at work\n", child.stderr.read()
        return child

    def kill_after(self, seconds):
        with self.start() as child:
            time.sleep(seconds)
            child.send_signal(signal.SIGKILL)

    def finish(self):
        with self.start() as child:
            _, errors = child.communicate(timeout=300)
        assert child.returncode == 0, errors


def check_kills(tmp_path, url, pool):
    moments = random.Random(20260101)
    killed = Runs(tmp_path, url, pool)
    sizes = []
    for _ in range(N_KILLS):
        killed.kill_after(moments.uniform(0.0, 0.3))
        sizes.append(len(table(url)))
    killed.finish()
    assert sizes == sorted(sizes), "a kill lost stored trials"
    assert len({*sizes} - {0, N_TRIALS}) >= 5, f"the kills found no study at work: {sizes}"
    whole = Runs(tmp_path, str(tmp_path / "whole.db"), "inline")
    whole.finish()
    assert table(url) == table(whole.url)
    assert sum(row[7] > 0 for row in table(url)) == N_TRIALS


def test_killed_at_eight_random_moments_the_table_is_the_same(tmp_path, store_url):
    check_kills(tmp_path, store_url, "inline")


@pytest.mark.slow
def test_killed_with_its_processes_the_table_is_the_same(tmp_path):
    check_kills(tmp_path, str(tmp_path / "killed.db"), "processes")
