"""The example in every docstring runs and prints what it says."""

import doctest
import importlib
from pathlib import Path

import pytest

import archwright
from archwright.core.errors import SimulatorMissing

ROOT = Path(archwright.__file__).parent


def modules_with_examples() -> list[str]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if ">>> " in path.read_text():
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(("archwright", *parts)).removesuffix(".__init__"))
    return found


def failures(module) -> list[str]:
    """The report of each failing example of `module`."""
    reports: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for one in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__):
        one.globs = dict(one.globs)
        runner.run(one, out=reports.append)
    return reports


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_of(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("archwright"):
            raise
        pytest.skip(f"{name} needs {error.name}, which is not installed")
    reports = failures(module)
    missing = [one for one in reports if SimulatorMissing.__name__ in one]
    if missing:
        pytest.skip(missing[0].strip().splitlines()[-1])
    assert reports == [], "\n".join(reports)


def test_the_rule_sees_a_wrong_example(tmp_path, monkeypatch):
    (tmp_path / "wrong_example.py").write_text(
        'def two():\n    """Two.\n\n    >>> two()\n    3\n    """\n    return 2\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert len(failures(importlib.import_module("wrong_example"))) == 1
