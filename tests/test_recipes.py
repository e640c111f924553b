"""The recipes of CONTRIBUTING.md, written into a copy of the repository, pass their tests and the house rules."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = ("Add a problem", "Add an optimizer", "Add a system")


def recipe(section: str) -> dict[str, str]:
    """The files of one section, by path."""
    text = (ROOT / "CONTRIBUTING.md").read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    return dict(FILE.findall(text))


def cook(files: dict[str, str], copy: Path) -> None:
    """Copy the repository and write `files` into it; a line for the catalogue goes under its heading."""
    for name in ("src", "tests", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml"):
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "*.nb?")
        shutil.copytree(source, copy / name, ignore=ignored) if source.is_dir() else shutil.copy(source, copy / name)
    for name, text in files.items():
        path, _, heading = name.partition(", ")
        file = copy / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if heading:
            text = file.read_text().replace(f"{heading}\n", f"{heading}\n{text}", 1)
        elif path.startswith("src/") and not (file.parent / "__init__.py").exists():
            (file.parent / "__init__.py").write_text('"""A new folder."""\n')
        file.write_text(text)


def run_tests(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy on the copy's sources."""
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    command = [sys.executable, "-m", "pytest", "-x", "-rA", *tests]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("section", SECTIONS)
def test_recipe_works(section, tmp_path):
    files = recipe(section)
    assert len(files) == 4, "three files and a line of the catalogue"
    assert not any(name.startswith("src/archwright/core") for name in files)
    cook(files, tmp_path)
    own = next(name for name in files if name.startswith("tests/"))
    stem = Path(own).stem.removeprefix("test_")
    house = [f"tests/test_{name}.py" for name in ("layers", "mirror", "limits", "docstrings", "docs")]
    done = run_tests(tmp_path, own, *house, "tests/core/test_catalog.py", "-k", f"{stem} or run_back_up or has_its")
    assert done.returncode == 0, done.stdout
    for met in ("tests/core/test_catalog.py", "tests/test_limits.py", "tests/test_docs.py"):
        assert f"PASSED {met}" in done.stdout, f"{met} did not meet the new entry"


@pytest.mark.parametrize("section", SECTIONS)
def test_recipe_passes_the_linters(section, tmp_path):
    if shutil.which("ruff", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("ruff is not installed")
    cook(recipe(section), tmp_path)
    paths = [name for name in recipe(section) if name.endswith(".py")]
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, *paths], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout


def test_a_recipe_without_its_test_is_seen(tmp_path):
    files = {name: text for name, text in recipe("Add a problem").items() if not name.startswith("tests/")}
    cook(files, tmp_path)
    assert "test_every_module_has_its_test" in run_tests(tmp_path, "tests/test_mirror.py").stdout
