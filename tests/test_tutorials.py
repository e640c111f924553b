"""Every block of the tutorials and how-to pages runs, in the order of the page, as a reader would type it.

`sh` and `python` blocks are run, a block with `title="..."` is written to that file first, `text` is only shown.
A block after the comment `<!-- slow -->` is left out of the default tier, with all that follows it; a page with
`<!-- needs: ngspice -->` is skipped where the tool is missing.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(
    r"(?P<slow>^<!-- slow -->\s*)?^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NEEDS = re.compile(r"<!-- needs: (\S+) -->")


class Block(NamedTuple):
    language: str
    title: str | None
    code: str
    is_slow: bool


def blocks(text: str) -> list[Block]:
    found = []
    is_slow = False
    for match in BLOCK.finditer(text):
        is_slow = is_slow or match["slow"] is not None
        found.append(Block(match["language"], match["title"], match["code"], is_slow))
    return found


def is_run(block: Block) -> bool:
    return block.title is not None or block.language in ("sh", "python")


def run(block: Block, folder: Path, number: int) -> None:
    """Write or run one block in `folder`; a failure shows what it printed."""
    if block.title is not None:
        (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.title).write_text(block.code)
        return
    script = folder / f"block_{number}.{block.language}"
    script.write_text(block.code)
    command = ["bash", "-eu", str(script)] if block.language == "sh" else [sys.executable, str(script)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{block.code}\n{done.stdout}\n{done.stderr}"


def pages(*, is_slow: bool = False) -> list[Path]:
    """Pages with a block to run; those with a slow one only, if so wanted."""
    found = sorted([*(DOCS / "tutorials").glob("*.md"), *(DOCS / "how-to").glob("*.md")])
    wanted = {path: [block for block in blocks(path.read_text()) if is_run(block)] for path in found}
    return [path for path, run in wanted.items() if any(block.is_slow or not is_slow for block in run)]


def run_page(path: Path, folder: Path, *, has_slow: bool) -> None:
    text = path.read_text()
    for tool in NEEDS.findall(text):
        if shutil.which(tool) is None:
            pytest.skip(f"{path.name} needs {tool}, which is not installed")
    for number, block in enumerate(blocks(text)):
        if is_run(block) and (has_slow or not block.is_slow):
            run(block, folder, number)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_page_runs(path, tmp_path):
    run_page(path, tmp_path, has_slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("path", pages(is_slow=True), ids=lambda path: path.stem)
def test_page_runs_to_its_end(path, tmp_path):
    run_page(path, tmp_path, has_slow=True)


PAGE = """
```toml title="a/b.toml"
x = 1
```
```sh
test "$(cat a/b.toml)" = "x = 1"
```
```text
exit 1
```
<!-- slow -->
```sh
exit 3
```
"""


def test_blocks_are_run_in_order(tmp_path):
    (tmp_path / "page.md").write_text(PAGE)
    run_page(tmp_path / "page.md", tmp_path, has_slow=False)
    with pytest.raises(AssertionError, match="exit 3"):
        run_page(tmp_path / "page.md", tmp_path, has_slow=True)


@pytest.mark.parametrize("code", ["false\ntrue\n", "cat missing.txt\n", "archwright run nothing\n"])
def test_a_failing_line_fails_its_page(code, tmp_path):
    with pytest.raises(AssertionError):
        run(Block("sh", None, code, False), tmp_path, 0)
