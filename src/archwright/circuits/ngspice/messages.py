"""What ngspice prints, read: which lines mean that there is no answer, and which lines a person needs to see.

ngspice returns success from nearly every call and keeps the vectors of a failed analysis, so the text it prints is
the only sign of a parse error, of no convergence, or of a singular matrix that was answered by the "transient
operating point", whose voltages then depend on the ramp and not on the circuit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CHATTER = re.compile(
    r"Doing analysis at|Reference value|No\. of Data Rows|No compatibility mode|Trying gmin|Further gmin increment"
    r"|Supplies reduced|^Note:|gmin step|gmin stepping failed|source stepping failed|^\s*-+[\s-]*$|^Circuit:"
    r"|Node\s+(Last )?Voltage|Last Node Voltages|Initial Transient Solution|solution failed -|operating point failed -"
    r"|cannot recover and awaits|check your input netlist|^Using|^\s*\d+%?\s*$|^\s*$|ngspice-\d+ done"
    r"|^\s*\S+(\s+(-?nan|[-+.\deE]+)){1,2}( \*)?$|[Tt]ransient op (started|finished)|fatal error in ngspice"
    r"|Cannot compute substitute|binary raw file|^Warning from checkvalid|^No circuit loaded!|interrupted due to"
)
_BAD_INPUT = re.compile(
    r"^Error|^ERROR|^Fatal|can't find model|could not find|unrecognized parameter|unknown parameter|no such "
    r"|[Uu]ndefined parameter|unimplemented|[Ss]yntax error|Internal Error|no circuit|^Warning: redefinition"
)
_NO_ANSWER = re.compile(
    r"\(s\) aborted|not parsed|aren't any circuits|no circuit loaded|no such command|cannot recover|Fatal|interrupted"
)


def cleaned(line: str) -> str:
    """`line` without the name of its stream and without the progress text that ngspice glues in front of warnings.

    Example:
        >>> cleaned("stderr Trying gmin =   1.0000E-03 Warning: singular matrix:  check node b")
        'Warning: singular matrix: check node b'
    """
    line = re.sub(r"^std(out|err) ", "", line)
    glued = re.match(r"(?:Trying gmin|Supplies reduced).*?(Warning:.*)", line)
    return re.sub(r"\s{2,}", " ", glued.group(1) if glued else line).strip()


def input_errors(lines: Iterable[str]) -> list[str]:
    """The lines that say a deck or a command was not understood.

    Args:
        lines: what was printed while a deck was loaded or a device altered.

    Example:
        >>> input_errors(["stdout Circuit: t", "stderr Error: no such parameter foo."])
        ['Error: no such parameter foo.']
    """
    return [line for line in map(cleaned, lines) if _BAD_INPUT.search(line)]


def is_answer(lines: Sequence[str]) -> bool:
    """False when the printed `lines` of an analysis say that its vectors mean nothing.

    A singular matrix is forgiven when gmin or source stepping solved it, and is not when only the transient
    operating point did. Errors inside the Newton iteration are forgiven when the analysis was finished.

    Example:
        >>> is_answer(["stderr Warning: singular matrix:  check node b", "stderr op simulation(s) aborted"])
        False
    """
    text = "\n".join(lines)
    if _NO_ANSWER.search(text):
        return False
    return not ("singular matrix" in text and "Transient op started" in text)


def useful_tail(lines: Iterable[str], n_lines: int = 12) -> str:
    """The last `n_lines` different lines that say something, oldest first; progress reports are left out.

    Example:
        >>> useful_tail(["stderr Note: Starting dynamic gmin stepping", "stderr op simulation(s) aborted"])
        'op simulation(s) aborted'
    """
    said = [line for line in map(cleaned, lines) if not _CHATTER.search(line)]
    kept = list(dict.fromkeys(reversed(said)))[:n_lines]  # of equal lines the last one stays
    return "\n".join(reversed(kept))
