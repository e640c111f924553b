"""The package and its command line start light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ARCHWRIGHT = str(Path(sys.executable).with_name("archwright"))
HEAVY = (
    "torch", "jax", "optuna", "dask", "distributed", "scipy.stats", "matplotlib", "cma", "botorch", "gymnasium",
    "pymoo", "sklearn", "pebble", "psycopg",
)  # fmt: skip
HELP_CPU_S = 0.5


def loaded(statement: str) -> list[str]:
    """The heavy modules that a fresh interpreter has loaded after `statement`."""
    script = f"import sys\n{statement}\nprint([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    return list(eval(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import archwright",
        "import archwright.core, archwright.testing",
        "from archwright import Study, Record, Real, goal",
        "import archwright.cli",
        "import archwright.optimizers, archwright.circuits",
        "from archwright.core.catalog import catalogue; catalogue('problems'), catalogue('optimizers')",
    ],
)
def test_importing_loads_nothing_heavy(statement):
    assert loaded(statement) == []


def test_the_rule_sees():
    assert loaded("import scipy.stats") == ["scipy.stats"]


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run of `command`, by the kernel's own account."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_utime + usage.ru_stime


def best_of_three(command: list[str]) -> float:
    return min(cpu_seconds(command) for _ in range(3))


def test_help_answers_in_half_a_second_of_cpu():
    assert best_of_three([ARCHWRIGHT, "--help"]) < HELP_CPU_S


def test_the_clock_sees_slow_starts():
    burn = "import time\nwhile time.process_time() < 0.6: pass"
    assert best_of_three([sys.executable, "-c", burn]) > HELP_CPU_S
