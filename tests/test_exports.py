"""Every public name exists, is documented, and stands in its package's list."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import archwright

ROOT = Path(archwright.__file__).parent
PACKAGES = sorted(
    ".".join(("archwright", *path.parent.relative_to(ROOT).parts))
    for path in ROOT.rglob("__init__.py")
    if "__all__" in path.read_text()
)
SPINE = ("archwright", "archwright.core", "archwright.testing")


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_exist_once_and_are_public(package):
    module = importlib.import_module(package)
    names = list(module.__all__)
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("_")] == []
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize("package", SPINE)
def test_the_spine_lists_its_names(package):
    assert package in PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_public_functions_and_classes_are_documented(package):
    module = importlib.import_module(package)
    objects = {name: getattr(module, name) for name in module.__all__}
    coded = {name: one for name, one in objects.items() if inspect.isclass(one) or inspect.isfunction(one)}
    assert [name for name, one in coded.items() if not (one.__doc__ or "").strip()] == []


@pytest.mark.parametrize("package", SPINE)
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = importlib.import_module(package).no_such_name


def test_names_seen_by_type_checkers_are_the_names_handed_over():
    tree = ast.parse((ROOT / "core" / "__init__.py").read_text())
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    seen = sorted(alias.name for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names)
    assert seen == sorted(archwright.core.__all__)


def test_the_package_hands_over_all_of_core_and_goal():
    assert sorted(archwright.__all__) == sorted([*archwright.core.__all__, "goal"])
    assert archwright.goal("min loss").metric == "loss"
    assert archwright.Study is archwright.core.Study


def test_every_folder_says_what_it_is():
    silent = [path for path in ROOT.rglob("__init__.py") if ast.get_docstring(ast.parse(path.read_text())) is None]
    assert silent == []
    folders = {path.parent for path in ROOT.rglob("*.py")}
    assert [str(one) for one in folders if not (one / "__init__.py").exists()] == []
