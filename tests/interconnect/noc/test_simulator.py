"""The simulator on the command line."""

import json

import pytest

from archwright.cli.app import run_app
from archwright.core.errors import SpecError
from archwright.interconnect.noc import NocSimulator


def test_the_command_prints_every_metric(capsys):
    run_app(["simulate", "noc", "shuffle", "--set", "columns=4", "--set", "rows=4", "--set", "load=0.2", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert 10 < found["parts"]["shuffle"]["latency_cycles"] < 25
    assert set(found["parts"]["shuffle"]) == set(found["units"])


def test_a_file_of_packets_is_played_to_its_end(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("cycle,source,destination,flits\n0,0,15,1\n100,15,0,1\n")
    found = NocSimulator(columns=4, rows=4).run(str(path))["two"]
    assert found["latency_cycles"] == 30.0 and found["cycles"] == pytest.approx(131, abs=1)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"topology": "hypercube"}, "topology: 'hypercube'"), ({"routing": "zigzag"}, "routing: 'zigzag'"),
        ({"load": 1.2}, "load: 1.2"), ({"columns": 1}, "columns: 1"), ({"n_vcs": 99}, "n_vcs: 99"),
        ({"buffer_flits": 0}, "buffer_flits: 0"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(options, line):
    with pytest.raises(SpecError, match=line):
        NocSimulator(**options)


def test_bursts_wait_longer():
    plain, bursts = (NocSimulator(columns=4, rows=4, load=0.15, bursts=one).run("uniform") for one in (False, True))
    assert bursts["uniform"]["latency_cycles"] > plain["uniform"]["latency_cycles"]
