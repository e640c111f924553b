import numpy as np
import pytest

from archwright.compression.three_stages import runs as three_stage_runs
from archwright.compression.three_stages.lenet_recipes import lenet_300_100, sparser_lenet_5
from archwright.compression.three_stages.pipeline import Stage
from archwright.compression.three_stages.runs import Run
from archwright.core.errors import SimulatorMissing
from archwright.models import fashion_mnist as data_module
from archwright.models import mnist_5k as digits_module
from archwright.models.fashion_mnist import Labelled, Split
from archwright.systems import deep_compression as system
from archwright.systems import pretrained_networks as pretrained_module
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Points, Sheet
from archwright.systems.scope import Scope


def drawn(seed, n):
    """Images that are told apart by the brightest of ten blocks."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    images = 0.3 * rng.standard_normal((n, 1, 28, 28)).astype(np.float32)
    images[np.arange(n), 0, 2 * labels + 3] += 1.0
    return Labelled(images, labels)


NAME = "LeNet-300-100"
DATA = Split(drawn(0, 1_280), drawn(1, 200), drawn(2, 200))


def claims(found):
    return {one.name: one for one in found if isinstance(one, Claim)}


def test_the_published_tables_come_out():
    found = list(system.published_tables())
    by_name = claims(found)
    assert len(by_name) == 10 and all(claim.met for claim in by_name.values())
    assert by_name["VGG-16, pruning"].ours == "13.14x"
    assert isinstance(found[-1], Sheet) and len(found[-1].rows) == 4


def test_speeds_are_claimed_for_both_coders():
    names = list(claims(system.speed(64, (32, 48))))
    assert names[:4] == ["huffman, encode, MB/s", "huffman, decode, MB/s", "range, encode, MB/s", "range, decode, MB/s"]
    assert len(names) == 6


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    scope = Scope(str(tmp_path_factory.mktemp("s") / "s.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(three_stage_runs.DATA, "fashion", lambda: DATA)
        patch.setattr(three_stage_runs.ThreeStageRuns, "typical_seconds", 1e-4)  # in this process, which has the data
        (runs,) = system.all_runs(scope, "fashion", {NAME: (1, 2, 1)}, system.SEEDS).values()
    return runs, scope


def test_a_network_goes_through_all_stages(reproduced):
    found = list(system.lenet(NAME, reproduced[0]))
    by_name = claims(found)
    for name in ("the file decodes to the same network", "file size against count, %", "general packers over ours"):
        assert by_name[f"{NAME}, {name}"].met
    sheet, points = found[-2:]
    assert isinstance(sheet, Sheet) and sheet.rows[0][0] == "dense float32" and len(sheet.rows) >= 10
    assert isinstance(points, Points) and len(points.series) == 6


def test_a_seed_that_is_done_is_not_run_again(reproduced, monkeypatch):
    runs, scope = reproduced
    monkeypatch.setattr("archwright.core.study.Study.add", None)
    assert system.all_runs(scope, "fashion", {NAME: (1, 2, 1)}, system.SEEDS) == {NAME: runs}


def test_verdicts_follow_the_figures():
    def judged(dense, test, n_bytes):
        stages = [Stage("dense", 1_000_000, dense, dense), Stage("smallest coding", 24_000, test, test)]
        return list(system.judge(NAME, [Run(stages, n_bytes, test, {"xz -9": 50_000})]))

    assert all(claim.met for claim in judged(0.89, 0.886, 24_100))
    met = [claim.met for claim in judged(0.88, 0.874, 48_000)]
    assert met == [False, False, False, False, True, True]
    by_name = claims(judged(0.89, 0.886, 20_000))
    assert by_name[f"{NAME}, dense bytes over file bytes"].ours == "50"
    assert by_name[f"{NAME}, general packers over ours"].ours == "2.5"


def test_without_the_data_the_rest_is_claimed(tmp_path, monkeypatch):
    def missing():
        raise SimulatorMissing("Fashion-MNIST", "apt-get install dataset-fashion-mnist")

    monkeypatch.setattr(data_module, "fashion_mnist", missing)
    monkeypatch.setattr(digits_module, "mnist_5k", missing)
    monkeypatch.setattr(pretrained_module, "pretrained_networks", lambda scope: iter(()))
    monkeypatch.setattr(system, "speed", lambda n: iter(()))
    *tables, fashion, digits = system.deep_compression(Scope(str(tmp_path / "s.db")))
    assert len(claims(tables)) == 10
    assert fashion.met is None and digits.met is None and "apt-get" in fashion.note


def test_digits_are_judged_beside_the_paper_s():
    def judged(dense, test, n_bytes):
        stages = [Stage("dense", 1_000_000, dense, dense), Stage("smallest coding", 24_000, test, test)]
        run = Run(stages, n_bytes, test, {"xz -9": 50_000})
        return [claim.met for claim in system.judge_digits(NAME, "digits", [run])]

    assert judged(0.95, 0.96, 26_900) == [True, True]
    assert judged(0.95, 0.94, 27_100) == [False, False]


def test_bits_are_searched_after_pruning_and_stay_in_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "SEARCHED_TRIALS", 3)
    monkeypatch.setattr(system, "SEARCHES", ("random",))
    scope = Scope(str(tmp_path / "s.db"))
    found = list(system.sparser_lenet(lenet_300_100(epochs=(1, 1, 1)), DATA, scope))
    assert len(claims(found)) == 2
    (curves,) = (one for one in found if isinstance(one, Curves))
    (table,) = curves.tables["random"]
    assert len(table) == 3 and {len(trial.design) for trial in table} == {3}


@pytest.mark.slow
@pytest.mark.external
@pytest.mark.parametrize("name", ["LeNet-300-100", "LeNet-5"])
def test_the_lenets_reach_their_rates_at_little_loss(name, tmp_path):
    if not data_module.FOLDER.exists():
        pytest.skip("dataset-fashion-mnist is not installed")
    scope = Scope(str(tmp_path / "s.db"))
    found = claims(system.lenet(name, system.all_runs(scope, "fashion", {name: ()}, system.SEEDS)[name]))
    assert [claim.name for claim in found.values() if claim.met is False] == []


@pytest.mark.slow
@pytest.mark.external
def test_fewer_weights_and_searched_bits_go_beyond_49(tmp_path):
    if not data_module.FOLDER.exists():
        pytest.skip("dataset-fashion-mnist is not installed")
    scope = Scope(str(tmp_path / "s.db"))
    found = claims(system.sparser_lenet(sparser_lenet_5(), data_module.fashion_mnist(), scope))
    assert found["LeNet-5, fewer weights, bits searched: dense bytes over file bytes"].met


@pytest.mark.slow
@pytest.mark.external
def test_digits_take_fewer_kilobytes_than_published(tmp_path):
    try:
        found = claims(system.digit_lenets(Scope(str(tmp_path / "s.db"))))
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    assert [claim.name for claim in found.values() if claim.met is False] == []
