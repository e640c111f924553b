import pytest

from archwright.cli.options import read_options
from archwright.core.errors import SpecError


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (None, {}),
        (["a=1", "b=0.5", "c=text", "d=true", "e=null", 'f=[1, "x"]'], 
         {"a": 1, "b": 0.5, "c": "text", "d": True, "e": None, "f": [1, "x"]}),
        (["variant=best/1"], {"variant": "best/1"}),
        (["text=a=b"], {"text": "a=b"}),
        (["empty="], {"empty": ""}),
        (['quoted="1"'], {"quoted": "1"}),
    ],
)  # fmt: skip
def test_values_are_json_where_they_can_be(words, options):
    assert read_options("--option", words) == options


@pytest.mark.parametrize("words", [["a"], ["=1"], ["a=1", "a=2"]])
def test_mistakes_name_the_option(words):
    with pytest.raises(SpecError, match="--set"):
        read_options("--set", words)
