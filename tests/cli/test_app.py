"""The command line as a whole: help, exit codes, one line per mistake, stopping."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archwright.cli import main
from archwright.cli.app import VERBS

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "ARCHWRIGHT_UPDATE_GOLDEN" in os.environ


def words(text):
    """The words of a help text; how typer lays them out and marks types is its own business."""
    return re.sub(r"<\w+>|[{}\[\]]", " ", text).split()


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_is_as_reviewed(verb, archwright, monkeypatch):
    """To accept new texts: `ARCHWRIGHT_UPDATE_GOLDEN=1 pytest tests/cli/test_app.py`."""
    monkeypatch.setenv("COLUMNS", "100")
    done = archwright(*[verb][: bool(verb)], "--help")
    assert done.code == 0 and done.err == ""
    path = GOLDEN / f"{verb or 'archwright'}.txt"
    if UPDATE:
        path.write_text("\n".join(line.rstrip() for line in done.out.splitlines()) + "\n")
    assert words(done.out) == words(path.read_text())


def test_every_golden_text_has_its_verb():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {"archwright", *VERBS}


def test_summaries_fit_the_list_of_verbs(archwright):
    assert "..." not in archwright("--help").out.replace("COMMAND [ARGS]...", "")


def test_no_words_print_the_help(archwright):
    assert archwright() == archwright("--help")


def test_version(archwright):
    assert re.fullmatch(r"archwright \d+\.\d+\.\d+\S*\n", archwright("--version").out)


RUN = ("run", "hill", "--with", "random", "--trials", "9")
MISTAKES = {
    "an unknown verb": (("rnu",), "Did you mean 'run'"),
    "an unknown option": ((*RUN, "--sede", "3"), "--sede"),
    "a missing option": (("run", "hill", "--trials", "5"), "--with"),
    "a word that is no number": (("run", "hill", "--with", "random", "--trials", "many"), "many"),
    "a budget of zero": (("run", "hill", "--with", "random", "--trials", "0"), "trials: 0"),
    "a negative budget": (("run", "hill", "--with", "random", "--trials", "-5"), "trials: -5"),
    "a negative time": (("run", "hill", "--with", "random", "--seconds", "-1"), "seconds: -1"),
    "no budget": (("run", "hill", "--with", "random"), "a number of trials, of seconds, or both"),
    "an unknown problem": (("run", "hil", "--with", "random", "--trials", "9"), "did you mean 'hill'?"),
    "an unknown optimizer": (("run", "hill", "--with", "randm", "--trials", "9"), "did you mean 'random'?"),
    "a problem file that is not there": (("run", "no.toml", "--with", "random", "--trials", "9"), "no.toml"),
    "an unknown metric": ((*RUN, "--goal", "min hight_m"), "did you mean 'height_m'?"),
    "a unit of another kind": ((*RUN, "--goal", "cost_w <= 3 MHz"), "'MHz'"),
    "a goal that is none": ((*RUN, "--goal", "cheap"), "'min METRIC'"),
    "an unknown option of the optimizer": ((*RUN, "--option", "size=3"), "no options"),
    "half an option": ((*RUN, "--option", "size"), "NAME=VALUE"),
    "an option given twice": ((*RUN, "--option", "a=1", "--option", "a=2"), "a once"),
    "an unknown option of the problem": ((*RUN, "--set", "heigth=3"), "did you mean 'height'?"),
    "options of a problem file": (
        ("run", "x.toml", "--with", "random", "--trials", "9", "--set", "a=1"),
        "problem file",
    ),
    "a negative seed": ((*RUN, "--seed", "-1"), "seed: -1"),
    "a batch of none": ((*RUN, "--batch", "0"), "batch: 0"),
    "no jobs": ((*RUN, "--jobs", "0"), "jobs: 0"),
    "negative retries": ((*RUN, "--retries", "-1"), "retries: -1"),
    "an unknown pool": ((*RUN, "--pool", "cloud"), "'cloud'"),
    "a store in no folder": ((*RUN, "--store", "nowhere/x.db"), "nowhere"),
    "a store that is no database": (("status", "text.db"), "text.db"),
    "a store that is a folder": (("status", "."), "folder"),
    "an unknown store": (("best", "nothing.db"), "there is no such store"),
    "an unknown study": (("best", "some.db:frist"), "did you mean 'first'?"),
    "one study of several": (("best", "some.db"), "first, second"),
    "half an address": (("best", "some.db:"), "my.db:tia"),
    "no address": (("best", ":first"), "my.db:tia"),
    "another problem under an existing name": (
        ("run", "broken", "--with", "random", "--trials", "9", "--store", "some.db", "--name", "first"),
        "'hill', as stored",
    ),
    "another optimizer under an existing name": (
        ("run", "hill", "--with", "sobol", "--trials", "9", "--store", "some.db", "--name", "first"),
        "'random', as stored",
    ),
    "other goals under an existing name": (
        (*RUN, "--store", "some.db", "--name", "first", "--goal", "min cost_w"),
        "another study name",
    ),
    "a kind that is none": (("list", "problem"), "did you mean 'problems'?"),
    "a thing that is none": (("show", "hil"), "did you mean 'hill'?"),
    "a design that is not there": (("evaluate", "hill", "no.json"), "No such file"),
    "a design that is no JSON": (("evaluate", "hill", "text.db"), "JSON"),
    "a design out of bounds": (("evaluate", "hill", "high.json"), "a number from 0 to 1"),
    "a design with a wrong name": (("evaluate", "hill", "misspelt.json"), "did you mean 'load'?"),
    "a format that is none": (("export", "some.db:first", "--to", "cvs"), "did you mean 'csv'?"),
    "a deck of a problem without a netlist": (("export", "some.db:first", "--to", "spice"), "no netlist"),
    "a report on an unknown metric": (("report", "some.db:first", "--metric", "hight_m"), "did you mean 'height_m'?"),
    "a report that cannot be written": (("report", "some.db:first", "--out", "nowhere/x.html"), "--out"),
    "designs from nowhere": (("import", "some.db:first", "no.csv"), "No such file"),
    "designs of something else": (("import", "some.db:first", "other.csv"), "x, y, load missing"),
    "none of the best designs": (("import", "some.db:first", "some.db:second", "--best", "0"), "--best: 0"),
    "an optimizer compared with itself": (("compare", "hill", "--with", "random,random", "--trials", "9"), "once"),
    "an unknown optimizer in a comparison": (("compare", "hill", "--with", "random,sbol", "--trials", "9"), "'sobol'"),
    "a comparison without trials": (("compare", "hill", "--with", "random", "--trials", "0"), "trials: 0"),
    "a comparison without seeds": (
        ("compare", "hill", "--with", "random", "--trials", "9", "--seeds", "0"),
        "--seeds: 0",
    ),
    "a port that is none": (("serve", "some.db", "--port", "0"), "--port: 0"),
    "a dashboard over nothing": (("serve", "nothing.db"), "there is no such store"),
    "a worker for nothing": (("worker", "nothing.db"), "there is no such store"),
    "a worker without a pause": (("worker", "some.db", "--poll-s", "0"), "poll_s: 0"),
    "a retry of nothing": (("retry", "some.db:third"), "one of first, second"),
    "a demo without trials": (("demo", "--trials", "0"), "trials: 0"),
}  # fmt: skip


@pytest.fixture
def some_db(archwright, here):
    """A store with two studies, and files with mistakes in them."""
    for name in ("first", "second"):
        archwright("run", "hill", "--with", "random", "--trials", "3", "--store", "some.db", "--name", name)
    (here / "text.db").write_text("this is a text and not a database, nor JSON")
    (here / "high.json").write_text('{"x": 0.5, "y": 7.0, "load": "wood"}')
    (here / "misspelt.json").write_text('{"x": 0.5, "y": 0.5, "lod": "wood"}')
    (here / "other.csv").write_text("a,b\n1,2\n")
    (here / "x.toml").write_text("")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(mistake, archwright, some_db):
    words, named = MISTAKES[mistake]
    done = archwright(*words)
    assert done.code == 2
    assert done.err.count("\n") == 1 and done.err.startswith("archwright")
    assert named in done.err, done.err
    assert "Traceback" not in done.err and done.out == ""


def test_a_refused_budget_makes_no_store(archwright, here):
    archwright("run", "hill", "--with", "random", "--trials", "0")
    assert list(here.iterdir()) == []


def test_a_missing_simulator_is_exit_code_3(archwright, here, monkeypatch):
    (here / "rc.toml").write_text(
        'name = "rc"\ngoals = ["min f"]\n[parameters.a]\nlow = 0\nhigh = 1\n[metrics]\nf = ""\n'
        '[command]\nrun = "no-such-simulator {a}"\n'
    )
    done = archwright("run", "rc.toml", "--with", "random", "--trials", "3")
    assert done.code == 3 and done.err.count("\n") == 1 and "no-such-simulator" in done.err


def stop_after(process, ready, limit_s=60.0):
    """Press Ctrl-C for the whole process group, as a terminal does, when `ready()` is true."""
    until = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < until and process.poll() is None, "it never got so far"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return out, err


def trials_in(path):
    import sqlite3
    from contextlib import closing

    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return database.execute("SELECT count(*) FROM trial").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


@pytest.mark.parametrize("pool", ["inline", "processes"])
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(pool, start, here, archwright):
    command = ["run", "slow-hill", "--with", "random", "--trials", "60", "--batch", "4", "--pool", pool]
    process = start(*command, start_new_session=True)
    out, err = stop_after(process, lambda: trials_in(here / "archwright.db") >= 8)
    assert process.returncode == 130 and out == ""
    match = re.fullmatch(r"stopped: (\d+) trials of slow-hill-random-0 are stored; to go on: archwright (.*)\n", err)
    assert match and match[2].split() == command
    kept = int(match[1])
    assert 8 <= kept < 60 and trials_in(here / "archwright.db") == kept
    assert archwright(*command).code == 0
    assert trials_in(here / "archwright.db") == 60


def test_a_reader_that_closes_the_pipe_ends_the_program_quietly(start, archwright):
    archwright("run", "hill", "--with", "random", "--trials", "1000")
    process = start("export", "archwright.db", "--to", "json")  # more than a pipe holds
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stdout = None


def test_a_terminal_without_signs_still_gets_text(start, toys):
    environment = {**os.environ, "PYTHONPATH": str(toys), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    process = start("evaluate", "hill", "human", env=environment)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and "? 3 mW" in out and err == ""


def test_the_example_in_the_docstring_of_main():
    assert main(["list", "no-such-kind"]) == 2


def test_help_loads_nothing_heavy():
    script = (
        "import sys, archwright.cli as c; c.main(['--help']);"
        "print([m for m in ('numpy', 'sqlalchemy', 'matplotlib', 'rich', 'scipy', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
