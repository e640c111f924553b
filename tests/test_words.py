"""What has no place in the repository: paths of somebody's machine and unfinished work."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ("src", "tests", "docs", "benchmarks", ".ci")
NOT_OURS = re.compile(r"(?<![\w.-])/(?:work|tmp|home|root)/|\bTODO\b|\bFIXME\b|\bXXX\b|NotImplementedError")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".txt", ".cir", ".sp", ".c", ".h", ".html", ".css", ".js", ".svg", ""}


def repository() -> list[Path]:
    inside = [path for place in PLACES for path in (ROOT / place).rglob("*") if "__pycache__" not in path.parts]
    top = [path for path in ROOT.iterdir() if path.name != ".git"]
    return sorted(
        path for path in (*inside, *top) if path.is_file() and path.suffix in TEXT and path.name != Path(__file__).name
    )


def misplaced(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if NOT_OURS.search(line)]


@pytest.mark.parametrize("path", repository(), ids=lambda path: str(path.relative_to(ROOT)))
def test_file_holds_no_misplaced_word(path):
    assert misplaced(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["cd /work/main", "open('/tmp/x')", "# TODO later", "raise NotImplementedError", "/home/me/x"]
)
def test_the_rule_sees(line):
    assert misplaced(line) == [line]


@pytest.mark.parametrize("line", ["a framework/library", "https://example.org/work/", "temporary", "src/tmp/x"])
def test_the_rule_allows(line):
    assert misplaced(line) == []
