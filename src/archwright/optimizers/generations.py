"""Generations that come batch by batch: members breed until their children, with the best member, take their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.optimizers.keyed import Told, nothing_told


class Generations:
    """Members that are replaced by their children; the best one stays.

    Args:
        size: members of a generation, >= 2.
        horizon: keys of a design.
        goals: how trials are compared.
    """

    def __init__(self, size: int, horizon: int, goals: Goals) -> None:
        self.size = size
        self.members = self.brood = nothing_told(horizon, goals)

    @property
    def has_begun(self) -> bool:
        """True when there are members to breed from."""
        return len(self.members) == self.size

    def found(self, newcomers: Told) -> None:
        """Take in designs that no member bred: founders, then whatever is better than the worst member."""
        everyone = self.members.joined(newcomers)
        self.members = everyone.rows(everyone.order()[: self.size])

    def bear(self, children: Told) -> None:
        """Take in children; when there are enough, they and the best member are the next generation."""
        self.brood = self.brood.joined(children)
        n_children = self.size - 1
        while len(self.brood) >= n_children:
            best = self.members.rows(self.members.order()[:1])
            following = best.joined(self.brood.rows(np.arange(n_children)))
            self.members = following.rows(following.order())
            self.brood = self.brood.rows(np.arange(n_children, len(self.brood)))

    def state(self) -> dict[str, Any]:
        """Members and brood as arrays, for a blob."""
        return {"members": asdict(self.members), "brood": asdict(self.brood)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        members, brood = (
            Told(**{name: np.asarray(column, dtype=float) for name, column in state[part].items()})
            for part in ("members", "brood")
        )
        self.members, self.brood = members, brood
