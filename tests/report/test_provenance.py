import dataclasses
import shlex

from archwright.report.provenance import command, provenance_rows


def test_the_command_repeats_everything_that_defines_the_study(make_subject):
    spec = make_subject(0).spec
    words = shlex.split(command(spec, 500))
    assert words[:3] == ["archwright", "run", "beam"]
    pairs = list(zip(words[3::2], words[4::2], strict=True))
    assert ("--trials", "500") in pairs and ("--seed", "3") in pairs and ("--batch", "8") in pairs
    assert [value for name, value in pairs if name == "--goal"] == list(spec.goals)
    assert ("--option", "population=5") in pairs and ("--name", "first") in pairs


def test_options_of_the_problem_are_quoted_for_the_shell(make_subject):
    text = command(dataclasses.replace(make_subject(0).spec, problem="beam[kind=round]"), 1)
    assert text.startswith("archwright run 'beam[kind=round]' --with") and shlex.split(text)[2] == "beam[kind=round]"


def test_rows_name_versions_seed_simulator_time_and_machine(make_subject):
    subject = make_subject(100)
    rows = dict(provenance_rows(subject.spec, subject.counts))
    assert rows["Problem"] == "beam, version 2"
    assert rows["Optimizer"] == "random, population = 5"
    assert rows["Trials"] == "100, of which 90 simulated and 10 from the cache"
    assert rows["Simulator time"] == "1 s in all, 11.1 ms a design"
    assert rows["Versions"] == "archwright 0.1.0" and rows["Machine"] == "Linux"
    assert rows["Seed and batch"] == "seed 3, 8 designs a batch"


def test_an_empty_study_took_no_time(make_subject):
    subject = make_subject(0)
    assert dict(provenance_rows(subject.spec, subject.counts))["Simulator time"] == "0 s in all, 0 ms a design"
