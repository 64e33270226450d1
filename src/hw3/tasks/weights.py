"""What training does to the weights of several networks: a plain run each, compared at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isqrt
from typing import Any

from hw3.analysis.weights import TrainedLayer, describe_difference
from hw3.config import Config
from hw3.files import save_figure, write_json, write_text
from hw3.load import Run, Sweep
from hw3.model import fresh_params
from hw3.progress import say
from hw3.rundir import RunDir
from hw3.summary import is_stale
from hw3.tasks import train
from hw3.weights import layer_sizes

Nets = Mapping[str, Sequence[TrainedLayer]]


def run(config: Config, run_dir: RunDir) -> str:
    """Train one of the networks."""
    return train.run(config, run_dir)


def summarize_sweep(sweep: Sweep, config: Config) -> None:
    """Write figures, measures and words on the weights of a sweep's networks; print the words.

    Files are written again only when a job has ended since.
    """
    runs = {f"net {i}": run for i, run in enumerate(sweep.runs, 1)}
    nets = {name: trained_layers(run) for name, run in runs.items()}
    introductions = [f"{name}: {net_text(run)}" for name, run in runs.items()]
    words = "\n".join([*introductions, *gap_texts(runs), *differences(nets)])
    say(words)
    draw(sweep, config, nets, "\n".join(introductions))
    if is_stale(sweep, sweep.folder / "weights.json"):
        write_text(sweep.folder / "description.txt", words + "\n")
        write_json(sweep.folder / "weights.json", record(runs, nets))


def trained_layers(run: Run) -> list[TrainedLayer]:
    """Return a run's layers, as they ended and as its seed started them."""
    initial = fresh_params(run.config, layer_sizes(run.weights))
    return [
        TrainedLayer(f"layer {i} ({start.shape[0]} to {start.shape[1]})", end, start)
        for i, ((end, _), (start, _)) in enumerate(zip(run.weights, initial, strict=True), 1)
    ]


def net_text(run: Run) -> str:
    """Return what a run's network was and how it was trained."""
    text = train.run_text(run.config, layer_sizes(run.weights))
    return f"{run.config.dataset.name}, {text}, {run.config.epochs} epochs"


def gap_texts(runs: Mapping[str, Run]) -> list[str]:
    """Return a sentence a net on its accuracies, and on how the others' gaps differ from the first.

    The gap is training minus validation accuracy after the last epoch, in points.
    """
    gaps = {name: accuracy_gap(run) for name, run in runs.items()}
    known = {name: 100 * gap for name, gap in gaps.items() if gap is not None}
    if len(known) < len(runs):
        return ["The gap to validation is not known: a net held no validation split out."]
    texts = []
    for name, gap in known.items():
        final = runs[name].metrics["final"]
        texts.append(
            f"{name}: training {final['train_accuracy']:.2%}, validation "
            f"{final['val_accuracy']:.2%}, a gap of {gap:.2f} points; losses "
            f"{final['train_loss']:.3f} and {final['val_loss']:.3f}."
        )
    first, *others = known
    for other in others:
        wider = known[first] - known[other]
        comparison = "wider" if wider > 0 else "narrower"
        texts.append(f"The gap of {first} is {abs(wider):.2f} points {comparison} than {other}'s.")
    return texts


def accuracy_gap(run: Run) -> float | None:
    """Return training minus validation accuracy after the last epoch, None without validation."""
    final = run.metrics["final"]
    if "val_accuracy" not in final:
        return None
    return float(final["train_accuracy"] - final["val_accuracy"])


def differences(nets: Nets) -> list[str]:
    """Return sentences on how each layer of the first net differs from that of each other net."""
    first, *others = nets
    return [
        sentence
        for other in others
        for i, (a, b) in enumerate(zip(nets[first], nets[other], strict=False), 1)
        for sentence in describe_difference(a.stats, b.stats, (first, other), f"layer {i}")
    ]


def record(runs: Mapping[str, Run], nets: Nets) -> dict[str, Any]:
    """Return what weights.json says."""
    return {
        name: {
            "job": run.name,
            "network": net_text(run),
            "final": run.metrics["final"],
            "accuracy_gap": accuracy_gap(run),
            "layers": [{"layer": layer.name, **asdict(layer.stats)} for layer in nets[name]],
        }
        for name, run in runs.items()
    }


def draw(sweep: Sweep, config: Config, nets: Nets, title: str) -> None:
    """Write the figures that are not there, or older than a job's end."""
    from hw3.plots.weights import filters, histograms  # only when there is something to draw

    path = sweep.folder / ("histograms_log.png" if config.log_counts else "histograms.png")
    if is_stale(sweep, path):
        save_figure(path, histograms(nets, title, config.log_counts))
    images = {name: layers[0].weights for name, layers in nets.items()}
    images = {n: w for n, w in images.items() if isqrt(len(w)) ** 2 == len(w)}
    path = sweep.folder / "filters.png"
    if images and is_stale(sweep, path):
        save_figure(path, filters(images, title))
