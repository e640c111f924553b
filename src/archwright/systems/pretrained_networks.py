"""Deep Compression on two networks that others trained, as far as it goes without their data: no pruning, no tuning.

Weights, photos and sentences come out of installed packages; what is missing is said, and the rest goes on. The paper's
k-means stands beside even grids (`compression.weights.without_training`), nearest or by a look at inputs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from archwright.systems.claim import Claim
from archwright.systems.evidence import Evidence, Points, Sheet
from archwright.systems.scope import Scope

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archwright.compression.codec.packed import PackedTensor

LIKENESS = 0.99
"""Mean cosine of outputs that is demanded."""
N_SENTENCES = 100
SMALLEST = 1e-7
"""Distance below which sums in float32 say nothing."""
CLUSTERED, NEAREST, BY_INPUTS = "k-means, equal bits", "even grids", "even grids, by inputs"


@dataclass(frozen=True)
class Pretrained:
    """A network that others trained.

    Args:
        name: of it.
        build: makes it, with its weights.
        seen: inputs that may be looked at while it is compressed.
        judged: inputs that judge.
        likeness: cosine of each output with what it should be.
        likeness_of: what the cosine is of.
        rate: dense bytes over file bytes that is demanded.
    """

    name: str
    build: Callable[[], nn.Module]
    seen: Tensor
    judged: Tensor
    likeness: Callable[[Tensor, Tensor], Tensor]
    likeness_of: str
    rate: float


class Rounded(NamedTuple):
    """A trained network in a file.

    Args:
        series: how it was rounded.
        level: bits, or the sum of noise to signal.
        n_bytes: of the file.
        rate: dense bytes over these.
        mean, least: cosine of outputs.
        agreement: share of inputs with the same largest output.
    """

    series: str
    level: float
    n_bytes: int
    rate: float
    mean: float
    least: float
    agreement: float


def pretrained_networks(scope: Scope) -> Iterator[Claim | Evidence]:
    """Size against likeness of two networks that others trained."""
    from archwright.core.errors import SimulatorMissing

    for name, build in (("EfficientNet-Lite0", efficientnet), ("MiniLM", minilm)):
        scope.say(name)
        try:
            network = build()
        except SimulatorMissing as missing:
            yield Claim(f"{name}, dense bytes over file bytes", None, None, "", None, str(missing))
            continue
        yield from compress_pretrained(
            network,
            bits=scope.choose(quick=(8,), full=(8, 7, 6, 5, 4)),
            noises=scope.choose(quick=(0.02, 0.1), full=(0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)),
            scope=scope,
        )


def efficientnet() -> Pretrained:
    """EfficientNet-Lite0 on photos; eight others may be looked at."""
    import torch

    from archwright.models.efficientnet_lite import trained_efficientnet_lite0
    from archwright.models.photos import CALIBRATION, photos

    def likeness(outputs: Tensor, wanted: Tensor) -> Tensor:
        outputs, wanted = (one - one.mean(1, keepdim=True) for one in (outputs, wanted))  # softmax does not see it
        return torch.nn.functional.cosine_similarity(outputs, wanted)

    trained_efficientnet_lite0()  # says what is missing before anything else runs
    seen, judged = torch.from_numpy(photos(CALIBRATION).inputs), torch.from_numpy(photos().inputs)
    return Pretrained("EfficientNet-Lite0", trained_efficientnet_lite0, seen, judged, likeness, "logits", 4.0)


def minilm() -> Pretrained:
    """MiniLM on English sentences; as many others may be looked at."""
    from torch.nn.functional import cosine_similarity

    from archwright.models.english import english_sentences
    from archwright.models.minilm import tokenize, trained_minilm

    trained_minilm()
    sentences = english_sentences(2 * N_SENTENCES)
    seen, judged = tokenize(sentences[1::2]), tokenize(sentences[::2])
    return Pretrained("MiniLM", trained_minilm, seen, judged, cosine_similarity, "embeddings", 6.0)


def compress_pretrained(
    network: Pretrained, *, bits: Sequence[int], noises: Sequence[float], scope: Scope
) -> Iterator[Claim | Evidence]:
    """Write a trained network in several sizes and judge what comes back.

    Args:
        network: and what judges it.
        bits: of k-means, the same in all layers.
        noises: of even grids, with and without a look at inputs.
        scope: is told what runs.
    """
    from archwright.compression.apply import apply_plan
    from archwright.compression.weights.without_training import clustered_plan, input_grams, round_model
    from archwright.learning.seeding import one_thread

    with one_thread():
        model, rng = network.build(), np.random.default_rng(0)
        weights = {name: one.detach().numpy() for name, one in model.named_parameters()}
        wanted = model(network.judged)
        grams = input_grams(model, [network.seen], rng=rng)
        found = []
        for n in bits:
            scope.say(f"{network.name}: {CLUSTERED}, {n}")
            packed = apply_plan(weights, clustered_plan(weights, n), rng=rng)
            found.append(_judged(network, wanted, CLUSTERED, n, packed))
        for series, known in ((NEAREST, None), (BY_INPUTS, grams)):
            for noise in noises:
                scope.say(f"{network.name}: {series}, {noise:g}")
                found.append(_judged(network, wanted, series, noise, round_model(weights, noise, known)))
    yield from _claims(network, found)
    yield from _frontier(network, found)


def _judged(network: Pretrained, wanted: Tensor, series: str, level: float, packed: Sequence[PackedTensor]) -> Rounded:
    """Write the file, read it, and compare what comes out of the network."""
    import torch

    from archwright.compression.codec.model_file import load_model, write_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.awz"
        n_bytes = write_model(path, packed)
        back = load_model(path)
    model = network.build()
    model.load_state_dict({name: torch.from_numpy(one.astype(np.float32)) for name, one in back.items()})
    outputs = model(network.judged)
    likeness = network.likeness(outputs, wanted)
    dense = 4 * sum(one.numel() for one in model.parameters())
    agreement = float((outputs.argmax(1) == wanted.argmax(1)).float().mean())
    return Rounded(series, level, n_bytes, dense / n_bytes, float(likeness.mean()), float(likeness.min()), agreement)


def _claims(network: Pretrained, found: Sequence[Rounded]) -> Iterator[Claim]:
    """The smallest file of every series whose outputs are alike enough; the target is for the last one."""
    for series in (CLUSTERED, NEAREST, BY_INPUTS):
        alike = [one for one in found if one.series == series and one.mean >= LIKENESS]
        best = max(alike, key=lambda one: one.rate, default=None)
        note = _note(network, best) if best else f"none of those tried reaches {LIKENESS}"
        name = f"{network.name}, {series}: rate at a cosine of {network.likeness_of} >= {LIKENESS}"
        is_asked, rate = series == BY_INPUTS, best.rate if best else None
        is_met = rate is not None and rate >= network.rate
        target = f">= {network.rate:g}" if is_asked else ""
        yield Claim(name, None, rate, target, is_met if is_asked else None, note)


def _note(network: Pretrained, best: Rounded) -> str:
    note = f"{best.n_bytes / 1e6:.2f} MB; level {best.level:g}; mean {best.mean:.4f}, least {best.least:.4f}"
    return f"{note}; same first class: {best.agreement:.1%}" if network.likeness_of == "logits" else note


def _frontier(network: Pretrained, found: Sequence[Rounded]) -> Iterator[Evidence]:
    """Size against distance from the dense outputs, as a picture and as a table."""
    series = {
        name: np.array([(one.n_bytes / 1e6, max(1.0 - one.mean, SMALLEST)) for one in found if one.series == name])
        for name in (CLUSTERED, NEAREST, BY_INPUTS)
    }
    distance = f"1 - mean cosine of {network.likeness_of}"
    yield Points(f"{network.name}: distance over size", "size, MB", distance, series, is_log=(False, True))
    heads = ("how", "bits, or noise", "bytes", "rate", "mean cosine", "least cosine", "same largest output")
    rows = [
        (one.series, f"{one.level:g}", f"{one.n_bytes:,}", f"{one.rate:.2f}x", f"{one.mean:.4f}", f"{one.least:.4f}",
         f"{one.agreement:.1%}")
        for one in found
    ]  # fmt: skip
    yield Sheet(f"{network.name}: size and likeness", heads, rows, "Real files, everything in them.")
