import re

import numpy as np
import pytest

from archwright.report.svg import FAINT, INK, OURS, dots, figure, inline, is_plain_matplotlib, themed


def drawn(name="pic", points=None):
    with figure(3, 2) as picture:
        axes = picture.subplots()
        axes.plot([0, 1], [0, 1], color=OURS)
        axes.set_xlabel("a < b")
        if points is not None:
            axes.set_xlim(0, 1)
            axes.set_ylim(0, 1)
            dots(axes, points, FAINT, 3.0)
        return inline(picture, name, 'what & "why"')


def test_a_picture_takes_its_colours_from_the_page(is_drawn):
    svg = is_drawn(drawn(), "pic")
    assert "var(--ours)" in svg and "var(--muted)" in svg and INK not in svg
    assert svg.startswith("<svg") and 'aria-label="what &amp; &quot;why&quot;"' in svg
    assert "a &lt; b" in svg and "<text" in svg, "text stays text"


def test_two_drawings_are_the_same_text_and_share_no_id():
    first, again, second = drawn("one"), drawn("one"), drawn("two")
    assert first == again
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0] and not ids[0] & ids[1]


def test_references_inside_follow_their_ids(is_drawn):
    svg = drawn(points=np.random.default_rng(0).random((50, 2)))
    ids = set(re.findall(r'\bid="([^"]+)"', svg))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert used and used <= ids


def test_many_points_stay_small_and_each_place_is_drawn_once():
    rng = np.random.default_rng(1)
    points = rng.random((300, 2))
    once, often = drawn(points=points), drawn(points=np.tile(points, (50, 1)))
    assert once == often
    assert len(drawn(points=rng.random((40_000, 2)))) < 1_200_000


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.array([[np.nan, 0.5], [np.inf, 0.5]]), np.array([[5.0, 5.0]])])
def test_points_that_cannot_be_seen_are_left_out(points):
    assert drawn(points=points) == drawn(points=np.zeros((0, 2)))


def test_the_style_of_the_caller_is_left_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn()
    assert dict(matplotlib.rcParams) == before


def test_a_foreign_matplotlib_drawing_takes_the_page_s_colours(is_drawn):
    import io

    from matplotlib.figure import Figure

    foreign = Figure()
    foreign.subplots().plot([0, 1], [0, 1], label="x")
    text = io.StringIO()
    foreign.savefig(text, format="svg")
    assert is_plain_matplotlib(text.getvalue())
    svg = is_drawn(themed(text.getvalue(), "drawing", "a drawing"), "drawing")
    assert "var(--ours)" in svg and "var(--paper)" in svg and "#1f77b4" not in svg


@pytest.mark.parametrize(
    "active", ["<script>x</script>", '<g onclick="x"/>', '<a href="javascript:x"/>', "<foreignObject/>"]
)
def test_a_drawing_with_something_active_is_not_taken_in(active):
    assert not is_plain_matplotlib(f"<svg><!-- Matplotlib -->{active}</svg>")
    assert not is_plain_matplotlib("<svg></svg>")
