import pytest

from archwright.core.errors import SpecError
from archwright.core.spaces.items import index_of, read_count, read_items, read_list


def test_a_number_stands_for_numbered_items():
    assert read_items("items", 3) == (0, 1, 2)
    assert read_items("items", ["a", 7]) == ("a", 7)


@pytest.mark.parametrize("items", [0, [], "abc", ["a", "a"], [1.5], [True], [None]])
def test_bad_items_are_refused_by_name(items):
    with pytest.raises(SpecError, match=r"^tasks: "):
        read_items("tasks", items)


def test_index_of_offers_the_nearest_name():
    assert index_of("design[0]", "fry", {"fry": 0, "cut": 1}) == 0
    with pytest.raises(SpecError, match=r"design\[0\].*did you mean 'cut'"):
        index_of("design[0]", "cutt", {"fry": 0, "cut": 1})


@pytest.mark.parametrize("item", [True, 5, None, [0], 0.0])
def test_index_of_takes_only_known_items(item):
    with pytest.raises(SpecError, match="one of 0, 1"):
        index_of("design[0]", item, {0: 0, 1: 1})


def test_read_list_and_read_count_name_the_field():
    with pytest.raises(SpecError, match="design: 'abc' is not possible; allowed: a list of steps"):
        read_list("design", "abc", "steps")
    with pytest.raises(SpecError, match="n: 0 is not possible; allowed: a whole number from 1"):
        read_count("n", 0, 1)
    with pytest.raises(SpecError, match="from 1 to 3"):
        read_count("n", True, 1, 3)
