import json
from pathlib import Path

import pytest
import torch

from archwright.compression.codec.model_file import load_model
from archwright.models.lenet import LeNet300

WORDS = ("--data", "drawn-images", "--network", "archwright.models.lenet:LeNet300", "--with", "random", "--trials", "2")


@pytest.fixture
def weights(here):
    torch.manual_seed(0)
    torch.save(LeNet300().state_dict(), "net.pt")


def test_a_network_is_compressed_into_files_and_a_report(weights, archwright):
    done = archwright("compress", "net.pt", "--budget", "bytes <= 10%", "--epochs", "0", *WORDS)
    assert done.code == 0 and done.err == "", done.err
    assert "pruned and shared" in done.out and "written: net-compressed.awz" in done.out
    assert Path("net-compressed.awz").stat().st_size <= 0.1 * Path("net.pt").stat().st_size
    assert set(load_model(Path("net-compressed.awz"))) == set(LeNet300().state_dict())
    page = Path("net-compressed.html").read_text()
    assert "Where the bytes went" in page and "ip1" in page


def test_json_says_all_of_it(weights, archwright):
    words = ("--budget", "cycles <= 40%", "--on", "eie", "--epochs", "1", "--out", "small", "--json")
    done = archwright("compress", "net.pt", *words, *WORDS)
    found = json.loads(done.out)
    assert found["budgets"] == ["cycles <= 40%"] and found["after"]["cycles"] <= 0.4 * found["before"]["cycles"]
    assert [stage["name"] for stage in found["stages"]][:4] == ["as it was", "pruned and shared", "healed", "tuned"]
    assert sorted(found["files"]) == ["small.awz", "small.html", "small.onnx", "small.safetensors"]
    assert [layer["name"] for layer in found["layers"]] == ["ip1", "ip2", "ip3"]


def test_the_model_itself_is_not_overwritten(here, archwright):
    Path("net.onnx").write_bytes(b"a model")
    done = archwright("compress", "net.onnx", "--budget", "bytes <= 10%", "--data", "drawn-images", "--out", "./net")
    assert done.code == 2 and done.err.count("\n") == 1
    assert "--out: 'net' is not possible; allowed: another stem: net.onnx would be overwritten" in done.err, done.err
    assert Path("net.onnx").read_bytes() == b"a model"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("none.pt", "--budget", "bytes <= 10%"), "MODEL: 'none.pt' is not possible"),
        (("net.pt", "--budget", "bytes < 10"), "budget: 'bytes < 10' is not possible"),
        (("net.pt", "--budget", "bytes <= 10"), "or more, which is the smallest"),
        (("net.pt", "--budget", "bytes <= 10%", "--method", "magic"), "methods: 'magic'"),
        (("net.pt", "--budget", "bytes <= 10%", "--on", "eei"), "did you mean"),
        (("net.pt", "--budget", "bytes <= 10%", "--with", "ddgp"), "did you mean"),
    ],
)
def test_mistakes_are_one_line(weights, archwright, words, line):
    done = archwright("compress", *words, *WORDS[: 4 if "--with" in words else None])
    assert done.code == 2 and done.out == ""
    assert done.err.count("\n") == 1 and line in done.err, done.err
