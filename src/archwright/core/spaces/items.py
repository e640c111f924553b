"""Items: the named or numbered things that orders, subsets and assignments are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archwright.core.errors import SpecError, check_name

Item = str | int


def read_items(field: str, items: int | Iterable[Item]) -> tuple[Item, ...]:
    """The items that `items` means: a number n stands for 0 ... n - 1.

    Raises:
        SpecError: none at all, one twice, or one that is neither a name nor a whole number.

    Example:
        >>> read_items("slots", 3)
        (0, 1, 2)
    """
    if isinstance(items, str):
        raise SpecError(field, items, "a whole number, or a list of names")
    found = tuple(range(items)) if isinstance(items, int) else tuple(items)
    if not found:
        raise SpecError(field, items, "at least one item")
    for item in found:
        if isinstance(item, bool) or not isinstance(item, (str, int)):
            raise SpecError(field, item, "a name or a whole number")
    if len(set(found)) < len(found):
        twice = next(item for item in found if found.count(item) > 1)
        raise SpecError(field, twice, "items that differ from each other; it stands twice")
    return found


def read_list(field: str, design: Any, what: str) -> Sequence[Any]:
    """`design` when it is a list.

    Raises:
        SpecError: it is something else; `what` says what it should list.
    """
    if not isinstance(design, (list, tuple)):
        raise SpecError(field, design, f"a list of {what}")
    return design


def index_of(field: str, item: Any, index: Mapping[Item, int]) -> int:
    """The position of `item` among the known items.

    Raises:
        SpecError: it is not known; the nearest name is offered.
    """
    is_plain = isinstance(item, (str, int)) and not isinstance(item, bool)
    if is_plain and item in index:
        return index[item]
    if isinstance(item, str) and all(isinstance(known, str) for known in index):
        check_name(field, item, map(str, index))
    raise SpecError(field, item, f"one of {', '.join(map(repr, index))}")


def read_count(field: str, value: Any, lowest: int, highest: int | None = None) -> int:
    """`value` when it is a whole number from `lowest` to `highest`.

    Raises:
        SpecError: it is not.
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and value >= lowest and (highest is None or value <= highest):
        return int(value)
    raise SpecError(field, value, f"a whole number from {lowest}" + ("" if highest is None else f" to {highest}"))
