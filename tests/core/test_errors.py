import ast
import copy
import importlib
import inspect
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archwright
from archwright.core.errors import (
    Error,
    Failed,
    Infeasible,
    SimulatorFailed,
    SimulatorMissing,
    SpecError,
    StoreError,
    check_name,
)


def error_classes() -> list[type[Error]]:
    """Every class below `Error` in the package; only the modules that define one are imported."""
    found: dict[str, type[Error]] = {"Error": Error}
    root = Path(archwright.__file__).parent
    for path in sorted(root.rglob("*.py"), key=lambda one: (one.name != "errors.py", one)):
        for node in ast.walk(ast.parse(path.read_text())):
            bases = {ast.unparse(base).split(".")[-1] for base in getattr(node, "bases", ())}
            if isinstance(node, ast.ClassDef) and bases & found.keys():
                module = ".".join(("archwright", *path.relative_to(root).with_suffix("").parts))
                found[node.name] = getattr(importlib.import_module(module.removesuffix(".__init__")), node.name)
    return list(found.values())


def example(kind: type[Error]) -> Error:
    if kind.__init__ is Exception.__init__:
        return kind("one line")
    wanted = list(inspect.signature(kind.__init__).parameters.values())[1:]
    return kind(*(f"some {one.name}" for one in wanted if one.default is one.empty and one.kind is not one.VAR_KEYWORD))


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__qualname__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_of_the_package_survives_pickle(kind, protocol):
    before = example(kind)
    after = pickle.loads(pickle.dumps(before, protocol))
    assert type(after) is kind
    assert (str(after), after.args, vars(after)) == (str(before), before.args, vars(before))


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__qualname__)
def test_every_error_survives_copy_and_prints_one_line(kind):
    before = example(kind)
    assert str(copy.deepcopy(before)) == str(before)
    assert "\n" not in str(before) and str(before)


def test_attributes_survive_pickle():
    missing = pickle.loads(pickle.dumps(SimulatorMissing("ngspice", "apt-get install ngspice")))
    assert (missing.tool, missing.how_to_install) == ("ngspice", "apt-get install ngspice")
    wrong = pickle.loads(pickle.dumps(SpecError("trials", -1, "a whole number above 0")))
    assert (wrong.field, wrong.value, wrong.allowed) == ("trials", -1, "a whole number above 0")
    ended = pickle.loads(pickle.dumps(SimulatorFailed("ngspice -b", "a\nb\nc\nd")))
    assert (ended.command, ended.tail, ended.reason) == ("ngspice -b", "a\nb\nc\nd", "ngspice -b: b | c | d")


def test_the_tree():
    assert issubclass(SimulatorFailed, Failed)
    for kind in (SpecError, Infeasible, Failed, SimulatorMissing, StoreError):
        assert kind.__mro__[kind.__mro__.index(Exception) - 1] is Error
    assert not issubclass(Infeasible, Failed) and not issubclass(Failed, Infeasible)


def test_every_error_of_the_module_stands_in_the_drawn_tree():
    import archwright.core.errors as module

    own = [kind.__name__ for kind in error_classes() if kind.__module__ == module.__name__ and kind.__name__[0] != "_"]
    assert len(own) == 7
    assert [name for name in own if name not in (module.__doc__ or "")] == []


def test_simulator_failed_shows_the_last_three_lines():
    assert str(SimulatorFailed("gcc x.c", "one\ntwo\nthree\nfour\n")) == "gcc x.c: two | three | four"
    assert str(SimulatorFailed("gcc x.c", " \n")) == "gcc x.c: no output"


def test_outcomes_compare_by_kind_and_reason():
    assert Infeasible("no gain") == Infeasible("no gain")
    assert Infeasible("no gain") != Infeasible("no power")
    assert Infeasible("no gain") != Failed("no gain")
    assert Failed("x") != SimulatorFailed("x", "")
    assert Failed("x") != "x"
    assert len({Infeasible("a"), Infeasible("a"), Failed("a")}) == 2
    assert SimulatorFailed("a", "b") == SimulatorFailed("a", "b")
    assert SimulatorFailed("a", "b") != SimulatorFailed("a", "c")


def test_spec_error_names_field_value_and_what_is_allowed():
    assert str(SpecError("jobs", "two", "a whole number")) == "jobs: 'two' is not possible; allowed: a whole number"


def test_missing_simulator_says_how_to_get_it():
    text = str(SimulatorMissing("ngspice", "apt-get install ngspice"))
    assert text == "ngspice is not installed; to get it: apt-get install ngspice"


class TestCheckName:
    def test_returns_a_known_name(self):
        assert check_name("metric", "area", ("area", "power")) == "area"

    @pytest.mark.parametrize(
        ("given", "nearest"),
        [("gain_bd", "gain_db"), ("power", "power_w"), ("f3db", "f3db_hz"), ("POWER_W", None), ("zzz", None)],
    )
    def test_offers_the_nearest(self, given, nearest):
        known = ["gain_db", "power_w", "f3db_hz"]
        with pytest.raises(SpecError) as caught:
            check_name("metric", given, known)
        assert caught.value.field == "metric" and caught.value.value == given
        if nearest is None:
            assert "did you mean" not in caught.value.allowed
        else:
            assert caught.value.allowed.startswith(f"did you mean {nearest!r}?")
        assert all(name in caught.value.allowed for name in known)

    def test_lists_at_most_twelve(self):
        with pytest.raises(SpecError, match=r"one of a00, .*a11, \.\.\.") as caught:
            check_name("axis", "zz", [f"a{i:02}" for i in range(40)])
        assert "a12" not in str(caught.value)

    def test_takes_any_iterable_once(self):
        assert check_name("metric", "b", iter(["a", "b"])) == "b"

    @given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.text())
    def test_known_names_pass_and_others_do_not(self, known, name):
        if name in known:
            assert check_name("x", name, known) == name
        else:
            with pytest.raises(SpecError):
                check_name("x", name, known)
