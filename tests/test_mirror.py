"""Tests mirror sources: `src/archwright/circuits/bode.py` has `tests/circuits/test_bode.py`; nothing else stands."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Tests of the whole house, which have no single source.
HOUSE_RULES = (
    "catalogue docs docstrings doctests exports imports layers limits makefile mirror recipes tutorials words".split()  # noqa: SIM905
)
HOUSE = {f"test_{name}.py" for name in HOUSE_RULES}
# Laws that no single module keeps.
LAWS = {"core/test_kills.py", "core/spaces/test_laws.py"}


def wanted_tests(source: Path) -> set[str]:
    """Where the test of every module below `source` stands."""
    modules = (path.relative_to(source) for path in source.rglob("*.py") if not path.name.startswith("__"))
    return {str(path.with_name(f"test_{path.name}")) for path in modules}


def present_tests(tests: Path) -> set[str]:
    """Every test file below `tests`."""
    return {str(path.relative_to(tests)) for path in tests.rglob("*.py") if path.name != "conftest.py"}


def empty_tests(tests: Path) -> list[str]:
    """Test files without a test."""
    found = []
    for path in tests.rglob("test_*.py"):
        names = [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        if not any(name.startswith("test_") for name in names):
            found.append(str(path.relative_to(tests)))
    return found


def test_every_module_has_its_test():
    assert sorted(wanted_tests(ROOT / "src" / "archwright") - present_tests(ROOT / "tests")) == []


def test_every_test_has_its_module():
    present = present_tests(ROOT / "tests") - HOUSE - LAWS
    assert sorted(present - wanted_tests(ROOT / "src" / "archwright")) == []


def test_every_test_file_holds_a_test():
    assert empty_tests(ROOT / "tests") == []


def test_the_rules_see_what_is_missing(tmp_path):
    source, tests = tmp_path / "src", tmp_path / "tests"
    for path in (source / "core" / "space.py", source / "core" / "__init__.py", tests / "core" / "test_goal.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def helper(): ...")
    assert wanted_tests(source) == {"core/test_space.py"}
    assert present_tests(tests) == {"core/test_goal.py"}
    assert empty_tests(tests) == ["core/test_goal.py"]
