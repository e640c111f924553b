"""The command line: one module per group of verbs, everything heavy imported inside the verb that needs it.

Exit codes: 0 done, 1 goals not met, 2 a mistake of the user or an unusable store, 3 a simulator is missing, 130 stopped
by Ctrl-C. Every error is one line on stderr.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any, TextIO

DONE, GOALS_NOT_MET, USER_ERROR, SIMULATOR_MISSING, STOPPED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the console script ends with the code this returns.

    Args:
        arguments: the words after `archwright`; those of the process by default.

    Returns:
        The exit code.

    Example:
        >>> main(["list", "no-such-kind"])
        2
    """
    for stream in (sys.stdout, sys.stderr):
        _never_fail_to_print(stream)
    words = list(sys.argv[1:] if arguments is None else arguments)
    from archwright.cli.app import UsageError, run_app
    from archwright.cli.stopping import Stopped
    from archwright.core.errors import Error, SimulatorMissing

    try:
        return run_app(words or ["--help"])
    except Stopped as stopped:
        return _refuse(f"stopped: {stopped}; to go on: {shlex.join(['archwright', *words])}", STOPPED)
    except KeyboardInterrupt:
        return _refuse("stopped", STOPPED)
    except UsageError as error:
        return _refuse(_usage(error, words), USER_ERROR)
    except SimulatorMissing as error:
        return _refuse(f"archwright: {error}", SIMULATOR_MISSING)
    except Error as error:
        return _refuse(f"archwright: {error}", USER_ERROR)


def _refuse(text: str, code: int) -> int:
    print(" ".join(text.split()), file=sys.stderr)
    return code


def _usage(error: Any, words: Sequence[str]) -> str:
    """One line about words that could not be read; typer's own line does not name the word."""
    command = getattr(error.ctx, "command_path", "archwright")
    flags = [flag for flag in getattr(getattr(error, "param", None), "opts", ()) if flag in words[:-1]]
    given = f", not {words[words.index(flags[0]) + 1]!r}" if flags else ""
    return f"{command}: {error.format_message().rstrip('.')}{given}. See {command} --help"


def _never_fail_to_print(stream: TextIO) -> None:
    """A terminal without a sign for `µ` shows a question mark instead of ending the program."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
