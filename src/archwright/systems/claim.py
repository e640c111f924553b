"""A claim: what a paper says, what came out here, and whether that meets what was demanded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Figure = float | str | None
"""A number, a few words, or nothing known."""


@dataclass(frozen=True)
class Claim:
    """One line of a reproduction.

    Args:
        name: what is claimed, with the unit of its figures where they have one.
        published: the paper's figure; None where it gives none.
        ours: measured here; None where it could not be, and `note` says why.
        target: what `ours` has to be.
        met: whether it is; None where it was not measured, or nothing is demanded.
        note: seeds, spread, deviations.

    Example:
        >>> Claim("score of the human design", 2.0, 2.0, "2", met=True).as_plain()["met"]
        True
    """

    name: str
    published: Figure
    ours: Figure
    target: str
    met: bool | None
    note: str = ""

    def as_plain(self) -> dict[str, Any]:
        """A dict of plain JSON."""
        return asdict(self)
