"""The curves of runs: as charts on common axes, and what they say in words."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from hw3.analysis.overfitting import overfitting_onset, smoothed
from hw3.core.words import number, percent, points
from hw3.plots.chart import Chart, Kind, Scale, is_drawn
from hw3.plots.style import MAX_MARKS, lowest_shown
from hw3.records.integrity import same
from hw3.records.run import Run, Sweep
from hw3.sweeps.groups import Configuration, configurations
from hw3.training.history import History

Measure = Literal["accuracy", "loss"]
Lines = list[tuple[Kind, list[float]]]
UNITS = {"accuracy": "accuracy (%)", "loss": "cross-entropy (nats)"}
MAX_CHARTS = 24


def charts(
    named: Mapping[str, Sequence[History]], measure: Measure, onset: int | None = None
) -> list[Chart]:
    """Return a chart of training and validation for each name, all on the same axes.

    Losses that span powers of ten are on a logarithmic axis. `onset` is the epoch after which a
    run over-fits: it is marked, and the mean that it is found by is drawn.
    """
    lines = {
        name: [line for h in found for line in lines_of(h, measure)]
        for name, found in named.items()
    }
    scale = common_scale([values for found in lines.values() for _, values in found], measure)
    drawn = []
    for name, found in named.items():
        marks = {float(onset): "over-fitting"} if onset else rate_marks(found[0].rates)
        extra: Lines = []
        if onset and measure == "loss":
            extra = [
                ("mean", smoothed(values).tolist()) for kind, values in lines[name] if kind == "val"
            ]
        text = f"{measure} against epochs; {ends(found, measure)}"
        drawn.append(
            Chart(name, f"{name}: {text}", [*extra, *lines[name]], scale, UNITS[measure], marks)
        )
    return drawn


def of_sweep(sweep: Sweep, measure: Measure) -> list[Chart]:
    """Return a chart for each configuration that has ended, by name; of too many the best."""
    ended = [c for c in configurations(sweep) if c.completed][:MAX_CHARTS]
    found = {c.label: [run.epochs for run in c.completed] for c in ended}
    return charts(dict(sorted(found.items())), measure)


def of_run(run: Run, onset: int | None) -> list[Chart]:
    """Return the accuracies and the losses of a run, with the epoch after which it over-fits."""
    return [
        *charts({"accuracy": [run.epochs]}, "accuracy", onset),
        *charts({"loss": [run.epochs]}, "loss", onset),
    ]


def lines_of(history: History, measure: Measure) -> Lines:
    """Return the training and the validation line of a run; accuracies in percent."""
    unit = 100 if measure == "accuracy" else 1
    train = [unit * float(getattr(e.train, measure)) for e in history.epochs]
    val = [unit * float(getattr(e.val, measure)) for e in history.epochs if e.val]
    return [("train", train), ("val", val)] if val else [("train", train)]


def common_scale(lines: Sequence[Sequence[float]], measure: Measure) -> Scale:
    """Show what separates good runs: several from a little below the lowest line's median."""
    finite = [list(filter(is_drawn, values)) for values in lines]
    found = [values for values in finite if values] or [[1.0]]
    low, high = min(map(min, found)), max(map(max, found))
    if measure == "loss" and high > 10 * low:
        return Scale(max(low, 1e-6), max(high, 1e-5), is_log=True)
    if measure == "accuracy" and len(found) > 2:
        low = lowest_shown(found)
    return Scale(low - 0.05 * (high - low), high + 0.02 * (high - low))


def rate_marks(rates: Sequence[float]) -> dict[float, str]:
    """Return where the rate changes, between two epochs, and the new one."""
    found = {i + 0.5: f"{rates[i]:g}" for i in changes(rates)}
    return found if len(found) <= MAX_MARKS else {}


def ends(histories: Sequence[History], measure: Measure) -> str:
    """Return what training and validation end at, of the first run."""
    text = percent if measure == "accuracy" else number
    last = histories[0].last
    val = f", validation at {text(getattr(last.val, measure))}" if last.val else ""
    return f"training ends at {text(getattr(last.train, measure))}{val}"


def curve_sentences(found: Sequence[Configuration]) -> list[str]:
    """Return what the curves say of the first of some configurations, which won.

    Beside those of lower rates and else the same settings: how early it had their training loss.
    And what more training on the same images did to its validation.
    """
    if not found[0].completed:
        return []
    name, history = found[0].label, found[0].completed[0].epochs
    rate, rest = split_rate(found[0])
    overtaken = []
    for other in found[1:]:
        if not other.completed:
            continue
        slower, others = split_rate(other)
        if rest != others or not slower < rate:
            continue
        loss = other.completed[0].epochs.last.train.loss
        epoch = next((e.epoch for e in history.epochs if e.train.loss <= loss), None)
        if epoch:
            overtaken.append(f'"{other.label}" ends with ({number(loss)}) after epoch {epoch}')
    sentences = []
    if overtaken:
        sentences = [
            f'The larger rate gets farther in the same {len(history)} epochs: "{name}" has the '
            f"training loss that {' and the one that '.join(overtaken)}; its own ends at "
            f"{history.last.train.loss:.2g}."
        ]
    return sentences + fit_sentences(name, history)


def split_rate(configuration: Configuration) -> tuple[float, dict[str, object]]:
    """Return the initial rate of a configuration of which a run has completed, and what else
    tells it from others.
    """
    run = configuration.completed[0]
    rest = {k: v for k, v in configuration.settings.items() if k != "lr.initial"}
    return run.config.lr.initial, rest


def fit_sentences(name: str, history: History) -> list[str]:
    """Return how far training and validation are apart at the end, and since when."""
    last, lowest = history.last, history.lowest_loss
    if last.val is None or lowest.val is None:
        return []
    gap = last.train.accuracy - last.val.accuracy
    text = (
        f'At the end "{name}" decides {percent(last.train.accuracy)} of the training and '
        f"{percent(last.val.accuracy)} of the validation images correctly, "
        f"{points(gap, 'less', 'more', 'as many')}"
    )
    val_losses = [e.val.loss for e in history.epochs if e.val]
    if overfitting_onset([e.train.loss for e in history.epochs], val_losses) is None:
        return [f"{text}; its validation loss is about as low at the end as anywhere."]
    rise = last.val.accuracy - lowest.val.accuracy
    verb = "falls" if rise < 0 else "rises" if rise else "stays"
    return [
        f"{text}.",
        f"Its validation loss is lowest after epoch {lowest.epoch} ({number(lowest.val.loss)}) and "
        f"ends at {number(last.val.loss)}, so that it over-fits; validation accuracy {verb} "
        f"meanwhile, from {percent(lowest.val.accuracy)} to {percent(last.val.accuracy)}"
        + ("." if rise < 0 else ": the mistakes that remain are made with more certainty."),
    ]


def changes(rates: Sequence[float]) -> list[int]:
    """Return the epochs after which the applied rate changed at all."""
    return [i for i, (a, b) in enumerate(pairwise(rates), 1) if not same(a, b)]


def halvings(rates: Sequence[float]) -> list[int]:
    """Return the epochs after which the applied rate was halved."""
    return [i for i, (a, b) in enumerate(pairwise(rates), 1) if same(b, a / 2)]
