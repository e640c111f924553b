import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.user_problems.placeholders import fill, placeholders, unknown_placeholder, written


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("r1 a b {r}", "r1 a b 1000"),
        ("{r}{r}-{text}", "10001000-x y"),
        ("{{r}} stays", "{r} stays"),
        ("{2*r} { r } {} {r", "{2*r} { r } {} {r"),
        ("awk '{ if (x) { print $1 }}'", "awk '{ if (x) { print $1 }}'"),
    ],
)
def test_fill(template, filled):
    assert fill(template, {"r": 1000.0, "text": "x y"}) == filled


def test_a_value_is_never_filled_again():
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_all_their_digits(number):
    assert float(written(number)) == number


@given(st.text(alphabet=st.characters(exclude_characters="\x00", codec="utf-8")))
def test_quoted_values_stay_one_word_of_a_shell(text):
    assert shlex.split(fill("echo {a}", {"a": text}, shlex.quote)) == ["echo", text]


def test_placeholders_and_the_unknown_one():
    assert placeholders("{a} {{b}} {c}{a}") == ["a", "c", "a"]
    assert unknown_placeholder("{a}", ["a"]) is None
    name, allowed = unknown_placeholder("{a} {widht}", ["a", "width"])
    assert name == "{widht}"
    assert "did you mean {width}?" in allowed and "{{widht}}" in allowed
    assert "one of a, width" in unknown_placeholder("{zzz}", ["a", "width"])[1]
