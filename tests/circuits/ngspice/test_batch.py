import shutil
import time

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.ngspice.batch import check_deck, find_program, run_analyses, run_deck
from archwright.circuits.ngspice.spice_deck import to_spice
from archwright.core.errors import SimulatorFailed, SimulatorMissing, SpecError

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(shutil.which("ngspice") is None, reason="no ngspice: apt-get install ngspice"),
]

RC = "rc low-pass\nv1 in 0 dc 1 ac 1\nr1 in out 1k\nc1 out 0 1n\n"
CORNER_HZ = 1 / (2 * np.pi * 1e3 * 1e-9)
HUMAN = {
    "w1_um": 12.0, "wl1_um": 2.0, "wb1_um": 3.2, "w2_um": 4.0, "wl2_um": 2.8, "wb2_um": 5.8, "w3_um": 44.4,
    "wb3_um": 10.2, "wb_um": 2.0, "rb_kohm": 291.0,
}  # fmt: skip


def test_published_human_design():
    deck = to_spice(three_stage_netlist(), HUMAN)
    nodes, response, noise, again = run_analyses(
        deck, ["op", "ac dec 1000 1e4 1e9", "noise v(vouta) iina lin 1 1e6 1e6", "noise v(vouta) iina dec 1 1e6 1e7"]
    )
    power_w = -2.5 * nodes["vdd#branch"][0] + 2.5 * nodes["vss#branch"][0]
    assert power_w == pytest.approx(1.369437e-3, rel=1e-6)
    assert nodes["vo1a"][0] == pytest.approx(1.138423, abs=1e-6)
    gain_ohm = 2 * np.abs(response["vouta"])
    assert gain_ohm.max() == pytest.approx(20235.97, rel=1e-6)
    f3db_hz = response["frequency"].real[gain_ohm >= gain_ohm.max() / np.sqrt(2)][-1]
    assert f3db_hz == pytest.approx(90.90e6, rel=3e-3)
    assert noise["onoise_spectrum"].shape == (1,)
    assert noise["onoise_spectrum"][0] == pytest.approx(again["onoise_spectrum"][0], rel=1e-9)


def test_analyses_of_one_kind_are_kept_apart():
    asked = ["ac lin 1 1e3 1e3", "ac lin 1 1e5 1e5", "noise v(out) v1 lin 1 10 10", "noise v(out) v1 lin 3 20 40", "op"]
    asked += ["noise v(out) v1 lin 1 50 50", "ac lin 1 1e7 1e7"]
    found = run_analyses(RC, asked)
    assert [f.get("frequency", np.zeros(1)).real.tolist() for f in found] == [
        [1e3], [1e5], [10.0], [20.0, 30.0, 40.0], [0.0], [50.0], [1e7],
    ]  # fmt: skip
    assert [abs(f["out"][0]) for f in found if "out" in f] == pytest.approx(
        [1 / np.hypot(1, f / CORNER_HZ) for f in (1e3, 1e5, 0.0, 1e7)]
    )


def test_measures_of_every_analysis_and_expressions():
    deck = RC + ".param level=-3.0103\n.ac dec 50 1k 10meg\n.tran 10n 5u\n.op\n.meas ac f3_hz when vdb(out)=level\n"
    deck += ".meas ac double_hz param='f3_hz*2'\n.meas tran last_v max v(out)\n"
    answer = run_deck(deck, expressions={"loss_db": "vecmin(vdb(ac1.out))", "supply_v": "op1.v(in)"})
    assert answer.values["f3_hz"] == pytest.approx(CORNER_HZ, rel=1e-3)
    assert answer.values["double_hz"] == pytest.approx(2 * answer.values["f3_hz"], rel=1e-12)
    assert answer.values["last_v"] == pytest.approx(1.0)
    assert answer.values["supply_v"] == 1.0
    assert answer.values["loss_db"] == pytest.approx(-10 * np.log10(1 + (1e7 / CORNER_HZ) ** 2), rel=1e-9)


def test_measure_without_a_value_is_absent_and_explained():
    answer = run_deck(RC + ".ac dec 10 1 1g\n.meas ac f3 when vdb(out)=30\n.meas ac low min vdb(out)\n")
    assert "f3" not in answer.values
    assert "low" in answer.values
    assert "out of interval" in answer.printed


def test_control_block_of_the_user():
    deck = RC + ".control\nac dec 50 1k 10meg\nmeas ac f3_hz when vdb(out)=-3.0103\n.endc\n"
    assert run_deck(deck).values["f3_hz"] == pytest.approx(CORNER_HZ, rel=1e-3)


@pytest.mark.parametrize(
    ("deck", "said"),
    [
        ("t\nv1 a 0 1\nv2 a 0 2\n.op", "aborted"),
        ("t\ni2 0 b 1\nc1 b 0 1\n.op", "singular matrix: check node b"),
        ("t\nr1 a b {foo}\n.op", r"Undefined parameter \[foo\]"),
        ("t\nv1 a 0 1\nm1 a a a a nothing\n.op", "could not find a valid modelname"),
        ("t\n.include nope.lib\nr1 a 0 1\n.op", "Could not find include file nope.lib"),
        ("garbage\nthat is; not & a deck\n\x00\xff\n.op", "ngspice -b deck.cir: ."),
    ],
)
def test_failures_carry_ngspices_words(deck, said):
    with pytest.raises(SimulatorFailed, match=said):
        run_deck(deck)
    with pytest.raises(SimulatorFailed, match=said):
        run_analyses(deck.replace(".op", ""), ["op"])


def test_endless_analysis_is_stopped():
    started = time.monotonic()
    with pytest.raises(SimulatorFailed, match=r"no answer within 0\.5 s"):
        run_deck("t\nv1 a 0 sin(0 1 1meg)\nr1 a b 1\nc1 b 0 1\n.tran 1n 1000", timeout_s=0.5)
    assert time.monotonic() - started < 3.0
    with pytest.raises(SpecError, match="timeout_s"):
        run_deck(RC, timeout_s=0.0)


def test_ignored_model_parameter_fails_where_numbers_must_be_right():
    deck = "t\nv1 a 0 1\nm1 a a 0 0 n w=1u l=1u\n.model n nmos vto=1 acm=3\n"
    with pytest.raises(SimulatorFailed, match=r"unrecognized parameter \(acm\)"):
        run_analyses(deck, ["op"])
    assert run_deck(deck + ".op", expressions={"a": "v(a)"}).values == {"a": 1.0}


def test_check_deck_reads_without_running():
    check_deck("t\nv1 a 0 1\nv2 a 0 2\n.tran 1n 1000")  # it could never run, and need not
    with pytest.raises(SimulatorFailed, match="device already exists"):
        check_deck("t\nr1 a 0 1\nr1 a 0 2\n.op")


def test_empty_deck_is_a_failure():
    with pytest.raises(SimulatorFailed, match="no circuit"):
        run_analyses("", ["op"])


def test_given_folder_is_kept_and_any_other_is_not(tmp_path):
    run_deck(RC + ".op", folder=tmp_path)
    assert "rc low-pass" in (tmp_path / "deck.cir").read_text()


def test_missing_program_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SimulatorMissing, match="apt-get install ngspice"):
        find_program()
