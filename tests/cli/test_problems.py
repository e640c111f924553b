import pytest

from archwright.cli.problems import is_file, open_problem, stored_problem, with_options
from archwright.core.errors import SpecError

TEXT = (
    'name = "sum"\ngoals = ["min f"]\n[parameters.a]\nlow = 1\nhigh = 2\n[metrics]\nf = ""\n'
    '[command]\nrun = "echo f {a}"\n'
)


def test_a_catalogue_problem_with_options_is_found_again(archwright):
    made, source = open_problem("hill", {"height": 2.5})
    assert made.height == 2.5 and source == "hill[height=2.5]"
    assert stored_problem(source).height == 2.5
    assert open_problem("hill")[1] == "hill" and stored_problem("hill").height == 1.0


def test_a_problem_file_is_found_again_from_anywhere(here, tmp_path_factory, monkeypatch):
    (here / "sum.toml").write_text(TEXT)
    made, source = open_problem("sum.toml")
    assert made.name == "sum" and source == str(here / "sum.toml")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert stored_problem(source).version == made.version


def test_files_are_told_by_their_name():
    assert is_file("a.toml") and is_file("b/a.toml") and not is_file("three-stage-tia")


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("hil", None, "hill"),
        ("hill", {"heigth": 1}, "height"),
        ("no.toml", None, "exists"),
        ("a.toml", {"b": 1}, "--set"),
    ],
)
def test_mistakes(text, options, why, archwright):
    with pytest.raises(SpecError, match=why):
        open_problem(text, options)


def test_options_stand_in_brackets():
    assert with_options("a", {}) == "a"
    assert with_options("a[b=1]", {"c": True, "d": "x"}) == "a[b=1,c=true,d=x]"
    with pytest.raises(SpecError, match="a number, a word"):
        with_options("a", {"b": [1, 2]})
