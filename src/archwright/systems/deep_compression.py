"""Deep Compression: prune, share weights, code; a network in a fortieth of its bytes.

Paper: Han, Mao, Dally, "Deep Compression: Compressing Deep Neural Networks with Pruning, Trained Quantization and
Huffman Coding", ICLR 2016, arXiv:1510.00149. Most weights of a trained network can go if the rest is retrained; the
rest can share a few values per layer if those are trained too; and what is left, indices and codes, is far from
uniform, so that entropy coding takes another fifth.

What differs: the paper's LeNets learn MNIST, ours Fashion-MNIST, which is harder (89 % and 90 % instead of 98 % and
99 %); AlexNet and VGG-16 are counted from their published densities and bits, not trained; the other differences stand
in `compression.three_stages.pipeline`. The paper counts sizes, here a file is written and read back.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Points, Sheet
from archwright.systems.scope import Plan, Scope, best_score
from archwright.systems.summary import spread

if TYPE_CHECKING:
    from torch import nn

    from archwright.compression.plan import CompressionPlan
    from archwright.compression.three_stages.pipeline import Recipe
    from archwright.compression.three_stages.runs import Run
    from archwright.models.fashion_mnist import Split

DENSE_PERCENT, LARGEST_DROP = 88.5, 0.5
RATES = {"LeNet-300-100": 40.0, "LeNet-5": 49.0}
PUBLISHED_RATES = {"LeNet-300-100": 40.0, "LeNet-5": 39.0}
PRUNED_TIMES = {"LeNet-300-100": 12.2, "LeNet-5": 11.9, "AlexNet": 8.97, "VGG-16": 13.14}
CODERS = ("huffman", "range")
ENCODE_MB_S, DECODE_MB_S = 20.0, 100.0
PUBLISHED_KB = {"LeNet-300-100": 27.0, "LeNet-5": 44.0}
PUBLISHED_ERROR = {"LeNet-300-100": 1.58, "LeNet-5": 0.74}
SEEDS = range(5)
SEARCHES = ("tpe", "random")
SEARCHED_TRIALS, SEARCHED_IMAGES, SEARCHED_DROP = 60, 2_000, 0.005
"""Trials of each search for bits, validation images it looks at, and the accuracy it may lose before tuning."""


def deep_compression(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim of the paper that can be checked without its data, and ours beside."""
    from archwright.systems.pretrained_networks import pretrained_networks

    yield from published_tables()
    yield from speed(n=scope.choose(quick=2048, full=4096))
    yield from _where_installed("LeNets on Fashion-MNIST", fashion_lenets, scope)
    yield from _where_installed("LeNets on MNIST", digit_lenets, scope)
    yield from pretrained_networks(scope)


def _where_installed(
    name: str, claims: Callable[[Scope], Iterator[Claim | Evidence]], scope: Scope
) -> Iterator[Claim | Evidence]:
    """Claims, or what their data lack."""
    from archwright.core.errors import SimulatorMissing

    try:
        yield from claims(scope)
    except SimulatorMissing as missing:
        yield Claim(name, None, None, "", None, str(missing))


def fashion_lenets(scope: Scope) -> Iterator[Claim | Evidence]:
    """The two LeNets on Fashion-MNIST; in the full form also with fewer weights and searched bits."""
    from archwright.compression.three_stages.lenet_recipes import sparser_lenet_5
    from archwright.models.fashion_mnist import fashion_mnist

    data = fashion_mnist()
    for name, runs in all_runs(scope, "fashion", {"LeNet-300-100": (), "LeNet-5": ()}, SEEDS).items():
        yield from lenet(name, runs)
    if scope.is_full:
        (runs,) = all_runs(scope, "fashion", {"LeNet-5": (12, 20, 2)}, range(2)).values()
        yield from lenet("LeNet-5, trained for longer", runs)
        yield from sparser_lenet(sparser_lenet_5(), data, scope)


def digit_lenets(scope: Scope) -> Iterator[Claim | Evidence]:
    """The paper's own networks on 4,000 of its digits, judged by 1,000 others; plans are those for Fashion-MNIST."""
    from archwright.models.mnist_5k import mnist_5k

    mnist_5k()  # says so at once where they are not installed
    small = {"LeNet-300-100": (40, 60, 5)}
    found = all_runs(scope, "digits", scope.choose(quick=small, full=small | {"LeNet-5": (12, 25, 2)}), SEEDS)
    for name, runs in found.items():
        label = f"{name} on MNIST"
        yield from judge_digits(name, label, runs)
        yield stage_table(label, runs[0])


def all_runs(
    scope: Scope, data: str, epochs: Mapping[str, Sequence[int]], seeds: Sequence[int]
) -> dict[str, list[Run]]:
    """Every network with every seed; what is finished is stored.

    Args:
        scope: runs what is not stored yet.
        data: one of `three_stage_runs.DATA`.
        epochs: by network; none for the recipe's own.
        seeds: of the full form; the quick one runs the first.
    """
    from archwright.compression.three_stages.runs import ThreeStageRuns, run_of

    seeds = scope.choose(quick=seeds[:1], full=seeds)
    plans = {
        name: [
            Plan(
                f"three stages of {name} on {data} {'-'.join(map(str, each)) or 'as usual'}, seed {seed}",
                ThreeStageRuns(network=name, data=data, epochs=each), "random", 1, starts=[{"seed": seed}],
                pool="inline",
            )
            for seed in seeds
        ]
        for name, each in epochs.items()
    }  # fmt: skip
    found = scope.run_methods(plans)
    return {name: [run_of(table[0].metrics) for table in tables] for name, tables in found.items()}


def judge_digits(name: str, label: str, runs: Sequence[Run]) -> Iterator[Claim]:
    """Kilobytes and error beside the paper's.

    Args:
        name: of the network.
        label: for the claims.
        runs: one per seed.
    """
    kilobytes, wanted = [one.n_bytes / 1e3 for one in runs], PUBLISHED_KB[name]
    note = f"{len(runs)} seed(s); everything in the file"
    yield Claim(
        f"{label}, kB", wanted, spread(kilobytes), f"<= {wanted:g}", statistics.median(kilobytes) <= wanted, note
    )
    errors = [100.0 * (1.0 - one.test) for one in runs]
    dense = [100.0 * (1.0 - one.stages[0].test) for one in runs]
    note = "of 1,000 test images after 3,600 training images; the paper has 60,000 to learn from"
    is_met = statistics.median(errors) <= statistics.median(dense)
    yield Claim(f"{label}, error, %", PUBLISHED_ERROR[name], spread(errors), f"<= {spread(dense)}, the dense network's",
                is_met, note)  # fmt: skip


def published_tables() -> Iterator[Claim | Evidence]:
    """The paper's totals, recomputed from the sizes, densities and bits of its layers."""
    from archwright.compression.three_stages.published_networks import ALEXNET, NETWORKS

    rows = []
    for name, network in NETWORKS.items():
        rate, wanted = network.pruning_rate, PRUNED_TIMES[name]
        note = f"{network.n_kept:,} of {network.n_weights:,} weights stay"
        yield Claim(f"{name}, pruning", f"{network.pruned:g}x", f"{rate:.2f}x", f"{wanted}x", abs(rate - wanted) < 0.05,
                    note)  # fmt: skip
        low, high = network.quantised_rate(is_padded=True), network.quantised_rate(is_padded=False)
        is_met = 0.96 * low < network.quantised < high
        note = "from the padding that independent positions need to none at all"
        yield Claim(f"{name}, pruning and sharing", f"{network.quantised:g}x", f"{low:.1f}x to {high:.1f}x",
                    "the published rate, to 4 %", is_met, note)  # fmt: skip
        rows.append((name, f"{rate:.2f}x", f"{low:.1f}x", f"{high:.1f}x", f"{network.coded:g}x"))
    printed, coded = ALEXNET.printed_rate(), ALEXNET.coded_rate()
    yield Claim("AlexNet, Huffman, from the printed rates per layer", "35x", f"{printed:.1f}x", "within 2 %",
                abs(printed / 35.0 - 1.0) < 0.02)  # fmt: skip
    note = "from the printed bits per weight and index; no padding, no codebooks"
    yield Claim("AlexNet, Huffman, from the printed bits", "35x", f"{coded:.1f}x", "above 35x", coded > 35.0, note)
    heads = ("network", "pruning", "and sharing, padded", "not padded", "published, all stages")
    yield Sheet("The paper's networks, counted", heads, rows, "Weights only, without biases.")


def speed(n: int, shape: tuple[int, int] = (4096, 9216)) -> Iterator[Claim | Evidence]:
    """The codec and a product with a compressed layer.

    Args:
        n: rows and columns of the layer that is coded.
        shape: of the layer that is multiplied.
    """
    from archwright.compression.three_stages.rates import codec_rates, convolution_rates, pruned_layer, vector_rates

    layer = pruned_layer((n, n), 0.09, 5, rng=np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        for coder in CODERS:
            codec_rates(layer, coder, Path(folder), rounds=1)  # compiles
            rates = codec_rates(layer, coder, Path(folder))
            for name, rate, least in (("encode", rates.encode, ENCODE_MB_S), ("decode", rates.decode, DECODE_MB_S)):
                note = f"float32 weights of {n} by {n} at 9 %, one thread"
                yield Claim(f"{coder}, {name}, MB/s", None, rate, f">= {least:g}", rate >= least, note)
    drawn = pruned_layer(shape, 0.09, 5, rng=np.random.default_rng(0))
    product = vector_rates(drawn, rng=np.random.default_rng(1))
    note = f"fc6 of AlexNet: {1e3 * product.dense_s:.2f} ms dense in torch, {1e3 * product.compressed_s:.2f} ms"
    yield Claim("matrix times vector at 9 %, compressed against dense", "3x", f"{product.ratio:.2f}x", "> 1x",
                product.ratio > 1.0, note)  # fmt: skip
    filters = pruned_layer((384, 256, 3, 3), 0.35, 8, rng=np.random.default_rng(0))
    maps = convolution_rates(filters, 13, rng=np.random.default_rng(1))
    note = "conv3 of AlexNet; sparsity of this kind does not make convolutions faster"
    yield Claim("convolution at 35 %, compressed against dense", None, f"{maps.ratio:.2f}x", "", None, note)


def lenet(name: str, runs: Sequence[Run]) -> Iterator[Claim | Evidence]:
    """A network judged, and where its bytes went.

    Args:
        name: of the network.
        runs: one per seed.
    """
    yield from judge(name, runs)
    yield stage_table(name, runs[0])
    places = {stage.name: np.array([[stage.n_bytes / 1e3, 100.0 * stage.test]]) for stage in runs[0].stages}
    yield Points(f"{name}: accuracy over size, first seed", "size, kB", "test accuracy, %", places,
                 is_log=(True, False))  # fmt: skip


def judge(name: str, runs: Sequence[Run]) -> Iterator[Claim]:
    """Claims on the median over seeds.

    Args:
        name: of the network.
        runs: one per seed.
    """
    dense = [100.0 * one.stages[0].test for one in runs]
    middle = statistics.median(dense)
    seeds = f"{len(runs)} seed" + ("s, medians" if len(runs) > 1 else "")
    yield Claim(
        f"{name}, dense accuracy, %", None, spread(dense), f">= {DENSE_PERCENT}", middle >= DENSE_PERCENT, seeds
    )
    network = name.split(",")[0]
    rates, wanted = [one.rate for one in runs], RATES[network]
    note = f"{spread([one.n_bytes for one in runs], 6)} bytes in a file, biases and tables in it; {seeds}"
    yield Claim(f"{name}, dense bytes over file bytes", PUBLISHED_RATES[network], spread(rates), f">= {wanted:g}",
                statistics.median(rates) >= wanted, note)  # fmt: skip
    drops = [one.drop for one in runs]
    note = "test accuracy, dense minus what the file gives back; the paper's compressed LeNets gain 0.06 points"
    yield Claim(f"{name}, accuracy lost, points", -0.06, spread(drops, 2), f"<= {LARGEST_DROP}",
                statistics.median(drops) <= LARGEST_DROP, note)  # fmt: skip
    off = max(abs(one.n_bytes / one.stages[-1].n_bytes - 1.0) for one in runs)
    yield Claim(f"{name}, file size against count, %", None, 100.0 * off, "< 1", off < 0.01)
    is_same = all(one.test == one.stages[-1].test for one in runs)
    yield Claim(f"{name}, the file decodes to the same network", None, "yes" if is_same else "no", "yes", is_same)
    best = [min(one.packers.values()) / one.n_bytes for one in runs]
    note = "pruned and shared float32 weights in gzip, bzip2, xz (and zstd where installed), the smallest of them"
    yield Claim(f"{name}, general packers over ours", None, spread(best), "> 1", min(best) > 1.0, note)


def stage_table(name: str, one: Run) -> Sheet:
    """Sizes and accuracies after every stage.

    Args:
        name: of the network.
        one: its run.
    """
    stages = one.stages
    rows = [
        (stage.name, f"{stage.n_bytes:,}", f"{stages[0].n_bytes / stage.n_bytes:.1f}x",
         f"{100 * stage.validation:.2f} %", f"{100 * stage.test:.2f} %")
        for stage in stages
    ]  # fmt: skip
    rows.append(("the file", f"{one.n_bytes:,}", f"{one.rate:.1f}x", "", f"{100 * one.test:.2f} %"))
    rows += [(f"for comparison: {packer}", f"{n_bytes:,}", f"{stages[0].n_bytes / n_bytes:.1f}x", "", "")
             for packer, n_bytes in one.packers.items()]  # fmt: skip
    heads = ("stage", "bytes", "rate", "validation", "test")
    return Sheet(f"{name}: where the bytes went", heads, rows, "First seed. Everything is counted, biases too.")


def sparser_lenet(recipe: Recipe, data: Split, scope: Scope) -> Iterator[Claim | Evidence]:
    """LeNet-5 with fewer weights, their bits searched: beyond 49 times at no loss.

    Args:
        recipe: densities, and how to train.
        data: to learn from and to be judged by.
        scope: runs the searches.
    """
    from archwright.compression.three_stages.runs import run

    tables: dict[str, list[Any]] = {}

    def replan(model: nn.Module) -> CompressionPlan:
        plan, found = _searched_bits(model, recipe, data, scope)
        tables.update(found)
        return plan

    one = run(recipe, data, 0, say=lambda what: scope.say(f"LeNet-5, fewer weights: {what}"), replan=replan)
    name, note = "LeNet-5, fewer weights, bits searched", f"{one.n_bytes:,} bytes in a file; seed 0"
    yield Claim(f"{name}: dense bytes over file bytes", 39, one.rate, "> 49", one.rate > 49.0, note)
    note = f"{100 * one.test:.2f} % of the test images; the dense network learned for {recipe.epochs[0]} epochs"
    yield Claim(f"{name}: accuracy lost, points", -0.06, one.drop, "<= 0", one.drop <= 0.0, note)
    yield stage_table("LeNet-5, fewer weights", one)
    yield Curves("LeNet-5, fewer weights: bits of the codes", tables, SEARCHED_TRIALS, note="Before tuning.")


def _searched_bits(
    model: nn.Module, recipe: Recipe, data: Split, scope: Scope
) -> tuple[CompressionPlan, Mapping[str, list[Any]]]:
    """The plan with the bits that the first search found best, and the tables of all of them."""
    from archwright.compression.weights.code_bits import CodeBits
    from archwright.compression.weights.retrain import accuracy
    from archwright.models.fashion_mnist import Labelled

    judged = Labelled(data.validation.images[:SEARCHED_IMAGES], data.validation.labels[:SEARCHED_IMAGES])
    problem = CodeBits(model, recipe.plan, judged, accuracy(model, judged) - SEARCHED_DROP)
    tables = scope.run_methods(
        {name: [Plan(f"{name} {problem.version}", problem, name, SEARCHED_TRIALS)] for name in SEARCHES}
    )
    trials = tables[SEARCHES[0]][0]
    wanted = best_score(trials)
    best = next((one for one in trials if one.is_feasible and one.score == wanted), None)
    return (recipe.plan if best is None else problem.plan_of(best.design)), tables
