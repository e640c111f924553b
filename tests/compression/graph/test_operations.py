from archwright.compression.graph.operations import Operation, Program, Weight


def test_programs_compare_by_what_they_hold():
    programs = [
        Program(
            {"w": Weight((2, 3))}, {"w": (2, 3)}, (Operation("linear", ("x", "w"), ("y",), {"axes": (0, 1)}),), ("y",)
        )
        for _ in range(2)
    ]
    assert programs[0] == programs[1]
    assert Weight((2,)).is_parameter and Weight((2,)).item_bytes == 4
