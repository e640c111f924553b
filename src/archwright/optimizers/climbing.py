"""Where an acquisition function is largest: candidates near good designs, climbs from them, designs not yet asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from archwright.core.space import Keys, Space, decode_many, encode_many
from archwright.optimizers.keyed import Column

CLIMB_STEPS = 40
MOVED_KEYS = 20


def rounded(space: Space, keys: Keys) -> Keys:
    """The keys of the designs that `(n, horizon)` keys stand for: equal for equal designs.

    Example:
        >>> from archwright.core.record import Record
        >>> rounded(Record(kind=["a", "b"]), np.array([[0.1], [0.2], [0.9]])).tolist()
        [[0.25], [0.25], [0.75]]
    """
    return encode_many(space, decode_many(space, keys)).reshape(-1, space.horizon)


def first_new(space: Space, promising: Iterable[Keys], taken: set[bytes]) -> Column:
    """The first design that was not asked before, as rounded keys; in an exhausted space, any.

    Args:
        space: of the designs.
        promising: groups of (k, horizon) keys, the best first; a group is only made when those before hold nothing new.
        taken: the bytes of the rounded keys asked before.
    """
    last = None
    for keys in promising:
        rows = rounded(space, keys)
        fresh = [row for row in rows if row.tobytes() not in taken]
        if fresh:
            return np.asarray(fresh[0])
        last = rows[0] if len(rows) else last
    assert last is not None, "the last group holds a design"
    return np.asarray(last)


def nearby(centres: Keys, n: int, rng: np.random.Generator) -> Keys:
    """`n` candidates around `(k, horizon)` centres: about 20 keys moved, by steps from tiny to large."""
    shape = (n, centres.shape[1])
    steps = rng.standard_normal(shape) * 10.0 ** rng.uniform(-3.0, -0.5, (n, 1))
    is_moved = rng.random(shape) < MOVED_KEYS / shape[1]
    near: Keys = np.clip(centres[rng.integers(len(centres), size=n)] + steps * is_moved, 0.0, 1.0)
    return near


def climb(promise: Callable[[Column], tuple[float, Column]], start: Column) -> tuple[float, Column]:
    """The promise and the keys at the end of a climb by L-BFGS-B.

    Args:
        promise: value and gradient at one (horizon,) point in [0, 1].
        start: (horizon,).

    Example:
        >>> value, keys = climb(lambda x: (-float((x - 0.3) @ (x - 0.3)), 0.6 - 2.0 * x), np.array([0.9, 0.0]))
        >>> keys.round(6).tolist()
        [0.3, 0.3]
    """
    from scipy.optimize import minimize

    def descend(keys: Column) -> tuple[float, Column]:
        value, slope = promise(keys)
        return -value, -slope

    bounds, options = [(0.0, 1.0)] * len(start), {"maxiter": CLIMB_STEPS}
    found = minimize(descend, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return -float(found.fun), np.clip(np.asarray(found.x, dtype=np.float64), 0.0, 1.0)
