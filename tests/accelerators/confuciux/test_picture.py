import numpy as np
import pytest

from archwright.accelerators.confuciux.picture import COLOURS, draw_assignment
from archwright.accelerators.confuciux.problem import ResourceAssignment
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.workloads import read_layers
from archwright.core.errors import SpecError
from archwright.testing.powers import check_svg


def test_every_layer_has_a_bar_in_every_panel():
    tables = Tables(read_layers("mobilenet-v2"), ["dla"])
    picture = draw_assignment(tables, np.full(52, 63), np.arange(1.0, 53.0), "power", "a < b", None)
    check_svg(picture)
    assert picture.count("<title>stage3_2.depthwise</title>") == 4
    assert picture.count(f'fill="{COLOURS["depthwise"]}"') == 17 * 4 + 1
    assert "a &lt; b" in picture and "black line" not in picture


def test_heights_follow_the_shares():
    tables = Tables(read_layers("alexnet"), ["dla", "shi"])
    actions = np.array([tables.index[("dla", 128, 12)]] * 4 + [tables.index[("shi", 1, 6)]])
    picture = draw_assignment(tables, actions, np.array([1.0, 2.0, 3.0, 4.0, 8.0]), "area", "", actions)
    check_svg(picture)
    tall = [line.split('height="')[1].split('"')[0] for line in picture.splitlines() if "<title>" in line]
    assert tall[:5] == ["110.0"] * 4 + ["2.2"]  # elements
    assert tall[5:10] == ["110.0"] * 4 + ["55.0"]  # tile
    assert tall[15:] == ["13.8", "27.5", "41.2", "55.0", "110.0"]  # budget
    assert "black line" in picture


@pytest.mark.parametrize("deployment", ["pipelined", "sequential"])
def test_the_problem_draws_its_designs(deployment):
    problem = ResourceAssignment(workload="alexnet", deployment=deployment)
    uniform, optimum = problem.references()
    assert "1 times the optimum" in problem.draw(optimum.design)
    ratio = uniform.metrics["latency_cycles"] / optimum.metrics["latency_cycles"]
    assert f"latency, {ratio:.3g} times the optimum" in problem.draw(uniform.design)
    with pytest.raises(SpecError):
        problem.draw({"n_pes": 3})
