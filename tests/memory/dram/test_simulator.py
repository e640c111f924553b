"""The simulator on the command line."""

import json

import pytest

from archwright.cli.app import run_app
from archwright.core.errors import SpecError
from archwright.memory.dram import DramSimulator


def test_the_command_prints_every_metric(capsys):
    run_app(["simulate", "dram", "stream", "--set", "refresh_policy=no-refresh", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["parts"]["stream"]["time_s"] == pytest.approx(50.025e-6)
    assert set(found["parts"]["stream"]) == set(found["units"])


def test_a_wrong_option_is_refused():
    with pytest.raises(SpecError, match="page_policy: 'ajar'"):
        DramSimulator(page_policy="ajar")
