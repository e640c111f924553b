"""The documentation names what there is, and its links lead somewhere."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archwright.core.catalog import KINDS, catalogue, find, make_problem

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def in_code(name: str, text: str) -> bool:
    """True when `name` stands in the text as code, alone or as the first word of a call."""
    return re.search(rf"`{re.escape(name)}[`( .]", text) is not None


def page(folder: str, name: str) -> str:
    """The page of a catalogue entry."""
    path = DOCS / folder / f"{name}.md"
    assert path.exists(), f"docs/{folder}/{name}.md is missing"
    return path.read_text()


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = HEADING.findall(FENCE.sub("", path.read_text()))
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def dead_links(path: Path) -> list[str]:
    """Links of a page to files, pictures or headings that are not there."""
    found = []
    for link in LINK.findall(FENCE.sub("", path.read_text())):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        file = (path.parent / target) if target else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert dead_links(path) == []


def missing_files(text: str) -> list[str]:
    """Files of the repository that a text names and that are not there."""
    named = re.findall(r"\b((?:tests|benchmarks|src|docs)/[\w/.-]+\.\w+)", text)
    return [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path):
    assert missing_files(path.read_text()) == []


def test_the_rule_sees_missing_files():
    text = "`tests/test_docs.py` `tests/core/test_nothing.py` python benchmarks/none.py"
    assert missing_files(text) == ["tests/core/test_nothing.py", "benchmarks/none.py"]


def test_the_rule_sees_dead_links(tmp_path):
    (tmp_path / "a.md").write_text(
        "# One thing: here\n[x](b.md) [y](#one-thing-here) [z](#two) [w](https://x.org)\n```\n[v](c)\n```\n"
    )
    assert dead_links(tmp_path / "a.md") == ["b.md", "#two"]


@pytest.mark.parametrize("package", ["archwright", "archwright.core", "archwright.testing"])
def test_the_glossary_names_every_public_name(package):
    text = (DOCS / "glossary.md").read_text()
    assert [name for name in importlib.import_module(package).__all__ if not in_code(name, text)] == []


@pytest.mark.parametrize("name", catalogue("problems"))
def test_a_problem_s_page_names_its_metrics_and_axes(name):
    text, problem = page("problems", name), make_problem(name)
    assert [metric for metric in problem.metrics if not in_code(metric, text)] == []
    options = inspect.signature(find("problems", name).load()).parameters
    assert [option for option in options if not in_code(option, text)] == []


@pytest.mark.parametrize("name", catalogue("optimizers"))
def test_an_optimizer_s_page_names_its_options(name):
    text = page("optimizers", name)
    parameters = inspect.signature(find("optimizers", name).load()).parameters.values()
    options = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    assert [option for option in options if not in_code(option, text)] == []


@pytest.mark.parametrize("name", catalogue("systems"))
def test_a_system_has_a_page(name):
    assert name in page("systems", name)


def test_the_readme_s_catalogue_names_only_what_is_listed():
    text = (ROOT / "README.md").read_text().split("## Catalogue\n")[1].split("\n## ")[0]
    listed = {name for kind in KINDS for name in catalogue(kind)}
    named = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert named and named <= listed


def test_every_decision_is_short_and_has_its_parts():
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:3] for path in decisions] == [f"{number:03}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text()
        assert len(text.splitlines()) <= 40, path.name
        assert [part for part in ("Context", "Choice", "Evidence", "Consequences") if f"**{part}.**" not in text] == []


def test_every_verb_is_in_the_reference_and_on_another_page():
    from archwright.cli.app import VERBS

    texts = {path: path.read_text() for path in PAGES}
    reference = texts.pop(DOCS / "reference" / "cli.md")
    assert [verb for verb in VERBS if f"archwright {verb}" not in reference] == []
    told = "\n".join(texts.values())
    assert [verb for verb in VERBS if not re.search(rf"archwright {verb}\b", told)] == []


def test_the_command_line_reference_is_not_stale(tmp_path):
    fresh = tmp_path / "cli.md"
    subprocess.run([sys.executable, DOCS / "generate_cli.py", fresh], check=True, timeout=120)
    assert fresh.read_text() == (DOCS / "reference" / "cli.md").read_text(), "run: python docs/generate_cli.py"
