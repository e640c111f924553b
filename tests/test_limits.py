"""The shape of the sources: short modules, short functions, flat blocks, short class chains, named things."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES = 400
FUNCTION_LINES = 40
KERNEL_LINES = 80
NESTING = 2  # what is wanted; few functions may go one deeper
DEEPER_SHARE = 0.02
CLASS_CHAIN = 2
FOLDER_DEPTH = 3
NAMELESS = {"utils", "util", "common", "helpers", "helper", "base", "misc"}
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    return sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "docs").rglob("*.py")])


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring: long explanations are welcome."""
    first = function.body[0]
    lines = (function.end_lineno or 0) - function.lineno + 1
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def depth(node: ast.AST) -> int:
    """Blocks inside blocks below `node`; `elif` adds none, a function inside a function starts anew."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (isinstance(child, BLOCKS) and not is_elif))
    return deepest


def is_compiled(function: Function) -> bool:
    return any("njit" in ast.unparse(one) or ".jit" in ast.unparse(one) for one in function.decorator_list)


def too_long(tree: ast.AST) -> list[str]:
    found = []
    for one in functions(tree):
        limit = KERNEL_LINES if one.name.startswith("_kernel") and is_compiled(one) else FUNCTION_LINES
        if length(one) > limit:
            found.append(f"{one.name}: {length(one)} lines")
    return found


def too_deep(tree: ast.AST, limit: int = NESTING) -> list[str]:
    written = (one for one in functions(tree) if not is_compiled(one))
    return [f"{one.name}: {depth(one)} levels" for one in written if depth(one) > limit]


def recompiled(tree: ast.AST) -> list[str]:
    """Numba functions that are compiled anew in every process."""
    return [
        one.name
        for one in functions(tree)
        if is_compiled(one) and "cache=True" not in ast.unparse(one.decorator_list[0])
    ]


def chains(paths: list[Path]) -> dict[str, list[str]]:
    """For every class of the package, itself and its own ancestors; the error tree stands apart."""
    bases: dict[str, list[str]] = {}
    for path in paths:
        classes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef))
        bases |= {node.name: [ast.unparse(one).split("[")[0].split(".")[-1] for one in node.bases] for node in classes}

    def chain(name: str) -> list[str]:
        above = [chain(one) for one in bases[name] if one in bases and one != name]
        return [name, *max(above, key=len, default=[])]

    return {name: line for name in bases if "Error" not in (line := chain(name))}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_keeps_the_limits(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MODULE_LINES
    assert too_long(tree) == []
    assert too_deep(tree, NESTING + 1) == []
    assert recompiled(tree) == []


def test_few_functions_nest_deeper_than_two():
    trees = [ast.parse(path.read_text()) for path in sources()]
    deep = [line for tree in trees for line in too_deep(tree)]
    assert len(deep) <= DEEPER_SHARE * sum(1 for tree in trees for _ in functions(tree)), deep


def test_class_chains_are_short():
    assert [line for line in chains(sources()).values() if len(line) > CLASS_CHAIN] == []


def test_every_module_is_named_after_a_thing():
    assert [str(path) for path in sources() if path.stem in NAMELESS or path.parent.name in NAMELESS] == []


def test_folders_are_at_most_three_deep():
    package = ROOT / "src" / "archwright"
    assert [str(path) for path in package.rglob("*.py") if len(path.relative_to(package).parts) > FOLDER_DEPTH] == []


class TestTheRulesSee:
    def test_length(self):
        body = "\n".join("    x = 1" for _ in range(40))
        assert too_long(ast.parse(f"def f():\n{body}")) == ["f: 41 lines"]
        assert too_long(ast.parse(f'def f():\n    """One.\n\n    Two.\n    """\n{body[:-10]}')) == []
        assert too_long(ast.parse(f"@njit(cache=True)\ndef _kernel_f():\n{body}\n{body[:-10]}")) == []
        assert too_long(ast.parse(f"def _kernel_f():\n{body}")) == ["_kernel_f: 41 lines"]
        assert too_long(ast.parse(f"@njit(cache=True)\ndef _kernel_f():\n{body}\n{body}")) == ["_kernel_f: 81 lines"]

    def test_depth(self):
        flat = "def f():\n  for a in b:\n    if a:\n      x\n    elif c:\n      y\n    else:\n      [z for z in a if z]"
        assert too_deep(ast.parse(flat)) == []
        assert too_deep(ast.parse("def f():\n  for a in b:\n    if a:\n      while c:\n        x")) == ["f: 3 levels"]
        assert too_deep(ast.parse("def f():\n  with a:\n    try:\n      x\n    except E:\n      if c: y")) == [
            "f: 3 levels"
        ]
        inner = "def f():\n  if a:\n    if b:\n      def g():\n        if c:\n          x"
        assert too_deep(ast.parse(inner)) == []

    def test_missing_cache(self):
        assert recompiled(ast.parse("@njit\ndef f(): ...")) == ["f"]
        assert recompiled(ast.parse("@numba.njit(cache=True)\ndef f(): ...")) == []

    def test_chains(self, tmp_path):
        path = tmp_path / "x.py"
        path.write_text("class A: ...\nclass B(A): ...\nclass C(B): ...\nclass Error: ...\nclass D(Error): ...\n")
        assert chains([path]) == {"A": ["A"], "B": ["B", "A"], "C": ["C", "B", "A"]}
