"""Imports never run back up the house, also not inside functions."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "archwright"
FLOORS = {
    "circuits", "accelerators", "memory", "interconnect", "processor", "compilers", "models", "compression",
    "transport", "monitoring", "ledger",
}  # fmt: skip
# Floors feed each other along these arrows only: a compressed network runs on an accelerator, and so on.
FEEDS = {
    "compression": {"models", "accelerators"},
    "accelerators": {"models", "interconnect", "memory"},
}
BELOW_THE_TOP = {"core", "learning", "deploy", "adapters", "testing", "optimizers", "user_problems", *FLOORS}
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "learning": {"core"},
    "deploy": {"core", "learning"},
    "adapters": {"core"},
    "testing": {"core"},
    "optimizers": {"core", "learning"},
    **{floor: {"core", "learning", "deploy", *FEEDS.get(floor, ())} for floor in FLOORS},
    "user_problems": {"core", *FLOORS},
    "systems": BELOW_THE_TOP,
    "report": BELOW_THE_TOP | {"systems"},
    "web": BELOW_THE_TOP | {"systems", "report"},
    "cli": BELOW_THE_TOP | {"systems", "report", "web"},
    "": {"core"},
    "__main__": {"cli"},
}
ALLOWED_IN_CORE = {"numpy", "sqlalchemy", "archwright"} | sys.stdlib_module_names


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of every import below `tree`, `importlib.import_module("...")` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant))


def climbs(source: Path) -> list[str]:
    """Every import below `source` that the house does not allow."""
    found = []
    folders = {path.name for path in source.iterdir() if path.is_dir()}
    for path in sorted(source.rglob("*.py")):
        place = path.relative_to(source)
        home = place.parts[0] if len(place.parts) > 1 else place.stem.replace("__init__", "")
        for name in imported(ast.parse(path.read_text())):
            package, _, rest = name.partition(".")
            target = rest.split(".")[0]
            if package == "archwright" and target not in folders:
                target = "core"  # a public name, which the package takes from core
            if package == "" or home not in MAY_IMPORT:
                found.append(f"{place}: {'a relative import' if package == '' else 'a folder without a place'}")
            elif package == "archwright" and target not in MAY_IMPORT[home] | {home}:
                found.append(f"{place} imports {name}")
    return found


def strangers(source: Path) -> list[str]:
    """Imports at the top of core's modules beyond numpy, SQLAlchemy and the standard library."""
    found = []
    for path in sorted((source / "core").rglob("*.py")):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name.split(".")[0] for node in top for name in imported(node)}
        found += [f"{path.name} imports {name}" for name in sorted(names - ALLOWED_IN_CORE)]
    return found


def test_imports_never_run_back_up():
    assert climbs(SOURCE) == []


def test_core_needs_numpy_sqlalchemy_and_the_standard_library_only():
    assert strangers(SOURCE) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("core/x.py", "from archwright.optimizers.random import Random"),
        ("core/x.py", "def f():\n    import archwright.circuits.mna.simulator"),
        ("core/x.py", "import importlib\nimportlib.import_module('archwright.learning.networks')"),
        ("circuits/x.py", "from archwright.optimizers import random"),
        ("circuits/x.py", "from archwright.compilers.scheduling import Order"),
        ("circuits/x.py", "from archwright import cli"),
        ("optimizers/x.py", "from archwright.circuits import mna"),
        ("adapters/x.py", "from archwright.learning import replay"),
        ("testing/x.py", "from archwright.optimizers import random"),
        ("report/x.py", "from archwright.cli import main"),
        ("core/x.py", "from .space import Real"),
        ("attic/x.py", "import archwright.core.space"),
    ],
)
def test_the_rule_sees(module, line, tmp_path):
    for folder in (*MAY_IMPORT, "attic"):
        (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / module).write_text(line)
    assert len(climbs(tmp_path)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("circuits/x.py", "from archwright import Record"),
        ("circuits/x.py", "from archwright.circuits import mna\nimport numba"),
        ("optimizers/x.py", "def f():\n    from archwright.learning import networks"),
        ("compression/x.py", "from archwright.accelerators import eie"),
        ("cli/x.py", "from archwright.web import app"),
    ],
)
def test_the_rule_allows(module, line, tmp_path):
    for folder in MAY_IMPORT:
        (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / module).write_text(line)
    assert climbs(tmp_path) == []


def test_the_rule_sees_strangers_in_core(tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "x.py").write_text(
        "import numpy, sqlalchemy.sql, json\nimport torch\ndef f():\n    import dask"
    )
    assert strangers(tmp_path) == ["x.py imports torch"]
