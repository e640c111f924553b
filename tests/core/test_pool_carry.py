import pickle
import subprocess
import sys

import pytest

from archwright.core.errors import SpecError
from archwright.core.pool_carry import LARGE_BYTES, Direct, Filed, Pickled, carry, carry_by_file
from archwright.testing.misbehaving import Misbehaving


def test_a_problem_in_this_process_is_itself():
    problem = Misbehaving()
    assert Direct(problem).load() is problem


def test_a_pickle_is_unpickled_once_in_each_process():
    carried = pickle.loads(pickle.dumps(carry(Misbehaving(seconds=0.5))))
    first = carried.load()
    assert first.seconds == 0.5
    assert pickle.loads(pickle.dumps(carried)).load() is first


def test_small_problems_travel_with_their_tasks_and_large_ones_through_a_file(tmp_path):
    assert isinstance(carry_by_file(Misbehaving(), tmp_path), Pickled)
    large = carry_by_file(Misbehaving(ballast=10 * LARGE_BYTES), tmp_path)
    assert isinstance(large, Filed) and len(pickle.dumps(large)) < 1000
    assert pickle.loads(pickle.dumps(large)).load() is large.load()
    assert len(large.load().ballast) == 10 * LARGE_BYTES


def test_other_large_problems_get_files_of_their_own(tmp_path):
    paths = {carry_by_file(Misbehaving(ballast=n * LARGE_BYTES), tmp_path).path for n in (2, 3, 2)}
    assert len(paths) == 2


def test_a_problem_that_cannot_travel_is_refused():
    problem = Misbehaving()
    problem.secret = lambda: None
    with pytest.raises(SpecError, match="problem: 'misbehaving' is not possible; allowed: a problem that can be"):
        carry(problem)


LOAD = "import sys, pickle\nprint(pickle.loads(bytes.fromhex(sys.argv[1])).load())"


def test_a_module_that_is_not_there_is_told(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("class Lonely:\n    name = 'lonely'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import only_here

    travelled = pickle.dumps(carry(only_here.Lonely())).hex()
    run = subprocess.run([sys.executable, "-c", LOAD, travelled], capture_output=True, text=True)
    assert "whose module can be imported where it is evaluated (No module named 'only_here')" in run.stderr
