"""Docstrings name the arguments that there are, and no others."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "archwright"
Function = ast.FunctionDef | ast.AsyncFunctionDef
SECTION = re.compile(r"^Args:\n((?:    .*\n?|\n)+)", re.MULTILINE)
NAME = re.compile(r"^    \*{0,2}(\w+(?:, \*{0,2}\w+)*):", re.MULTILINE)


def documented(node: Function | ast.ClassDef) -> list[str]:
    """Names in the `Args` section of a docstring."""
    section = SECTION.search((ast.get_docstring(node) or "") + "\n")
    groups = NAME.findall(section.group(1)) if section else []
    return [name.strip("* ") for group in groups for name in group.split(",")]


def parameters(function: Function) -> list[str]:
    """Names of the parameters of a function, without `self` and `cls`."""
    one = function.args
    found = [*one.posonlyargs, *one.args, *one.kwonlyargs, *filter(None, (one.vararg, one.kwarg))]
    return [argument.arg for argument in found if argument.arg not in ("self", "cls")]


def fields(node: ast.ClassDef) -> list[str]:
    """Parameters of a class: those of `__init__`, or the annotated fields of a dataclass or named tuple."""
    makers = [one for one in node.body if isinstance(one, Function) and one.name == "__init__"]
    if makers:
        return parameters(makers[0])
    return [one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]


def strays(tree: ast.AST) -> Iterator[str]:
    """Documented arguments that do not exist."""
    for node in ast.walk(tree):
        if not isinstance(node, Function | ast.ClassDef) or not documented(node):
            continue
        actual = fields(node) if isinstance(node, ast.ClassDef) else parameters(node)
        yield from (f"{node.name} has no {name}" for name in documented(node) if name not in actual)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_documented_arguments_exist(path):
    assert list(strays(ast.parse(path.read_text()))) == []


SEEN = '''
def f(a, *, b):
    """One.

    Args:
        a: one.
            more: of it
        c, b: two.
    """

class C(NamedTuple):
    """One.

    Args:
        a: one.
        d: two.
    """
    a: int
'''


def test_the_rule_sees():
    assert list(strays(ast.parse(SEEN))) == ["f has no c", "C has no d"]
