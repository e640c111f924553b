import pytest

from archwright.compression.budget import parse_budget
from archwright.compression.compress import Compressed, LayerChange
from archwright.compression.three_stages.pipeline import Stage
from archwright.report.compression_page import MOST_BARS, bars, compression_page, layer_row, measure_rows, stage_rows


def layer(name, size):
    return LayerChange(name, (900, 400), (300, 200), (size, size // 10), 12.5, 4)


@pytest.fixture
def found():
    stages = [Stage("as it was", 40_000, 0.9, 0.89), Stage("tuned", 1_000, 0.895, 0.885)]
    before = {"quality": 0.89, "bytes": 40_000.0, "macs": 1_800.0, "latency_ms": 2.0}
    after = {"quality": 0.885, "bytes": 1_000.0, "macs": 800.0, "latency_ms": 1.0}
    budgets = [parse_budget("bytes <= 1024"), parse_budget("macs <= 50%")]
    return Compressed(None, [], stages, before, after, [layer("fc1", 30_000), layer("fc2", 9_000)], budgets)


def test_the_page_shows_all_of_it(found):
    page = compression_page(found, "net.pt", {"net.awz": 1_000}, "archwright compress net.pt")
    assert "40,000 bytes became 1,000 (40.0x), accuracy on test data 89.00 % became 88.50 %." in page
    for text in ("fc1", "fc2", "net.awz", "archwright compress net.pt", "<svg"):
        assert text in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_rows_stand_beside_their_budgets(found):
    assert stage_rows(found)[1] == ("tuned", "1,000", "40.0x", "89.50 %", "88.50 %")
    rows = {row[0].split(" ")[0]: row[3:] for row in measure_rows(found)}
    assert rows["bytes"] == ("2.5 %", "1,024") and rows["macs"] == ("44.4 %", "900")
    assert rows["latency"] == ("50.0 %", "-")
    assert layer_row(found.layers[0])[3:] == ("30,000 to 3,000", "12.5 %", "4")


def test_a_deep_network_shows_its_largest_layers(found):
    drawn = bars([layer(f"layer{k}", 100 + k) for k in range(MOST_BARS + 5)])
    assert "layer64" in drawn and ">layer4<" not in drawn
