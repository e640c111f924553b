import json
import shutil
from importlib.metadata import version

import pytest

from archwright.cli.doctor import find_tools


def test_every_tool_is_listed_with_its_use(archwright):
    done = archwright("doctor")
    assert done.code == 0
    assert all(tool.name in done.out and tool.serves in done.out for tool in find_tools())


def test_json(archwright):
    found = json.loads(archwright("doctor", "--json").out)["tools"]
    assert all(set(one) == {"name", "serves", "version", "how", "is_here"} for one in found)
    here = {one["name"]: one for one in found}
    assert {"ngspice", "libngspice", "PostgreSQL", "gcc", "Fashion-MNIST", "dask", "torch", "optuna", "cma"} <= set(
        here
    )
    assert all(one["is_here"] == (one["version"] is not None) for one in found)


@pytest.mark.external
@pytest.mark.parametrize(("tool", "program"), [("ngspice", "ngspice"), ("gcc", "gcc")])
def test_versions_of_programs(tool, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (found,) = [one for one in find_tools() if one.name == tool]
    assert found.version[0].isdigit()


def test_versions_of_packages_are_those_installed():
    for tool in find_tools():
        if tool.how.startswith("pip") and tool.version is not None:
            assert tool.version == version(tool.name)


def test_what_is_missing_is_told_how_to_get(monkeypatch, archwright):
    monkeypatch.setenv("PATH", "")
    out = archwright("doctor").out
    assert "not here" in out and "apt-get install ngspice" in out and "missing; what needs them says so" in out
