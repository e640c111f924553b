import base64

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from archwright.report.render import adopt, framed, picture, render


def test_text_is_escaped_and_pictures_are_not():
    page = render("message.html", heading="<b>&", text=picture("<svg></svg>"))
    assert "&lt;b&gt;&amp;" in page and "<b>" not in page
    assert "<svg></svg>" in page


def test_a_page_is_whole_and_needs_no_network():
    page = render("message.html", heading="a", text="b")
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert "http" not in page and "@import" not in page and "{{" not in page and "{%" not in page


def test_light_dark_and_narrow_pages_are_provided_for():
    page = render("message.html", heading="a", text="b")
    assert "prefers-color-scheme: dark" in page and "max-width: 640px" in page and "width=device-width" in page


def test_a_foreign_picture_is_framed():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    image = str(framed(svg, 'a "b"'))
    assert image.startswith('<img class="sheet" src="data:image/svg+xml;base64,') and "script" not in image
    assert 'alt="a &#34;b&#34;"' in image
    assert base64.b64decode(image.split("base64,")[1].split('"')[0]).decode() == svg


def test_mistakes_in_templates_are_errors():
    with pytest.raises(UndefinedError):
        render("message.html", heading="a")
    with pytest.raises(TemplateNotFound):
        render("nothing.html")


def test_drawings_are_taken_in_or_framed():
    assert str(adopt("<svg></svg>", "a", "b")).startswith("<img")
    assert str(adopt('<svg viewBox="0 0 1 1"><!-- Matplotlib --></svg>', "a", "b")).startswith("<svg")
