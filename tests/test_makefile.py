"""What people type is what continuous integration runs, and it is explained."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = ("demo", "test", "lint", "docs", "bench", "figures", "serve", "clean")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def make(*arguments: str) -> str:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make", *arguments], cwd=ROOT, env=plain, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_lists_every_target_with_its_comment():
    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", make("help"), re.MULTILINE))
    assert [target for target in ("help", *TARGETS) if target not in listed] == []


@pytest.mark.parametrize("target", TARGETS)
def test_target_has_a_recipe(target):
    assert make("--dry-run", target).strip()


def test_targets_are_phony():
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert [target for target in TARGETS if target not in phony.group(1).split()] == []


def test_continuous_integration_runs_what_a_person_types():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make lint test" in script.read_text()


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text and "make test" in text


def test_every_target_is_documented():
    text = (ROOT / "CONTRIBUTING.md").read_text() + (ROOT / "README.md").read_text()
    assert [target for target in TARGETS if f"make {target}" not in text] == []


def test_extras_are_those_of_the_documentation():
    extras = PROJECT["project"]["optional-dependencies"]
    text = (ROOT / "docs" / "how-to" / "install.md").read_text()
    assert [name for name in extras if f"`{name}`" not in text] == []


def test_torch_is_pinned_and_never_a_base_dependency():
    assert re.search(r"^torch==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert not any(one.startswith(("torch", "jax")) for one in PROJECT["project"]["dependencies"])


def test_the_version_is_in_the_changelog():
    assert f"## [{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text()
