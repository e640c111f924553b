import pytest

from archwright.core.errors import SpecError
from archwright.core.space import Real
from archwright.user_problems.parameters import read_parameters
from archwright.user_problems.toml_table import Table


def read(**parameters):
    return read_parameters(Table("p.toml", "parameters", parameters))


def test_numbers_choices_and_units():
    space = read(
        r_ohm={"low": 100, "high": "100 kohm", "unit": "ohm", "log": True},
        n={"low": 1, "high": 9, "step": 2},
        flag={"choices": ["-O1", "-O2", True, 3]},
    )
    assert space.axes == ("r_ohm", "n", "flag")
    assert space.parameters["r_ohm"] == Real(100.0, 1e5, True, None)
    assert space.parameters["n"] == Real(1.0, 9.0, False, 2.0)
    assert space.parameters["flag"] == ("-O1", "-O2", True, 3)


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"low": 2, "high": 1}, "p.toml, parameters.x: .* the bounds are reversed"),
        ({"low": 0, "high": 1, "log": True}, r"p.toml, parameters.x.low: 0\.0 .* above 0 on a log scale"),
        ({"low": 0, "high": 1, "step": 0}, r"p.toml, parameters.x.step: 0\.0 .* above 0"),
        ({"low": 0, "high": 1, "step": -1}, r"p.toml, parameters.x.step: -1\.0"),
        ({"low": 0}, "p.toml, parameters.x.high: None .* it is missing"),
        ({"low": "3 mW", "high": 1, "unit": "Hz"}, "p.toml, parameters.x.low: '3 mW' .* same kind as Hz"),
        ({"low": "three", "high": 9}, "p.toml, parameters.x.low: 'three'"),
        ({"low": True, "high": 9}, "p.toml, parameters.x.low: True"),
        ({"low": float("nan"), "high": 9}, "p.toml, parameters.x: .* finite bounds"),
        ({"low": 1, "high": 9, "unit": "xx"}, "p.toml, parameters.x.unit: 'xx'"),
        ({"low": 1, "hihg": 9}, "p.toml, key in .parameters.x.: 'hihg' .* did you mean 'high'"),
        ({"choices": []}, r"p.toml, parameters.x.choices: \[\]"),
        ({"choices": "abc"}, "p.toml, parameters.x.choices: 'abc'"),
        ({"choices": ["a", "a"]}, "p.toml, parameters.x.choices: .* differ"),
        ({"choices": [["a"]]}, "p.toml, parameters.x.choices"),
        ({"choices": ["a"], "low": 1}, "p.toml, parameters.x.low: 1 .* nothing beside choices"),
        (7, r"p.toml, parameters.x: 7 .* a table \[parameters.x\]"),
    ],
)
def test_mistakes(parameter, message):
    with pytest.raises(SpecError, match=message):
        read(x=parameter)


def test_no_parameter_and_a_bad_name():
    with pytest.raises(SpecError, match="at least one table"):
        read()
    with pytest.raises(SpecError, match="'a-b'"):
        read(**{"a-b": {"low": 0, "high": 1}})
