"""Every error a caller can meet, as one small tree.

::

    Error
    ├── SpecError          the user's input: names the field, the value and what is allowed
    ├── Infeasible         a legal answer: this design cannot exist or misses a measure; never retried
    ├── Failed             no answer: a crash, a hang, no convergence; a retry may help
    │   └── SimulatorFailed    a real tool ended badly: its command and the tail of its output
    ├── SimulatorMissing   a real tool is not installed: how to get it
    └── StoreError         the store cannot be read or written: full disk, read-only, another version

`Infeasible` and `Failed` are also *outcomes*: a problem's `evaluate` returns them in place of metrics, so that
one bad design never costs its batch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Error(Exception):
    """The root of every error Archwright raises on purpose; its text is one line fit for a user."""


class SpecError(Error):
    """What the user asked for is not possible.

    Args:
        field: where the mistake stands, as the user would name it (`trials`, `parameters.W1.low`).
        value: what was given.
        allowed: what would have been accepted, as a phrase.

    Example:
        >>> print(SpecError("trials", -1, "a whole number above 0"))
        trials: -1 is not possible; allowed: a whole number above 0
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field, self.value, self.allowed = field, value, allowed

    def __str__(self) -> str:
        """One line: field, value, what is allowed."""
        return f"{self.field}: {self.value!r} is not possible; allowed: {self.allowed}"


class _Reasoned(Error):
    """An error that is also an outcome and says why in `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __eq__(self, other: object) -> bool:
        """Outcomes compare by kind and reason, so that tables of outcomes can be compared."""
        return type(other) is type(self) and self.args == getattr(other, "args", None)

    def __hash__(self) -> int:
        """Hash of kind and reason."""
        return hash((type(self), self.args))


class Infeasible(_Reasoned):
    """The design cannot exist, or a measure has no value on it: a legal answer, told and never retried."""


class Failed(_Reasoned):
    """The evaluation gave no answer (crash, hang, no convergence): retried, then told as failed."""


class SimulatorFailed(Failed):
    """A real tool ended badly.

    Args:
        command: the command line that was run.
        tail: the last lines of its output.
    """

    def __init__(self, command: str, tail: str) -> None:
        super().__init__(f"{command}: {' | '.join(tail.strip().splitlines()[-3:]) or 'no output'}")
        self.args = (command, tail)
        self.command, self.tail = command, tail

    def __str__(self) -> str:
        """One line: the command and the end of what it printed."""
        return self.reason


class SimulatorMissing(Error):
    """A real tool that this problem needs is not installed.

    Args:
        tool: its name.
        how_to_install: one phrase, e.g. `apt-get install ngspice`.
    """

    def __init__(self, tool: str, how_to_install: str) -> None:
        super().__init__(tool, how_to_install)
        self.tool, self.how_to_install = tool, how_to_install

    def __str__(self) -> str:
        """One line: what is missing and how to get it."""
        return f"{self.tool} is not installed; to get it: {self.how_to_install}"


class StoreError(Error):
    """The store cannot be opened, read or written; what was finished before is safe."""


def check_name(field: str, value: str, known: Iterable[str]) -> str:
    """Return `value` when it is one of `known`.

    Raises:
        SpecError: it is not; the message offers the nearest known name.

    Example:
        >>> check_name("metric", "gain_db", ["gain_db", "power_w"])
        'gain_db'
    """
    names = list(known)
    if value in names:
        return value
    names.sort()
    near = difflib.get_close_matches(value, names, n=1, cutoff=0.5)
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    raise SpecError(field, value, f"did you mean {near[0]!r}? (one of {listed})" if near else f"one of {listed}")
