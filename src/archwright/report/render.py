"""Fills the page templates; the result is one HTML text without a single outside address."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from typing import Any

from archwright.report.quantities import headed


def render(template: str, **values: Any) -> str:
    """The page `template` of this package with `values`; text is escaped, pictures are passed as `picture(svg)`.

    Example:
        >>> "a &amp; b" in render("message.html", heading="a & b", text="")
        True
    """
    from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
    from markupsafe import Markup

    templates = files("archwright.report").joinpath("templates")

    class Packaged(BaseLoader):
        def get_source(self, environment: Environment, name: str) -> tuple[str, str | None, None]:
            source = templates.joinpath(name)
            if not source.is_file():
                raise TemplateNotFound(name)
            return source.read_text(encoding="utf-8"), None, None

    environment = Environment(
        loader=Packaged(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["headed"] = headed
    style = Markup(templates.joinpath("style.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(style=style, version=version("archwright"), **values)


def picture(svg: str) -> Any:
    """An SVG of our own making, marked as safe to stand in a page."""
    from markupsafe import Markup

    return Markup(svg)


def adopt(svg: str, name: str, description: str) -> Any:
    """A problem's drawing for the page: matplotlib's in the page's colours, any other as an image of its own.

    Args:
        svg: the whole SVG document.
        name: unique on the page.
        description: what it shows, for screen readers.
    """
    from archwright.report.svg import is_plain_matplotlib, themed

    if is_plain_matplotlib(svg):
        return picture(themed(svg, name, description))
    return framed(svg, description)


def framed(svg: str, description: str) -> Any:
    """A foreign SVG as an image of its own, so that its ids, styles and scripts stay inside it.

    Args:
        svg: the whole SVG document.
        description: what it shows, for screen readers.
    """
    import base64

    from markupsafe import Markup

    data = base64.b64encode(svg.encode()).decode()
    return Markup('<img class="sheet" src="data:image/svg+xml;base64,{}" alt="{}">').format(data, description)
