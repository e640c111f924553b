import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.space import Real, check_design, random_draft_design
from archwright.core.spaces.tree import Tree
from archwright.testing.space import all_designs

ARITHMETIC = {"e": ["x", ("neg", "e"), ("add", "e", "e")]}
TYPED = {
    "number": [("sum", "list"), ("times", "factor", "number"), "one"],
    "list": ["empty", ("cons", "number", "list")],
    "factor": Real(0.5, 2.0, step=0.5),
}


def trees_to_depth(depth):
    if depth == 0:
        return []
    below = trees_to_depth(depth - 1)
    return ["x", *(["neg", a] for a in below), *(["add", a, b] for a in below for b in below)]


def levels(tree):
    return 1 + max(map(levels, tree[1:])) if isinstance(tree, list) else 1


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_draft_view_gives_exactly_the_trees_within_the_depth(depth):
    found = [repr(design) for design in all_designs(Tree(ARITHMETIC, "e", depth))]
    assert sorted(found) == sorted(map(repr, trees_to_depth(depth)))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_the_horizon_is_the_size_of_the_largest_tree(depth):
    assert Tree(ARITHMETIC, "e", depth).horizon == 2**depth - 1


def test_the_mask_leaves_only_what_ends_within_the_depth():
    draft = Tree(TYPED, "number", 3).start()
    assert draft.next().legal.tolist() == [True, True, True]
    assert draft.choose(0).next().legal.tolist() == [True, True]
    assert draft.choose(0).choose(1).next().legal.tolist() == [False, False, True]


def test_numbers_stand_in_the_tree():
    draft = Tree(TYPED, "number", 3).start().choose(1)
    assert draft.next() == Real(0.5, 2.0, step=0.5)
    assert draft.choose(1.4).choose(2).design() == ["times", 1.5, "one"]


def test_random_trees_keep_the_depth():
    space = Tree(TYPED, "number", 6)
    rng = np.random.default_rng(0)
    depths = {levels(random_draft_design(space, rng)) for _ in range(300)}
    assert max(depths) == 6 and min(depths) == 1


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (["add", "x"], r"^design: .*one of 'x', \['neg', e\]"),
        (["add", "x", "y"], r"^design\[2\]: 'y'"),
        (["add", "x", ["neg", ["neg", "x"]]], r"^design\[2\]\[1\]: .*ends within 1 more levels"),
        (["x"], r"^design: \['x'\]"),
        ({"x": 1}, "^design"),
    ],
)
def test_malformed_trees_are_refused_by_place(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(Tree(ARITHMETIC, "e", 3), design)


def test_a_number_out_of_range_is_refused_by_place():
    with pytest.raises(SpecError, match=r"design\[1\]: 3.0 .*a number from 0.5 to 2"):
        check_design(Tree(TYPED, "number", 3), ["times", 3.0, "one"])


@pytest.mark.parametrize(
    ("productions", "root", "depth", "said"),
    [
        ({}, "e", 2, "^productions: "),
        ({"e": []}, "e", 2, r"^productions\.e: "),
        ({"e": "xy"}, "e", 2, r"^productions\.e: "),
        ({"e": [["neg", 3]]}, "e", 2, r"^productions\.e: "),
        ({"e": ["x", ("x", "e")]}, "e", 2, r"^productions\.e: .*different heads"),
        ({"e": [("neg", "f")]}, "e", 2, r"^productions\.e: 'f'"),
        ({"e": [("neg", "e")]}, "e", 2, "a symbol that can end"),
        ({"e": ["x"]}, "f", 2, "^root: 'f'"),
        (TYPED, "number", 0, "^depth: 0"),
        ({"e": [("neg", "f")], "f": ["x"]}, "e", 1, "^depth: 1 .*at least 2"),
        (ARITHMETIC, "e", 40, "^depth: 40 .*decisions"),
        ({"e": Real(3.0, 1.0)}, "e", 1, r"^productions\.e: "),
    ],
)
def test_grammars_that_make_no_sense_are_refused(productions, root, depth, said):
    with pytest.raises(SpecError, match=said):
        Tree(productions, root, depth)
