import dataclasses
import json
import math
from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.core.errors import Failed, Infeasible, SimulatorFailed, StoreError
from archwright.core.goal import Goals
from archwright.core.store_rows import (
    plain_json,
    plain_text,
    read_outcome,
    read_spec,
    read_trials,
    write_outcome,
    write_spec,
    write_trials,
)
from archwright.core.store_schema import trial as trial_table
from archwright.core.trial import judge

GOALS = Goals.read(["min y", "z >= 0.5"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
REASONS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)
OUTCOMES = st.one_of(st.fixed_dictionaries({"y": FLOATS, "z": FLOATS}), REASONS.map(Infeasible), REASONS.map(Failed))


Row = namedtuple("Row", trial_table.c.keys())


def there_and_back(trials):
    return read_trials([Row(*row) for row in write_trials(1, trials)], GOALS)


@given(PLAIN, OUTCOMES, st.none() | PLAIN.filter(lambda hint: hint is not None), FLOATS)
def test_trials_read_back_exactly(design, outcome, hint, seconds):
    trials = [judge(n, design, outcome, GOALS, seconds=seconds, attempts=n, hint=hint) for n in (4, 7)]
    assert there_and_back(trials) == trials


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, math.inf, -math.inf])
def test_floats_in_hints_read_back_to_the_last_bit(value):
    (back,) = there_and_back([judge(0, {}, Infeasible("no"), GOALS, seconds=0.0, attempts=1, hint={"v": value})])
    assert math.copysign(1.0, back.hint["v"]) == math.copysign(1.0, value) and back.hint["v"] == value


def test_the_columns_for_sql_users_are_the_judgement():
    trial = judge(0, {"x": 1.0}, {"y": 2.0, "z": 0.25}, GOALS, seconds=0.1, attempts=1)
    (row,) = (Row(*values) for values in write_trials(9, [trial]))
    assert (row.study_id, row.state, row.violation, row.score) == (9, "done", 0.5, -0.5)
    assert json.loads(row.metrics) == {"y": 2.0, "z": 0.25}


@pytest.mark.parametrize(("field", "value"), [("design", {"x": 1j}), ("hint", {"keys": {1, 2}})])
def test_what_is_not_plain_json_is_named(field, value):
    trial = judge(12, {"x": 1.0}, {"y": 2.0, "z": 1.0}, GOALS, seconds=0.1, attempts=1)
    with pytest.raises(StoreError, match=f"trial 12, {field}: not plain JSON"):
        write_trials(1, [dataclasses.replace(trial, **{field: value})])


def test_specs_read_back(spec):
    large = dataclasses.replace(spec, seed=2**80, goals=("max y",), options={"a": [1, {"b": None}]})
    assert read_spec(write_spec(large)) == large


def test_a_spec_that_is_not_plain_json_is_named(spec):
    with pytest.raises(StoreError, match="study 'first', options"):
        plain = dataclasses.replace(spec, options={"model": object()})
        write_spec(plain)


@given(OUTCOMES)
def test_outcomes_read_back(outcome):
    assert read_outcome(write_outcome(outcome)) == outcome


def test_a_tool_s_failure_keeps_its_reason():
    failure = SimulatorFailed("ngspice -b a.cir", "doAnalyses: TRAN\ntimestep too small")
    assert read_outcome(write_outcome(failure)) == Failed("ngspice -b a.cir: doAnalyses: TRAN | timestep too small")


def test_what_databases_refuse_in_text_is_replaced():
    assert plain_text("a\x00b\udc80c") == "a\\0b?c"
    assert plain_json("\x00", "design") == '"\\u0000"'
