"""`{parameter}` in netlists, commands and templates.

`{name}` stands for the value of parameter `name`; `{{name}}` is the text `{name}` itself. Braces around anything but
a name (`{2*r}`, `{ print $1 }`) are left alone, so SPICE expressions, JSON and awk need no escaping.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{(?P<literal>[A-Za-z_]\w*)\}\}|\{(?P<name>[A-Za-z_]\w*)\}")


def placeholders(text: str) -> list[str]:
    """The parameters that `text` asks for, in order, repetitions included.

    Example:
        >>> placeholders("r1 in out {r_ohm} tc={{tc}} w={2*w}")
        ['r_ohm']
    """
    return [match["name"] for match in _PLACEHOLDER.finditer(text) if match["name"]]


def written(value: Any) -> str:
    """A design value as text: whole numbers without a point, other numbers with all their digits.

    Example:
        >>> written(3.0), written(0.1), written(1e-9), written("-O2"), written(True)
        ('3', '0.1', '1e-09', '-O2', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else repr(value)


def fill(text: str, design: Mapping[str, Any], quote: Callable[[str], str] = str) -> str:
    """`text` with the values of `design` in place of its placeholders.

    Args:
        text: the template.
        design: a value for every placeholder.
        quote: applied to every value, e.g. `shlex.quote` where a shell will read the text.

    Example:
        >>> fill("r1 in out {r_ohm} {{r_ohm}}", {"r_ohm": 1000.0})
        'r1 in out 1000 {r_ohm}'
    """

    def value(match: re.Match[str]) -> str:
        return f"{{{match['literal']}}}" if match["literal"] else quote(written(design[match["name"]]))

    return _PLACEHOLDER.sub(value, text)


def unknown_placeholder(text: str, parameters: Collection[str]) -> tuple[str, str] | None:
    """The first placeholder in `text` that is no parameter, and what is allowed; None when all are.

    Example:
        >>> unknown_placeholder("{width}", ["width_um"])
        ('{width}', 'a parameter (did you mean {width_um}?), or {{width}} for the braces themselves')
    """
    for name in placeholders(text):
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.4)
            hint = f"did you mean {{{near[0]}}}?" if near else f"one of {', '.join(parameters)}"
            return f"{{{name}}}", f"a parameter ({hint}), or {{{{{name}}}}} for the braces themselves"
    return None
