import numpy as np
import pytest

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import judge
from archwright.optimizers.metric_beliefs import fit_metric_belief, measure, roles_of, warp_for

SPACE = Record(x=Real(0.0, 1.0), y=Real(0.0, 1.0))
GOALS = Goals.read(["min power", "max gain", "power <= 3", "gain >= 0.1", "gain <= 0.4", "width_hz >= 1e6"])


def metrics(x, y):
    return {"power": 1.0 + 4.0 * x, "gain": x * y, "width_hz": 10.0 ** (3.0 + 6.0 * y)}


def trials(n, seed=0, fails=lambda x, y: False):
    found = []
    for number, (x, y) in enumerate(np.random.default_rng(seed).random((n, 2)).tolist()):
        outcome = Failed("none") if fails(x, y) else metrics(x, y)
        found.append(judge(number, {"x": x, "y": y}, outcome, GOALS, seconds=0.0, attempts=1))
    return found


def believed(n=40, **options):
    roles = roles_of(GOALS)
    return fit_metric_belief(measure(SPACE, roles, trials(n, **options)), roles, kernel="matern52", fitted=200)


def test_metrics_stand_once_whatever_the_number_of_goals():
    roles = roles_of(GOALS)
    assert roles.metrics == ("power", "gain", "width_hz")
    assert roles.targets.tolist() == [0, 1] and roles.senses.tolist() == [1.0, -1.0]
    assert roles.bounded.tolist() == [0, 1, 1, 2] and roles.sides.tolist() == [1.0, -1.0, 1.0, -1.0]


def test_beliefs_say_what_the_metrics_are():
    belief = believed()
    points = np.random.default_rng(1).random((50, 2))
    truth = np.array([list(metrics(*row).values()) for row in points.tolist()])
    mean, deviation = belief.predict(points)
    assert np.abs(mean[:, 0] - truth[:, 0]).max() < 0.05
    assert np.abs(mean[:, 2] - np.log10(truth[:, 2])).max() < 0.1  # six decades enter by their logarithm
    assert (deviation > 0).all()
    np.testing.assert_allclose(belief.objectives(mean), np.column_stack([mean[:, 0], -mean[:, 1]]))
    met = (belief.gaps(mean) <= 0.0).all(axis=1)
    really = np.array([GOALS.violation(metrics(*row)) == 0.0 for row in points.tolist()])
    assert (met == really).mean() > 0.9 and really.any()


def test_trials_without_an_answer_enter_no_metric_and_are_expected_where_they_were():
    belief = believed(60, fails=lambda x, y: x > 0.6)
    assert belief.outputs[:, 0].max() <= 1.0 + 4.0 * 0.6 and len(belief.outputs) < 60
    lacks, spread = belief.lacks_answer(np.array([[0.9, 0.5], [0.2, 0.5]]))
    assert lacks[0] > 0.0 > lacks[1] and (spread > 0).all()
    assert (believed().lacks_answer(np.array([[0.9, 0.5]]))[0] < 0).all()


def test_what_is_believed_is_certain_afterwards():
    belief, point = believed(8), np.array([[0.95, 0.05]])
    after = belief.believing(point)
    np.testing.assert_allclose(after.predict(point)[0], belief.predict(point)[0], atol=0.05 * belief.model.scales.max())
    assert (after.predict(point)[1] < belief.predict(point)[1]).all()
    assert len(after.outputs) == 9


def test_kernels_may_be_fitted_to_fewer_trials_than_are_believed_in():
    roles = roles_of(GOALS)
    known = measure(SPACE, roles, trials(50))
    belief = fit_metric_belief(known, roles, kernel="rbf", fitted=20)
    assert len(belief.model.inputs) == 50 and belief.model.kernel == "rbf"


@pytest.mark.parametrize(
    ("values", "bounds", "is_log", "kind"),
    [
        (np.linspace(1.0, 20.0, 30), [3.0], False, "linear"),
        (np.linspace(1.0, 20.0, 30), [3.0], True, "log"),
        (np.linspace(-1.0, 20.0, 30), [3.0], True, "linear"),
        (np.geomspace(1.0, 1e6, 30), [3.0], False, "log"),
        (np.geomspace(1.0, 1e6, 30), [-3.0], False, "asinh"),
        (np.append(np.linspace(-1.0, 1.0, 30), 1e6), [], False, "asinh"),
        (np.full(5, 2.0), [], False, "linear"),
    ],
)
def test_warps_rise_and_suit_the_values(values, bounds, is_log, kind):
    warp = warp_for(values, np.array(bounds), is_log=is_log)
    assert warp.kind == kind
    warped = warp(np.unique(values))
    assert np.isfinite(warped).all() and (np.diff(warped) > 0).all()


def test_at_most_so_many_trials_are_remembered():
    known = measure(SPACE, roles_of(GOALS), trials(30))
    rows = known.best_and_latest(10)
    assert len(rows) == 10 and set(known.order()[:5]) <= set(rows) and 29 in rows
