"""Compress a network into hard budgets: narrow it, prune its weights, share them, heal it, and write the files.

    compress(model, data, "bytes <= 30000", optimizer="ddpg").write(Path("small"))

Budgets on operations, parameters and latency decide widths (`width_search`); budgets on bytes, cycles and energy decide
densities and bits (`weights.search`). Both are walls: no design that is tried is above a budget, and what is written is
counted again. The optimizer sees validation data alone; test data are looked at for the report, never chosen by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archwright.compression.budget import Budget, parse_budget, within
from archwright.compression.codec.accounting import model_bytes, tensor_bytes
from archwright.compression.codec.model_file import write_model
from archwright.compression.codec.packed import PackedTensor, pack_raw
from archwright.compression.export import write_safetensors
from archwright.compression.layer_table import PERCENTS, UNSHARED, Choices, LayerTable
from archwright.compression.measure import Target, taken
from archwright.compression.subjects import OnnxSubject, Subject, TorchSubject
from archwright.compression.three_stages.pipeline import Stage
from archwright.core.errors import SpecError, check_name
from archwright.core.study import Study

if TYPE_CHECKING:
    import torch

    from archwright.compression.weights.search import WeightSearch
    from archwright.core.optimizer import Optimizer
    from archwright.models.fashion_mnist import Labelled, Split

METHODS = ("channels", "prune", "share")
WIDTH_MEASURES = ("macs", "parameters", "activations", "latency_ms")
N_JUDGED = 2_000
"""Validation examples that a design is scored by."""
Say = Callable[[str], None]


def _silent(what: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Search:
    """How designs are looked for.

    Args:
        optimizer: a catalogue name, or a class like those in `archwright.optimizers`.
        trials: designs per search.
        epochs: of healing and of tuning afterwards; 0 leaves weights as they are.
        seed: of everything.
        say: is told what runs now.
    """

    optimizer: str | Callable[..., Optimizer] = "ddpg"
    trials: int = 100
    epochs: int = 1
    seed: int = 0
    say: Say = _silent


class LayerChange(NamedTuple):
    """What became of a layer.

    Args:
        name: of it.
        macs, parameters, n_bytes: before and after; bytes as stored.
        percent: of its weights that are stored.
        bits: of a weight's code; 32 where weights are stored themselves.
    """

    name: str
    macs: tuple[int, int]
    parameters: tuple[int, int]
    n_bytes: tuple[int, int]
    percent: float
    bits: int


@dataclass(frozen=True)
class Compressed:
    """A compressed network.

    Args:
        subject: runs it, with the weights that are stored.
        tensors: as they are stored.
        stages: bytes and accuracies after each step.
        before, after: measures of the network; see `MEASURES` in `budget`.
        layers: what became of each.
        budgets: that hold.
    """

    subject: Subject
    tensors: Sequence[PackedTensor]
    stages: Sequence[Stage]
    before: Mapping[str, float]
    after: Mapping[str, float]
    layers: Sequence[LayerChange]
    budgets: Sequence[Budget]

    @property
    def weights(self) -> dict[str, Any]:
        """Dense weights by name, as the file gives them back."""
        return {one.name: one.to_dense() for one in self.tensors}

    @property
    def model(self) -> torch.nn.Module:
        """The compressed module.

        Raises:
            SpecError: it is an ONNX model.
        """
        if not isinstance(self.subject, TorchSubject):
            raise SpecError("model", "onnx", "a torch module; `onnx` of the subject gives the compressed ONNX model")
        return self.subject.with_weights(self.weights)

    def write(self, stem: Path) -> dict[str, int]:
        """Write `.awz`, `.onnx` and `.safetensors` files.

        Args:
            stem: path without an ending.

        Returns:
            Bytes by name of the file.
        """
        paths = [stem.with_name(f"{stem.name}.{ending}") for ending in ("awz", "onnx", "safetensors")]
        weights = self.weights
        write_model(paths[0], self.tensors)
        paths[1].write_bytes(self.subject.onnx(weights))
        write_safetensors(paths[2], weights)
        return {str(path): path.stat().st_size for path in paths}


def compress(
    model: torch.nn.Module | bytes,
    data: Split,
    budget: str | Sequence[str],
    methods: Sequence[str] = (),
    optimizer: str | Callable[..., Optimizer] = "ddpg",
    *,
    trials: int = 100,
    epochs: int = 1,
    target: Target | None = None,
    seed: int = 0,
    say: Say = _silent,
) -> Compressed:
    """Compress a trained network.

    Args:
        model: a module of logits, which is not changed, or the bytes of an ONNX model, which cannot be trained.
        data: the training part heals, the validation part chooses, the test part is only reported.
        budget: one or several, such as `bytes <= 1e6` or `macs <= 50%`.
        methods: some of `channels`, `prune`, `share`; those that the budgets need if left out.
        optimizer: a catalogue name, or a class like those in `archwright.optimizers`.
        trials: designs that each search tries.
        epochs: of healing and of tuning after the search.
        target: latency and a simulated machine for the measures before and after.
        seed: of everything.
        say: is told what runs now.

    Raises:
        SpecError: an unknown operator, a budget that cannot be reached or needs a method that is not asked for, or data
            that do not fit; one line.
    """
    budgets = [parse_budget(one) for one in ([budget] if isinstance(budget, str) else budget)]
    used, wanted = _methods(budgets, methods), _target(budgets, target)
    _check(data, budgets, wanted, trials, epochs)
    search = Search(optimizer, trials, epochs, seed, say)
    dense: Subject = OnnxSubject(model) if isinstance(model, bytes) else TorchSubject(model, data.train.images)
    raw = [pack_raw(name, one) for name, one in dense.weights.items()]
    stages = [_stage("as it was", dense, raw, data)]
    before = _measures(dense, raw, data, wanted)
    subject = dense
    if "channels" in used:
        subject, more = _narrow(dense, data, budgets, before, search)
        stages += more
    tensors = [pack_raw(name, one) for name, one in subject.weights.items()]
    if "prune" in used or "share" in used:
        tensors, more = _thin(subject, data, _absolute(budgets, before), used, wanted, search)
        stages += more
    after = _measures(subject, tensors, data, wanted)
    _hold(budgets, before, after)
    return Compressed(subject, tensors, stages, before, after, _changes(dense, subject, tensors), budgets)


def _methods(budgets: Sequence[Budget], methods: Sequence[str]) -> tuple[str, ...]:
    for one in methods:
        check_name("methods", one, METHODS)
    if not budgets:
        raise SpecError("budget", "none", 'one or more, such as "bytes <= 1e6"')
    needs_widths = [one for one in budgets if one.measure in WIDTH_MEASURES]
    needs_weights = [one for one in budgets if one.measure not in WIDTH_MEASURES]
    needed = (*(("channels",) if needs_widths else ()), *(("prune", "share") if needs_weights else ()))
    used = tuple(methods) or needed
    if needs_widths and "channels" not in used:
        raise SpecError("methods", ", ".join(used), f"channels among them: {needs_widths[0]} needs fewer channels")
    if needs_weights and not {"prune", "share"} & {*used}:
        raise SpecError("methods", ", ".join(used), f"prune or share among them: {needs_weights[0]} needs it")
    return used


def _target(budgets: Sequence[Budget], target: Target | None) -> Target:
    wanted = target or Target()
    if any(one.measure == "latency_ms" for one in budgets):
        wanted = replace(wanted, has_latency=True)
    return wanted


def _check(data: Split, budgets: Sequence[Budget], target: Target, trials: int, epochs: int) -> None:
    if min(len(part.labels) for part in data) == 0:
        raise SpecError("data", "an empty part", "training, validation and test examples")
    for one in budgets:
        if one.measure in ("cycles", "energy_uj") and target.simulator is None:
            raise SpecError("budget", str(one), "a measure that does not need a simulated machine; none is given")
    for name, value, least in (("trials", trials, 1), ("epochs", epochs, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise SpecError(name, value, f"a whole number, {least} or more")


def _judged(data: Split) -> Labelled:
    images, labels = data.validation
    return type(data.validation)(images[:N_JUDGED], labels[:N_JUDGED])


def _stage(name: str, subject: Subject, tensors: Sequence[PackedTensor], data: Split) -> Stage:
    weights = {one.name: one.to_dense() for one in tensors}
    qualities = (subject.quality(part, weights) for part in (data.validation, data.test))
    return Stage(name, model_bytes(tensors), *qualities)


def _measures(subject: Subject, tensors: Sequence[PackedTensor], data: Split, target: Target) -> dict[str, float]:
    weights = {one.name: one.to_dense() for one in tensors}
    counted = taken(subject.graph, tensors, target, lambda: subject.onnx(weights), data.test.images[:1])
    return {"quality": subject.quality(data.test, weights), **counted}


def _narrow(
    subject: Subject, data: Split, budgets: Sequence[Budget], before: Mapping[str, float], search: Search
) -> tuple[TorchSubject, list[Stage]]:
    """Search widths, heal what is left; a measured latency above its limit tightens the limit that is added up."""
    from archwright.compression.weights.healing import heal
    from archwright.compression.width_search import WidthSearch

    if not isinstance(subject, TorchSubject):
        raise SpecError("methods", "channels", "prune and share for an ONNX model; channels need a torch module")
    mine = [_counted(one, before) for one in budgets if one.measure in WIDTH_MEASURES]
    for _ in range(4):
        problem = WidthSearch(subject, data, _judged(data), mine, seed=search.seed)
        narrow = TorchSubject(problem.network(_best(problem, search)), data.train.images)
        above = _latency_excess(narrow, budgets, before, data)
        if above <= 1.0:
            break
        mine = [one._replace(limit=one.limit / above * 0.97) if one.measure == "latency_ms" else one for one in mine]
    raw = [pack_raw(name, one) for name, one in narrow.weights.items()]
    stages = [_stage("narrowed", narrow, raw, data)]
    if search.epochs:
        search.say("healing the narrower network")
        healed = heal(narrow, raw, data.train, epochs=search.epochs, rng=np.random.default_rng([search.seed, 1]))
        raw = [pack_raw(name, one) for name, one in healed.weights.items()]
        stages.append(_stage("narrowed and healed", healed, raw, data))
        narrow = (narrow, healed)[_choose(stages)]
    return narrow, stages


def _choose(stages: list[Stage]) -> int:
    """The stage that does best on validation data; where it is not the last one, the table ends with it once more."""
    best = max(range(len(stages)), key=lambda k: (stages[k].validation, k))
    if best < len(stages) - 1:
        stages.append(stages[best]._replace(name=f"kept: {stages[best].name}"))
    return best


def _counted(budget: Budget, before: Mapping[str, float]) -> Budget:
    """Latency is added up from layers alone, so that its limit must be a share."""
    if budget.measure != "latency_ms":
        return budget
    return Budget("latency_ms", budget.resolved(before["latency_ms"]) / before["latency_ms"], True)


def _latency_excess(narrow: TorchSubject, budgets: Sequence[Budget], before: Mapping[str, float], data: Split) -> float:
    """Measured latency over its limit; 0 without a limit."""
    limits = [one.resolved(before["latency_ms"]) for one in budgets if one.measure == "latency_ms"]
    if not limits:
        return 0.0
    counted = taken(narrow.graph, [], Target(has_latency=True), lambda: narrow.onnx({}), data.test.images[:1])
    return counted["latency_ms"] / min(limits)


def _absolute(budgets: Sequence[Budget], before: Mapping[str, float]) -> list[Budget]:
    """Budgets on weights as numbers: a share is of the network as it was, not of the narrower one."""
    mine = [one for one in budgets if one.measure not in WIDTH_MEASURES]
    return [Budget(one.measure, one.resolved(before[one.measure])) for one in mine]


def _best(problem: Any, search: Search) -> Any:
    """The best design of the search, or one that treats all layers alike where no trial is better."""
    study = Study.open(":memory:", problem.name, problem, search.optimizer, seed=search.seed)

    def shown(progress: Any) -> None:
        best = "" if progress.best is None else f", best {progress.best.metrics['quality']:.4f}"
        search.say(f"searching {problem.name}: {progress.trials:,} of {search.trials:,}{best}")

    best = study.run(trials=search.trials, pool="inline", on_progress=shown).best()
    if best is None:
        raise SpecError("model", problem.name, "a network that runs on the data; no trial gave an answer")
    guesses = problem.guesses()
    known = problem.evaluate(guesses, rng=np.random.default_rng(search.seed))
    scores = [(one["quality"], design) for one, design in zip(known, guesses, strict=True)]
    return max([(best.metrics["quality"], best.design), *scores], key=lambda pair: pair[0])[1]


def _thin(
    subject: Subject, data: Split, budgets: Sequence[Budget], used: Sequence[str], target: Target, search: Search
) -> tuple[list[PackedTensor], list[Stage]]:
    """Search densities and bits; then train what is left while the budgets hold."""
    from archwright.compression.weights.search import WeightSearch, layers_of

    usual = Choices()
    choices = Choices(PERCENTS if "prune" in used else (100,), usual.bits if "share" in used else (UNSHARED,))
    machine = target.simulator if any(one.measure != "bytes" for one in budgets) else None
    table = LayerTable(layers_of(subject), choices, simulator=machine, seed=search.seed, say=search.say)
    problem = WeightSearch(subject, _judged(data), budgets, table)
    design = _best(problem, search)
    tried = [problem.packed(design)]
    stages = [_stage("pruned and shared", subject, tried[0], data)]
    if search.epochs and isinstance(subject, TorchSubject):
        for name, tensors in _trained(subject, problem, design, data, budgets, search):
            tried.append(tensors)
            stages.append(_stage(name, subject, tensors, data))
    return tried[_choose(stages)], stages


def _trained(
    subject: TorchSubject, problem: WeightSearch, design: Any, data: Split, budgets: Sequence[Budget], search: Search
) -> Iterator[tuple[str, list[PackedTensor]]]:
    """Heal and share anew; then tune. Where healed weights code worse and break a budget, only tune."""
    from archwright.compression.weights.healing import heal, tune

    rng, tensors, healed = np.random.default_rng([search.seed, 2]), problem.packed(design), subject
    if len(problem.table.choices.percents) > 1:
        search.say("healing the weights that stay")
        healed = heal(subject, tensors, data.train, epochs=search.epochs, rng=rng)
        again = problem.packed(design, healed.weights)
        limit = min((one.limit for one in budgets if one.measure == "bytes"), default=np.inf)
        if model_bytes(again) <= limit:
            tensors = again
            yield "healed", tensors
        else:
            healed = subject
    search.say("tuning what is shared")
    yield "tuned", tune(healed, tensors, data.train, epochs=search.epochs, rng=rng)


def _hold(budgets: Sequence[Budget], before: Mapping[str, float], after: Mapping[str, float]) -> None:
    for one in budgets:
        if not within([one], before, after):
            reached = f"{after[one.measure]:.6g} or more, which is what was reached"
            raise SpecError(f"budget {one.measure}", one.resolved(before[one.measure]), reached)


def _changes(dense: Subject, subject: Subject, tensors: Sequence[PackedTensor]) -> list[LayerChange]:
    stored = {one.name: one for one in tensors}
    found = []
    for before, after in zip(dense.graph.layers, subject.graph.layers, strict=True):
        if before.weight not in dense.weights:
            continue
        tensor, whole = stored[after.weight], dense.weights[before.weight]
        sizes = tensor_bytes(pack_raw(before.weight, whole)).total, tensor_bytes(tensor).total
        share = 100.0 * tensor.n_stored / whole.size
        bits = tensor.bits or UNSHARED
        parameters = before.parameters, after.parameters
        found.append(LayerChange(before.name, (before.macs, after.macs), parameters, sizes, share, bits))
    return found
