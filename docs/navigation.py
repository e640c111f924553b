"""Order of the documentation's folders, and a reference page per package made from its docstrings (mkdocs hook)."""

import ast
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

PACKAGE = Path(__file__).parents[1] / "src" / "archwright"
ORDER = ("Home", "Tutorials", "How-to", "Problems", "Optimizers", "Systems", "Reference", "Decisions")


def reference_page(folder: Path) -> str:
    """What the folder is, then every module of it by its docstrings."""
    lines = [f"# archwright.{folder.name}", ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""]
    modules = (path.relative_to(PACKAGE).with_suffix("").parts for path in sorted(folder.rglob("*.py")))
    lines += [f"::: archwright.{'.'.join(parts)}" for parts in modules if not parts[-1].startswith("_")]
    return "\n\n".join(lines)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages to those that stand in `docs/`."""
    for folder in sorted(path.parent for path in PACKAGE.glob("*/__init__.py")):
        name = f"reference/{'command-line-modules' if folder.name == 'cli' else folder.name}.md"
        files.append(File.generated(config, name, content=reference_page(folder)))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Put the folders into the order in which a reader needs them; single pages last."""

    def place(item: object) -> int:
        title = "Home" if isinstance(item, Page) and item.is_homepage else str(getattr(item, "title", "") or "")
        return ORDER.index(title) if title in ORDER else len(ORDER)

    nav.items.sort(key=place)
    return nav
