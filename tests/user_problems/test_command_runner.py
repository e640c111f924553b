import os
import pickle
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorFailed, SimulatorMissing, SpecError
from archwright.user_problems import load_problem
from archwright.user_problems.command_runner import command_words

EXAMPLE = Path(__file__).parents[2] / "examples" / "gcc-flags" / "problem.toml"
HEAD = """
name = "command"
goals = ["min y"]
[parameters.x]
low = 0
high = 9
[parameters.mode]
choices = ["plain", "a b; touch pwned", "$(touch pwned)", ""]
[metrics]
y = "V"
"""
DESIGN = {"x": 2.0, "mode": "plain"}
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: apt-get install gcc")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def problem(tmp_path, run, more=""):
    file = tmp_path / "p.toml"
    file.write_text(f"{HEAD}\n[command]\nrun = {run}\n{more}\n")
    return load_problem(file)


def outcome_of(tmp_path, run, more="", design=DESIGN):
    made = problem(tmp_path, run, f"reads_design_file = true\n{more}")
    return made.evaluate([design], rng=np.random.default_rng(0))[0]


@needs_gcc
@pytest.mark.external
def test_example_compiles_and_measures(rng):
    flags = load_problem(EXAMPLE)
    plain = {"unroll": "", "inline": "", "floats": "", "frame": "-fomit-frame-pointer", "align_bytes": 1.0}
    slow, fast, small, wrong = flags.evaluate(
        [{"level": level, **plain} for level in ("-O0", "-O2", "-Os")]
        + [{"level": "-O2", **plain, "floats": "-ffast-math"}],
        rng=rng,
    )
    assert 0 < fast["run_time_s"] < slow["run_time_s"] < 1.0
    assert 1000 < small["size_bytes"] < slow["size_bytes"] < 10_000
    assert isinstance(wrong, SimulatorFailed)
    assert "wrong checksum 0x" in wrong.reason


@needs_gcc
@pytest.mark.external
def test_example_runs_in_a_study_where_flags_that_change_results_fail():
    from archwright.core.study import Study

    study = Study.open(":memory:", "flags", load_problem(EXAMPLE), "random", seed=0)
    study.run(trials=6)
    for trial in study.table():
        is_wrong = trial.design["floats"] == "-ffast-math" and trial.design["level"] != "-O0"
        assert trial.state == ("failed" if is_wrong else "done") or trial.design["level"] == "-O0"


@pytest.mark.parametrize("mode", ["plain", "a b; touch pwned", "$(touch pwned)"])
@pytest.mark.parametrize(
    "run",
    [
        """'sh show.sh "{mode}" {x}'""",
        '["sh", "show.sh", "{mode}", "{x}"]',
        """["sh", "-c", "sh show.sh {mode} {x}"]""",
        """'bash -c "sh show.sh {mode} {x}"'""",
    ],
)
def test_values_reach_the_program_unharmed(tmp_path, rng, run, mode):
    script = 'test ! -e pwned && printf "mode <%s>\\ny %s\\n" "$1" "$2" && test "$1" = "$ARCHWRIGHT_MODE"\n'
    (tmp_path / "show.sh").write_text(script)
    made = problem(tmp_path, run, 'files = ["show.sh"]')
    assert made.evaluate([{"x": 2.5, "mode": mode}], rng=rng) == [{"y": 2.5}]
    assert not (tmp_path / "pwned").exists()


def test_empty_choice_leaves_its_word_out():
    assert command_words(["p", "{a}", "-x{a}", ""], {"a": ""}) == ["p", "-x", ""]


def test_design_file_and_templates(tmp_path, rng):
    (tmp_path / "in.txt").write_text("y {x} mV\n")
    made = problem(tmp_path, '"cat in.txt design.json"', 'templates = ["in.txt"]\nreads_design_file = true')
    assert made.evaluate([DESIGN], rng=rng) == [{"y": 2e-3}]
    script = "import json, os; print(json.dumps({'y': json.load(open(os.environ['ARCHWRIGHT_DESIGN']))['x']}))"
    (tmp_path / "e.py").write_text(script)
    assert outcome_of(tmp_path, '"python3 e.py"', 'files = ["e.py"]') == {"y": 2.0}


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ('"true"', "true: it printed nothing"),
        ('"echo y 60 dB"', "echo: it printed y as '60 dB'; allowed: a unit of the same kind as V"),
        ('"echo y nan"', "echo: it printed y as nan, which is no finite number"),
        ('"echo z 1"', "echo: it printed no y; its last line was 'z 1'"),
        ('["sh", "-c", "echo y 1; echo out of licences >&2; exit 7"]', "sh: out of licences | exit status 7"),
        ('["sh", "-c", "kill -SEGV $$"]', "sh: killed by signal 11"),
        ('"head -c 200000 /dev/urandom"', "head: it printed "),
        ('"false"', "false: exit status 1"),
    ],
)
def test_bad_answers_fail_with_one_line(tmp_path, run, reason):
    outcome = outcome_of(tmp_path, run)
    assert isinstance(outcome, Failed)
    assert str(outcome).startswith(reason)
    assert "\n" not in outcome.reason


def test_hang_is_stopped(tmp_path):
    started = time.monotonic()
    outcome = outcome_of(tmp_path, '["sh", "-c", "echo y 1; sleep 60"]', "timeout_s = 0.3")
    assert isinstance(outcome, SimulatorFailed) and "no answer within 0.3 s" in outcome.reason
    assert time.monotonic() - started < 3.0


def test_declared_exit_code_means_infeasible_and_is_not_retried(tmp_path):
    run = f"""["sh", "-c", "echo x >> {tmp_path}/log; echo too narrow >&2; exit 3"]"""
    outcome = outcome_of(tmp_path, run, "infeasible_exit_code = 3\nretries = 2")
    assert outcome == Infeasible("too narrow")
    assert (tmp_path / "log").read_text() == "x\n"


def test_failures_are_retried_so_many_times(tmp_path):
    run = f"""["sh", "-c", "echo x >> {tmp_path}/log; test $(wc -l < {tmp_path}/log) = 3 && echo y 5"]"""
    assert isinstance(outcome_of(tmp_path, run, "retries = 1"), Failed)
    assert (tmp_path / "log").read_text() == "x\nx\n"
    (tmp_path / "log").unlink()
    assert outcome_of(tmp_path, run, "retries = 2") == {"y": 5.0}


def test_folder_of_a_failure_is_kept_on_request_only(tmp_path):
    run = '["sh", "-c", "echo hello; echo bye > log; exit 1"]'
    outcome_of(tmp_path, run)
    assert not (tmp_path / "failed-command").exists()
    outcome_of(tmp_path, run, "keep_failed = true")
    (kept,) = (tmp_path / "failed-command").iterdir()
    assert (kept / "log").read_text() == "bye\n" and (kept / "stdout.txt").read_text() == "hello\n"


def test_no_trial_sees_the_folder_of_another(tmp_path):
    run = '["sh", "-c", "test ! -e seen && touch seen && echo y 1"]'
    made = problem(tmp_path, run, "reads_design_file = true")
    assert made.evaluate([DESIGN] * 3, rng=np.random.default_rng(0)) == [{"y": 1.0}] * 3


def test_executable_among_the_files(tmp_path):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho y $1\n")
    tool.chmod(0o755)
    made = problem(tmp_path, '"./tool {x} {mode}"', 'files = ["tool"]')
    tool.unlink()
    assert pickle.loads(pickle.dumps(made)).evaluate([DESIGN], rng=np.random.default_rng(0)) == [{"y": 2.0}]


@pytest.mark.parametrize(
    ("run", "more", "message"),
    [
        ('"echo {x}"', "", r"p.toml, parameters.mode: 'never used' .* \{mode\} in run .* reads_design_file"),
        ('"echo {x} {mod}"', "", r"p.toml, command.run: '\{mod\}' .*did you mean .mode.\?"),
        ("'echo {x} \"{mode}'", "", "p.toml, command.run: .* a command line .No closing quotation"),
        ('""', "", "p.toml, command.run: ''"),
        ("[]", "", r"p.toml, command.run: \[\]"),
        ("7", "", "p.toml, command.run: 7"),
        ('"echo {x} {mode}"', "timeout = 3", r"p.toml, key in \[command\]: 'timeout' .* did you mean 'timeout_s'"),
        ('"echo {x} {mode}"', "timeout_s = -1", "p.toml, command.timeout_s: -1"),
        ('"echo {x} {mode}"', "retries = -1", "p.toml, command.retries: -1"),
        ('"echo {x} {mode}"', "infeasible_exit_code = 0", "p.toml, command.infeasible_exit_code: 0 .* 1 to 255"),
        ('"echo {x} {mode}"', 'files = ["absent"]', "p.toml, command.files: 'absent'"),
        ('"echo {x} {mode}"', 'templates = ["p.toml", "bin"]', "p.toml, command.templates: 'bin' .* UTF-8"),
    ],
)
def test_mistakes(tmp_path, run, more, message):
    (tmp_path / "bin").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(SpecError, match=message):
        problem(tmp_path, run, more)


def test_missing_program(tmp_path):
    with pytest.raises(SimulatorMissing, match=r"no-such-tool is not installed.*p.toml, command.run"):
        problem(tmp_path, '"no-such-tool {x} {mode}"')


def test_no_process_is_left(tmp_path):
    run = f"""["sh", "-c", "sleep 60 & echo $! > {tmp_path}/id; echo y 1"]"""
    assert outcome_of(tmp_path, run) == {"y": 1.0}
    process_id = int((tmp_path / "id").read_text())
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    status = Path(f"/proc/{process_id}/stat").read_text()
    assert status.rsplit(")", 1)[1].split()[0] == "Z"
