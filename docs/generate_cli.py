"""Write `docs/reference/cli.md` from the program's own help: `python docs/generate_cli.py [FILE]`."""

import contextlib
import io
import os
import sys
from pathlib import Path

HEAD = """# Command line

Exit codes: 0 done, 1 goals not met, 2 a mistake of the user or an unusable store, 3 a simulator is missing, 130 stopped
by Ctrl-C. Every error is one line. This page is written by `python docs/generate_cli.py`.
"""


def help_of(*words: str) -> str:
    """What `archwright WORDS --help` prints."""
    from archwright.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main([*words, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def page() -> str:
    """The whole page."""
    from archwright.cli.app import VERBS

    parts = [HEAD, f"```text\n{help_of()}\n```\n"]
    parts += [f"## archwright {verb}\n\n```text\n{help_of(verb)}\n```\n" for verb in VERBS]
    return "\n".join(parts)


if __name__ == "__main__":
    os.environ |= {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "reference" / "cli.md"
    target.write_text(page())
