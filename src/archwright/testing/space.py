"""The laws of a space: its draft view and its key view give legal designs, and lead back to where they came from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import (
    Decision,
    Design,
    Draft,
    Pick,
    Real,
    Space,
    check_design,
    decode,
    decode_many,
    encode_many,
    random_draft_design,
)

_NONSENSE: tuple[Any, ...] = (None, 0.123456789, "no such design", {"no such axis": None}, ["no such item"], [[None]])


def check_space(space: Space, *, rng: np.random.Generator, n: int = 32) -> None:
    """Hold `space` to the laws of both views.

    Args:
        space: any space.
        rng: draws designs and keys.
        n: designs per law, >= 1.

    Raises:
        AssertionError: a law is broken; the message says which and how to mend it.

    Example:
        >>> from archwright.core.spaces import Order
        >>> check_space(Order(4, before=[(0, 3)]), rng=np.random.default_rng(0))
    """
    _check_axes(space)
    drawn = [_walk(space, rng) for _ in range(n)]
    keys = np.concatenate([np.zeros((1, space.horizon)), np.ones((1, space.horizon)), rng.random((n, space.horizon))])
    decoded = decode_many(space, keys)
    assert len(decoded) == len(keys), f"decode_many gives {len(decoded)} designs for {len(keys)} keys; give one each"
    assert _is_same(decoded, decode_many(space, keys)), "the same keys decode to other designs; decode must be pure"
    alone = [decode(space, row) for row in keys]
    assert _is_same(decoded, alone), "keys decode to other designs alone than in a batch; let rows not touch each other"
    for design in decoded:
        _check_round_trip(space, design, "the key view")
    for design in drawn:
        _check_round_trip(space, design, "the draft view")
    for nonsense in _NONSENSE:
        _check_refusal(space, nonsense)


def same_design(first: Design, second: Design) -> bool:
    """True when two designs agree, numbers to within 1e-9 (keys are rounded numbers).

    Example:
        >>> same_design({"w": 0.1 + 0.2, "load": ["a"]}, {"w": 0.3, "load": ["a"]})
        True
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return list(first) == list(second) and all(same_design(first[name], second[name]) for name in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same_design, first, second))
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-12)
    return type(first) is type(second) and bool(first == second)


def all_designs(space: Space) -> Iterator[Design]:
    """Every design of a space without numbers, by walking every legal decision; for small spaces.

    Raises:
        SpecError: the space asks for a number.

    Example:
        >>> from archwright.core.spaces import Subset
        >>> list(all_designs(Subset(["a", "b"], smallest=1)))
        [['b'], ['a'], ['a', 'b']]
    """
    yield from _finish(space.start())


def _finish(draft: Draft) -> Iterator[Design]:
    decision = draft.next()
    if decision is None:
        yield draft.design()
        return
    if isinstance(decision, Real):
        raise SpecError("space", decision, "a space of choices only")
    for choice in np.flatnonzero(decision.legal).tolist():
        yield from _finish(draft.choose(choice))


def _is_same(first: list[Design], second: list[Design]) -> bool:
    return all(map(same_design, first, second))


def _check_axes(space: Space) -> None:
    horizon, axes = space.horizon, space.axes
    assert isinstance(space, Space), "a space needs horizon, axes, start() and choices(design)"
    assert isinstance(horizon, int) and horizon >= 1, f"horizon is {horizon!r}; it must be a whole number from 1"
    assert isinstance(axes, tuple) and all(isinstance(axis, str) for axis in axes), "axes must be a tuple of names"
    assert len(axes) == horizon, f"{len(axes)} axes for a horizon of {horizon}; name every key once"
    assert len(set(axes)) == horizon, "two axes share a name; give every key a name of its own"


def _walk(space: Space, rng: np.random.Generator) -> Design:
    draft, n_decisions = space.start(), 0
    while (decision := draft.next()) is not None:
        n_decisions += 1
        assert n_decisions <= space.horizon, f"a draft asks for more than horizon = {space.horizon} decisions"
        _check_decision(decision)
        before = _picture(draft)
        following = draft.choose(decision.at(float(rng.random())))
        assert _picture(draft) == before, "choose changes the draft it is called on; return a new draft instead"
        draft = following
    return draft.design()


def _picture(draft: Draft) -> str:
    decision = draft.next()
    return repr(decision.legal.tolist() if isinstance(decision, Pick) else decision)


def _check_decision(decision: Decision) -> None:
    assert isinstance(decision, (Real, Pick)), f"next() gives {decision!r}; it must give a Real, a Pick or None"
    if isinstance(decision, Real):
        decision.checked("decision")
        return
    assert decision.legal.dtype == bool and decision.legal.ndim == 1, "the mask of a Pick must be an (n,) bool array"
    assert decision.legal.any(), "a Pick without a legal choice is a dead end; mask the decision that leads there"


def _check_round_trip(space: Space, design: Design, view: str) -> None:
    try:
        is_json = same_design(json.loads(json.dumps(design)), design)
    except (TypeError, ValueError):
        is_json = False
    assert is_json, f"{view} gives {design!r}, which is not plain JSON; use numbers, strings, lists and dicts of them"
    try:
        check_design(space, design)
    except SpecError as error:
        raise AssertionError(f"{view} gives a design that check_design refuses: {error}; mend choices()") from error
    draft = space.start()
    for value in space.choices(design):
        draft = draft.choose(value)
    assert same_design(draft.design(), design), f"choices({design!r}) lead to {draft.design()!r}, not back to it"
    keys = encode_many(space, [design])
    assert keys.shape == (1, space.horizon), f"encode_many gives shape {keys.shape}, not (1, {space.horizon})"
    assert bool(((keys >= 0.0) & (keys <= 1.0)).all()), f"encode_many gives keys outside [0, 1] for {design!r}"
    found = decode_many(space, keys)[0]
    assert same_design(found, design), f"{design!r} encodes to keys that decode to {found!r}; they must lead back"


def _check_refusal(space: Space, nonsense: Any) -> None:
    try:
        check_design(space, nonsense)
    except SpecError:
        return
    except Exception as error:
        said = f"check_design answers {nonsense!r} with {error!r}"
        raise AssertionError(f"{said}; choices() must raise SpecError naming the axis") from error
    found = decode_many(space, encode_many(space, [nonsense]))[0]
    assert same_design(found, nonsense), f"choices() accepts {nonsense!r}, which is no design; it must raise SpecError"


def draw_designs(space: Space, rng: np.random.Generator, n: int) -> list[Design]:
    """`n` random designs, half through the draft view and half through the key view.

    Example:
        >>> from archwright.core.spaces import Subset
        >>> len(draw_designs(Subset(5), np.random.default_rng(0), 7))
        7
    """
    keyed = decode_many(space, rng.random((n // 2, space.horizon)))
    return keyed + [random_draft_design(space, rng) for _ in range(n - len(keyed))]
