"""A picture of what stays: a bar per layer, its height the share of its channels, its width the share of its cost."""

from __future__ import annotations

from collections.abc import Mapping

HEIGHT, WIDTH, TOP, BOTTOM, LEFT = 220, 640, 36, 70, 46
INK, WHOLE, KEPT = "#333333", "#dde3ea", "#2a6f97"


def draw_widths(title: str, kept: Mapping[str, int], whole: Mapping[str, int], costs: Mapping[str, float]) -> str:
    """One standalone SVG.

    Args:
        title: above.
        kept, whole: units that stay, and all of them, by name of the layer.
        costs: of the whole layers, by name.

    Example:
        >>> draw_widths("half", {"a": 4}, {"a": 8}, {"a": 1.0}).count("<rect")
        3
    """
    height, total, x = HEIGHT - TOP - BOTTOM, sum(costs.values()), float(LEFT)
    parts = [_text(LEFT, 20, title, 14), _text(8, TOP + 8, "100 %"), _text(8, TOP + height, "0 %")]
    for name, units in kept.items():
        wide, high = (WIDTH - LEFT - 8) * costs[name] / total, height * units / whole[name]
        parts.append(_box(x, TOP, wide, height, WHOLE))
        parts.append(_box(x, TOP + height - high, wide, high, KEPT))
        parts.append(_label(x + wide / 2.0, TOP + height + 10, f"{units}/{whole[name]} {name}"))
        x += wide
    body = "".join(parts)
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
        f"{ground}{body}</svg>"
    )


def _box(x: float, y: float, wide: float, high: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide - 1.0, 1.0):.1f}" height="{max(high, 0.0):.1f}" '
        f'fill="{colour}"/>'
    )


def _text(x: float, y: float, text: str, size: int = 10) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{INK}">{safe}</text>'


def _label(x: float, y: float, text: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="8" fill="{INK}" transform="rotate(35 {x:.1f} {y:.1f})">{text}</text>'
    )
