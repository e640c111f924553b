import pytest

from archwright.core.errors import SpecError
from archwright.user_problems.toml_table import Table, read_toml


@pytest.fixture
def table():
    return Table("p.toml", "command", {"run": "true", "retries": 2, "keep": True, "files": ["a", "b"], "empty": " "})


def test_values_are_read(table):
    assert table.text("run") == "true"
    assert table.text("missing", "default") == "default"
    assert table.count("retries", 0, 0, 5) == 2
    assert table.count("missing", 0, 1, 5) == 0
    assert table.flag("keep") is True and table.flag("missing") is False
    assert table.texts("files") == ["a", "b"] and table.texts("missing") == []
    assert table.positive("retries", 60.0) == 2.0 and table.positive("missing", 60.0) == 60.0


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda t: t.text("missing"), "p.toml, command.missing: None is not possible; allowed: a text; it is missing"),
        (lambda t: t.text("empty"), "p.toml, command.empty: ' ' is not possible; allowed: a text that is not empty"),
        (lambda t: t.text("retries"), "p.toml, command.retries: 2 is not possible; allowed: a text"),
        (lambda t: t.flag("retries"), "p.toml, command.retries: 2 is not possible; allowed: true or false"),
        (lambda t: t.count("keep", 0, 0, 5), "p.toml, command.keep: True is not possible; allowed: a whole number"),
        (lambda t: t.count("retries", 0, 3, 5), "p.toml, command.retries: 2 is not possible; allowed: a whole number"),
        (lambda t: t.positive("run", 1.0), "p.toml, command.run: 'true' is not possible; allowed: a number above 0"),
        (lambda t: t.texts("run"), "p.toml, command.run: 'true' is not possible; allowed: a list of texts"),
        (lambda t: t.table("run"), "p.toml, command.run: 'true' is not possible; allowed: a table [command.run]"),
        (lambda t: t.check_keys(["run", "retry"]), "p.toml, key in [command]: 'retries' is not possible; allowed: did"),
    ],
)
def test_mistakes_name_file_field_and_value(table, read, message):
    with pytest.raises(SpecError) as caught:
        read(table)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [0, -1.5, float("inf"), float("nan")])
def test_positive_numbers_only(number):
    with pytest.raises(SpecError, match="a number above 0"):
        Table("p.toml", "", {"timeout_s": number}).positive("timeout_s", 1.0)


def test_file_that_is_no_toml(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("name = \n")
    with pytest.raises(SpecError, match=r"bad\.toml.*line 1"):
        read_toml(bad)
    with pytest.raises(SpecError, match="No such file"):
        read_toml(tmp_path / "absent.toml")
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="TOML"):
        read_toml(bad)
