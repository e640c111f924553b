"""A TOML table read key by key, so that every mistake in a file is named once, in one line."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from archwright.core.errors import SpecError, check_name


class Table:
    """One table of a problem file.

    Args:
        file: name of the file, for messages.
        path: dotted path of the table in it, empty for the whole file.
        values: its content.

    Example:
        >>> table = Table("rc.toml", "parameters.r", {"low": 1})
        >>> print(table.wrong("low", 1, "a number above 2"))
        rc.toml, parameters.r.low: 1 is not possible; allowed: a number above 2
    """

    def __init__(self, file: str, path: str, values: Mapping[str, Any]) -> None:
        self.file, self.path, self.values = file, path, values

    def field(self, key: str) -> str:
        """Where `key` stands, for messages."""
        return f"{self.file}, {f'{self.path}.' if self.path else ''}{key}".rstrip(".")

    def wrong(self, key: str, value: object, allowed: str) -> SpecError:
        """The error for a bad `value` of `key`."""
        return SpecError(self.field(key), value, allowed)

    def check_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing here.

        Raises:
            SpecError: an unknown key; the nearest known one is offered.
        """
        for key in self.values:
            check_name(f"{self.file}, key in [{self.path}]" if self.path else f"{self.file}, key", key, known)

    def _get(self, key: str, kind: type | tuple[type, ...], allowed: str, default: Any) -> Any:
        if key not in self.values:
            if default is None:
                raise self.wrong(key, None, f"{allowed}; it is missing")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, value, allowed)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; without a default it must be there.

        Raises:
            SpecError: missing, empty, or no text.
        """
        value: str = self._get(key, str, "a text", default)
        if not value.strip() and default is None:
            raise self.wrong(key, value, "a text that is not empty")
        return value

    def flag(self, key: str) -> bool:
        """`true` or `false`, false when missing.

        Raises:
            SpecError: neither.
        """
        value: bool = self._get(key, bool, "true or false", False)
        return value

    def positive(self, key: str, default: float) -> float:
        """A finite number above 0.

        Raises:
            SpecError: no such number.
        """
        value = float(self._get(key, (int, float), "a number above 0", default))
        if not 0 < value < math.inf:
            raise self.wrong(key, value, "a number above 0")
        return value

    def count(self, key: str, default: int, lowest: int, highest: int) -> int:
        """A whole number from `lowest` to `highest`; `default` when missing.

        Raises:
            SpecError: no such number.
        """
        allowed = f"a whole number from {lowest} to {highest}"
        value: int = self._get(key, int, allowed, default)
        if key in self.values and not lowest <= value <= highest:
            raise self.wrong(key, value, allowed)
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, empty when missing.

        Raises:
            SpecError: no list, or something else in it.
        """
        value: list[Any] = self._get(key, list, "a list of texts", [])
        if not all(isinstance(one, str) and one.strip() for one in value):
            raise self.wrong(key, value, "a list of texts")
        return list(value)

    def table(self, key: str, default: Mapping[str, Any] | None = None) -> Table:
        """A table in this table; without a default it must be there.

        Raises:
            SpecError: missing, or no table.
        """
        path = f"{self.path}.{key}" if self.path else key
        return Table(self.file, path, self._get(key, dict, f"a table [{path}]", default))

    def tables(self) -> dict[str, Table]:
        """Every entry of this table, each of which must be a table."""
        return {key: self.table(key) for key in self.values}


def read_toml(path: Path) -> tuple[Table, bytes]:
    """The file as one table, and its bytes.

    Raises:
        SpecError: the file cannot be read, or is no TOML; the message holds the line.
    """
    try:
        content = path.read_bytes()
        return Table(path.name, "", tomllib.loads(content.decode())), content
    except OSError as error:
        raise SpecError("problem", str(path), f"a TOML file that can be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError("problem", str(path), f"a TOML file; {error}") from None
