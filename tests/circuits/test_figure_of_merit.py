import json

import numpy as np
import pytest

from archwright.circuits.figure_of_merit import FigureOfMerit, Term, frozen, main, measure_scales, spans_decades
from archwright.circuits.two_stage_tia import TERMS, TwoStageTIA
from archwright.core.catalog import catalogue, make_problem
from archwright.core.errors import SpecError
from archwright.core.goal import goal
from archwright.core.space import Real
from archwright.testing.functions import Sphere

FROZEN = ("two-stage-tia", "differential-amplifier", "scaled-three-stage-tia", "ldo")


class Toy:
    """Two numbers of which one spans decades."""

    circuit, node, models_digest = "toy", "180nm", "none"
    terms = (Term("speed", 1.0, bound=3.0), Term("power", -1.0))
    specifications = (goal("speed >= 2"),)

    def __init__(self):
        self.space = Sphere(2).space

    def unrated(self, designs, *, rng):
        """Speed from -5 to 5, power from 1e-5 to 1e5."""
        return [{"speed": d["x1"], "power": 10.0 ** d["x2"]} for d in designs]


def toy_figure(**options):
    figure = FigureOfMerit("toy", "180nm", Toy.terms, **options)
    object.__setattr__(figure, "scales", {"speed": (0.0, 4.0, False), "power": (1e-3, 1e3, True)})
    return figure


def test_sum_of_scaled_metrics_by_hand():
    columns = {"speed": np.array([1.0, 3.0, 9.0]), "power": np.array([1.0, 1e-3, 0.0])}
    found = toy_figure().of(columns)
    assert found.tolist() == pytest.approx([0.25 - 0.5, 0.75, 0.75 + 1.0])  # a bound caps 9 at 3; 0 is cut off at 1e-9
    eager = toy_figure(weights={"power": 10.0}).of(columns)
    assert eager[0] == pytest.approx(0.25 - 5.0)


def test_bound_of_a_metric_to_be_kept_small():
    figure = FigureOfMerit("toy", "180nm", (Term("power", -1.0, bound=1.0),))
    object.__setattr__(figure, "scales", {"power": (0.0, 4.0, False)})
    assert figure.of({"power": np.array([0.1, 1.0, 2.0])}).tolist() == [-0.25, -0.25, -0.5]


def test_decades_count_where_a_metric_spans_many_at_any_node():
    assert spans_decades("power_w", [[1.0, 90.0], [1.0, 110.0]]) and not spans_decades("power_w", [[1.0, 90.0]])
    assert not spans_decades("margin_deg", [[1.0, 110.0], [-1.0, 110.0]])
    assert not spans_decades("gain_db", [[0.1, 60.0]])
    for name in FROZEN:
        kinds = [[scale[2] for scale in frozen(name, node)["scales"].values()] for node in ("250nm", "180nm", "45nm")]
        assert kinds[0] == kinds[1] == kinds[2]


def test_scales_come_from_random_designs():
    found = measure_scales(Toy(), 4000)
    assert found["done"] == 4000 and found["designs"] == 4000
    low, high = found["scales"]["power"]
    assert low < 1e-4 and high > 1e4
    x1 = Toy().space.parameters["x1"]
    assert isinstance(x1, Real)
    low, high = found["scales"]["speed"]
    assert x1.low <= low < 0.99 * x1.low and 0.99 * x1.high < high <= x1.high
    assert found["feasible"] == pytest.approx((x1.high - 2.0) / (x1.high - x1.low), abs=0.03)


@pytest.mark.parametrize("name", FROZEN)
def test_frozen_scales_are_those_of_today_s_models(name):
    """When this fails, models or circuits have changed: run the command of the module's docstring."""
    for node in ("180nm", "45nm"):
        problem = make_problem(name, node=node)
        assert frozen(name, node)["models"] == problem.models_digest
        few = measure_scales(problem, 200)["scales"]
        for metric, (low, high, _) in frozen(name, node)["scales"].items():
            assert low <= few[metric][0] and few[metric][1] <= high


def test_command_measures_every_node_and_keeps_what_else_is_frozen(tmp_path, capsys):
    file = tmp_path / "scales.json"
    file.write_text('{"other": {}}')
    main(["two-stage-tia", "--designs", "50", "--file", str(file)])
    written = json.loads(file.read_text())
    assert set(written) == {"other", "two-stage-tia"} and set(written["two-stage-tia"]) > {"45nm", "250nm"}
    assert capsys.readouterr().out.count("% feasible") == 5


def test_what_is_not_frozen_says_how_to_freeze_it():
    with pytest.raises(SpecError, match=r"python -m archwright\.circuits\.figure_of_merit radio"):
        _ = FigureOfMerit("radio", "180nm", TERMS).scales
    with pytest.raises(SpecError, match="did you mean 'power_w'"):
        FigureOfMerit("two-stage-tia", "180nm", TERMS, {"power": 10.0})


def test_feasible_share_is_stored():
    assert 0.0 < frozen("two-stage-tia", "180nm")["feasible"] < 1.0
    assert set(FROZEN) <= set(catalogue("problems")) and TwoStageTIA().figure.scales
