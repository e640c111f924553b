from xml.etree import ElementTree

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.picture import PARTS, draw_chain, draw_rounds
from archwright.accelerators.sparch.simulation import simulate


def boxes(svg):
    """Heights of drawn boxes by colour, legends left out."""
    found = {}
    for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect"):
        if one.get("fill") != "white" and (one.get("width"), one.get("height")) != ("10", "10"):
            found.setdefault(one.get("fill"), []).append(float(one.get("height")))
    return found


def test_bytes_of_rounds_are_drawn_to_scale():
    a = stand_in("wiki-Vote", 100_000)
    run = simulate(a, a, Machine(ways=64))
    heights, most = boxes(draw_rounds(run, "one & two")), run.traffic.per_round.max()
    drawn = heights[PARTS["partial"]]
    wanted = [220 * n / most for n in run.traffic.partial if 220 * n / most > 0.05]
    assert len(drawn) == len(wanted) and all(abs(x - y) < 0.06 for x, y in zip(drawn, wanted, strict=True))


def test_many_rounds_are_cut_and_said():
    a = stand_in("wiki-Vote", 100_000)
    run = simulate(a, a, Machine(ways=2))
    assert f"{run.plan.schedule.n_rounds - 64} smaller rounds before these" in draw_rounds(run, "wiki-Vote")


def test_a_chain_is_drawn_over_its_first_step():
    steps = {"one": dict.fromkeys("ab", 1.0) | {"partial": 2.0, "c": 0.0}, "two": dict.fromkeys(PARTS, 0.5)}
    heights = boxes(draw_chain({"x<y": steps}, "chain"))
    assert heights[PARTS["a"]] == [65.0, 32.5] and heights[PARTS["partial"]] == [130.0, 32.5]
    assert heights[PARTS["c"]] == [32.5]
