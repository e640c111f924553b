"""`doctor`: which real tools are here, and how to get the others."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import asdict, dataclass

from archwright.cli.options import Json
from archwright.cli.output import say, say_json, say_table


@dataclass(frozen=True)
class Tool:
    """A tool that something in Archwright can use.

    Args:
        name: of it.
        serves: what it is for.
        version: None when it is not here.
        how: to get it.
    """

    name: str
    serves: str
    version: str | None
    how: str


def doctor(json: Json = False) -> None:
    """Tell which real tools are here, how to get others."""
    tools = find_tools()
    if json:
        say_json({"tools": [{**asdict(tool), "is_here": tool.version is not None} for tool in tools]})
        return
    rows = [(t.name, t.version or "not here", t.serves, "" if t.version else t.how) for t in tools]
    say_table(("tool", "version", "used for", "to get it"), rows)
    missing = sum(tool.version is None for tool in tools)
    say()
    say("Everything is here." if not missing else f"{missing} of {len(tools)} are missing; what needs them says so.")


def find_tools() -> list[Tool]:
    """Every tool, present or not; programs are asked for their version, packages are not imported."""
    found = [
        Tool("ngspice", "circuits, SPICE problem files", _program("ngspice", "--version"), "apt-get install ngspice"),
        Tool("libngspice", "circuits, without a process per design", _libngspice(), "apt-get install libngspice0"),
        Tool("gcc", "problem files that compile", _program("gcc", "-dumpfullversion"), "apt-get install gcc"),
        Tool("PostgreSQL", "stores shared by hosts", _postgresql(), "apt-get install postgresql"),
        Tool("Fashion-MNIST", "networks to compress", _fashion_mnist(), "apt-get install dataset-fashion-mnist"),
    ]
    packages = (
        ("psycopg", "stores on PostgreSQL", "farm"),
        ("dask", "pools on a cluster", "farm"),
        ("optuna", "the optimizer tpe, export to Optuna", "bo"),
        ("cma", "the optimizer cmaes", "bo"),
        ("botorch", "the optimizer gaussian_process", "bo"),
        ("torch", "learned optimizers", "learn"),
        ("gymnasium", "problems as environments", "learn"),
        ("starlette", "archwright serve", "web"),
        ("uvicorn", "archwright serve", "web"),
        ("pymoo", "benchmarks beside peers", "peers"),
    )
    return found + [Tool(n, serves, _package(n), f"pip install 'archwright[{extra}]'") for n, serves, extra in packages]


def _package(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(name: str, flag: str) -> str | None:
    path = shutil.which(name)
    return None if path is None else _first_number(_printed([path, flag]))


def _printed(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def _first_number(text: str) -> str:
    """The first thing in `text` that looks like a version, "present" without one."""
    words = (word.strip("(),:*").rpartition("-")[2] for word in text.split())
    return next((word for word in words if word[:1].isdigit()), "present")


def _fashion_mnist() -> str | None:
    from archwright.models.fashion_mnist import FOLDER

    return "present" if FOLDER.exists() else None


def _libngspice() -> str | None:
    from archwright.circuits.ngspice.library import find_library

    return find_library()


def _postgresql() -> str | None:
    from pathlib import Path

    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: path.parts[-3].zfill(4))
    found = str(installed[-1]) if installed else shutil.which("postgres")
    return None if found is None else _first_number(_printed([found, "--version"]))
