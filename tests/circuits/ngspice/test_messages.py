import pytest

from archwright.circuits.ngspice.messages import cleaned, input_errors, is_answer, useful_tail

CONVERGED_BY_GMIN = [
    "stderr Warning: singular matrix:  check node x",
    "stderr Note: Starting dynamic gmin stepping",
    "stderr Trying gmin =   1.0000E-03 Note: One successful gmin step",
    "stderr Note: Dynamic gmin stepping completed",
    "stdout No. of Data Rows : 1",
]
ANSWERED_BY_RAMP = [
    "stderr Warning: singular matrix:  check node b",
    "stderr Warning: source stepping failed",
    "stderr Note: Transient op started",
    "stderr Note: Transient op finished successfully",
    "stdout No. of Data Rows : 1",
]
NO_CONVERGENCE = [
    "stderr Note: Starting source stepping",
    "stderr Supplies reduced to   0.0000% ",
    "stderr Error: Transient op failed, timestep too small",
    "stdout DC solution failed -",
    "stdout Last Node Voltages",
    "stdout ------------------",
    "stdout Node                                   Last Voltage        Previous Iter",
    "stdout a                                              -nan                 -nan",
    "stderr doAnalyses: OP:  Timestep too small; trouble with dm-instance d1",
    "stderr op simulation(s) aborted",
]


def test_singular_matrix_solved_by_gmin_stepping_is_an_answer():
    assert is_answer(CONVERGED_BY_GMIN)


def test_singular_matrix_answered_by_the_transient_operating_point_is_none():
    assert not is_answer(ANSWERED_BY_RAMP)
    assert useful_tail(ANSWERED_BY_RAMP) == "Warning: singular matrix: check node b"


def test_no_convergence_names_the_device_and_hides_the_table():
    assert not is_answer(NO_CONVERGENCE)
    assert useful_tail(NO_CONVERGENCE).splitlines() == [
        "Error: Transient op failed, timestep too small",
        "doAnalyses: OP: Timestep too small; trouble with dm-instance d1",
        "op simulation(s) aborted",
    ]


def test_errors_inside_newton_are_forgiven_when_the_analysis_finished():
    assert is_answer(["stderr Error: -1 out of range for sqrt", "stdout No. of Data Rows : 1"])


@pytest.mark.parametrize(
    "line",
    [
        "stderr Error: no such device or model name r77",
        "stderr unrecognized parameter (blah) - ignored",
        "stderr warning, can't find model 'foo' from line",
        "stderr Undefined parameter [foo]",
        "stderr unimplemented control card - error",
        "stderr Error: Could not find include file nothere.lib",
    ],
)
def test_input_errors_are_seen(line):
    assert input_errors(["stdout Circuit: t", line]) == [cleaned(line)]


def test_notes_are_no_input_errors():
    assert input_errors(["stdout Note: No compatibility mode selected!", "stderr Note: v1: has no value"]) == []


def test_tail_keeps_the_last_of_equal_lines_and_at_most_n():
    assert useful_tail(["a b c", "one thing", "a b c"]) == "one thing\na b c"
    assert useful_tail([f"message number {n}" for n in "abcdef"], 2) == "message number e\nmessage number f"
