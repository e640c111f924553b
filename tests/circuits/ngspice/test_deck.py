import textwrap

from archwright.circuits.ngspice.deck import RESULT, batch_files, printed_values, read_deck

TEXT = textwrap.dedent("""\
    .ac stands in the title and is no analysis
    * a comment
    v1 in 0 dc 1 ac 1
    r1 in out
    + 1k
    c1 out 0 1n

    .AC dec 10 1 1g
    .op
    .meas ac F3DB when vdb(out)=-3
    .measure tran slew max v(out)
    .tran 1u 1m
    .end
    """)


def test_deck_is_taken_apart():
    deck = read_deck(TEXT)
    assert deck.circuit == ("v1 in 0 dc 1 ac 1", "r1 in out 1k", "c1 out 0 1n")
    assert deck.analyses == (".AC dec 10 1 1g", ".op", ".tran 1u 1m")
    assert deck.measure_names == ("f3db", "slew")
    assert deck.control == ()


def test_each_analysis_gets_a_file_with_its_own_measures():
    files = batch_files(read_deck(TEXT), {"peak": "vecmax(vdb(ac1.out))"})
    assert list(files) == ["analysis_1.cir", "analysis_2.cir", "deck.cir"]
    assert ".meas ac" in files["deck.cir"] and ".measure tran" not in files["deck.cir"]
    assert ".op" in files["analysis_1.cir"] and ".meas" not in files["analysis_1.cir"]
    assert ".measure tran" in files["analysis_2.cir"]
    control = files["deck.cir"].split(".control\n")[1].split(".endc")[0].splitlines()
    assert control == [
        "set num_threads=1", "set numdgt=16", "run", "source analysis_1.cir", "run", "source analysis_2.cir", "run",
        f"let {RESULT}0 = vecmax(vdb(ac1.out))", f"print {RESULT}0", "quit",
    ]  # fmt: skip


def test_control_block_of_the_user_runs_as_it_is_on_one_thread():
    files = batch_files(read_deck("t\nr1 a 0 1\n.control\nop\nprint v(a)\n.endc\n.end\n"), {})
    lines = files["deck.cir"].splitlines()
    assert lines[lines.index(".control") : lines.index(".endc")] == [
        ".control", "set num_threads=1", "set numdgt=16", "op", "print v(a)", "quit",
    ]  # fmt: skip


def test_empty_text_is_an_empty_deck():
    assert read_deck("").circuit == ()
    assert "deck.cir" in batch_files(read_deck(""), {})


def test_printed_values():
    printed = (
        "f3 = 1.5e+05\npeak  =  2.000000e+00 at=  1.0e+03\nF6=3\nbad = nothing\nm failed!\nv(a) = 1\n"
        f"{RESULT}0 = -1.25e-03\nx = nan\n"
    )
    found = printed_values(printed, {"power_w": "anything", "other": "anything"})
    assert {k: v for k, v in found.items() if v == v} == {"f3": 1.5e5, "peak": 2.0, "f6": 3.0, "power_w": -1.25e-3}
    assert "x" in found  # a printed nan is kept: the reader of measures has to say so
