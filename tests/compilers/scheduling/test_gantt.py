import xml.etree.ElementTree as ElementTree

import pytest

from archwright.compilers.scheduling.gantt import COLORS, draw_gantt
from archwright.compilers.scheduling.heft import heft
from archwright.compilers.scheduling.schedule import schedule
from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.compilers.scheduling.workloads import built_in

SVG = "{http://www.w3.org/2000/svg}"


def test_every_task_has_a_bar_as_long_as_its_duration_on_its_lane():
    graph = built_in("cholesky-4")
    plan = heft(graph)
    picture = ElementTree.fromstring(draw_gantt(graph, plan, "HEFT"))
    bars = [one for one in picture.iter(f"{SVG}rect") if one.find(f"{SVG}title") is not None]
    assert [bar.find(f"{SVG}title").text.partition(":")[0] for bar in bars] == [graph.tasks[i] for i in plan.order]
    scale = {
        round(float(bar.get("width")) / (plan.finish_us[i] - plan.start_us[i]), 2)
        for bar, i in zip(bars, plan.order, strict=True)
    }
    assert len(scale) == 1
    assert len({bar.get("y") for bar in bars}) == 2
    assert {bar.get("fill") for bar in bars} == set(COLORS[:4]), "one color per kind of task"


def test_every_transfer_between_machines_has_a_line():
    graph = TaskGraph.read({"tasks": {"a": 1.0, "b": 1.0, "c": 1.0}, "edges": [["a", "b", 1.0], ["a", "c", 1.0]]})

    def lines(machine):
        picture = ElementTree.fromstring(draw_gantt(graph, schedule(graph, [0, 1, 2], machine), "x"))
        return sum(one.get("stroke") == "#bbb" for one in picture.iter(f"{SVG}line"))

    assert (lines([0, 0, 0]), lines([0, 0, 1]), lines([1, 0, 0])) == (0, 1, 2)


@pytest.mark.parametrize("end_us", [0.034, 1.0, 3977.1, 9.99, 1e6])
def test_the_time_axis_has_round_numbers_up_to_the_end(end_us):
    graph = TaskGraph.read({"tasks": {"a": end_us}})
    picture = ElementTree.fromstring(draw_gantt(graph, schedule(graph, [0], [0]), "x"))
    times = [float(one.text[:-3]) for one in picture.iter(f"{SVG}text") if one.text and one.text.endswith(" us")]
    assert times[0] == 0.0 and times[-1] <= end_us < times[-1] + times[1] * (1 + 1e-6) and 4 <= len(times) <= 11
    assert all(len(f"{time:g}") <= 6 for time in times)


def test_kinds_of_tasks_have_a_legend_unless_there_are_too_many():
    def circles(graph):
        picture = ElementTree.fromstring(draw_gantt(graph, heft(graph), "x"))
        return len(list(picture.iter(f"{SVG}circle")))

    many = TaskGraph.read({"tasks": {f"task {i}": 1.0 for i in range(9)}})
    assert (circles(built_in("cholesky-3")), circles(many)) == (4, 0)


def test_names_are_escaped():
    graph = TaskGraph.read({"tasks": {"<a & b>": 1.0}}, machines=("<x>", "y"))
    picture = draw_gantt(graph, schedule(graph, [0], [0]), "<title>")
    assert ElementTree.fromstring(picture).find(f"{SVG}text").text == "<title>"
