"""The figure of each problem that matters, with how far it may be off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hw3.analysis.intervals import mean_sd, mean_text, wilson
from hw3.load import Run
from hw3.report.blocks import interval, percent
from hw3.report.integrity import sizes_of
from hw3.report.records import BROKEN, Part, Records, one_line


@dataclass(frozen=True)
class Headline:
    """One figure that matters."""

    title: str
    text: str


def headlines(records: Records) -> list[Headline]:
    """Return the figure of each problem that has been run."""
    found = []
    sources: dict[Part, tuple[str, Callable[[Sequence[Run]], str]]] = {
        "final": ("Problem 1, MNIST, test set", tested),
        "confusion": ("Problem 2, Fashion-MNIST, test set", tested),
        "nets": ("Problem 3, Fashion-MNIST, validation", each_net),
        "sequences": ("Problem 4, human or machine, validation", over_seeds),
    }
    for part, (title, text) in sources.items():
        runs = records.runs(part)
        try:
            found.append(Headline(title, text(runs) if runs else "not run"))
        except BROKEN as error:
            found.append(Headline(title, f"its record is broken: {one_line(error)}"))
    return found


def tested(runs: Sequence[Run]) -> str:
    """Return the accuracy on the test set, with its interval."""
    return interval(runs[0].metrics["test"])


def each_net(runs: Sequence[Run]) -> str:
    """Return the validation accuracy of each network of problem 3, with its gap to training."""
    texts = []
    for run in runs:
        final, spec = run.metrics["final"], run.tree["regularizer"]
        used = any(spec[name] for name in ("l1", "l2", "dropout"))
        gap = 100 * (final["train_accuracy"] - final["val_accuracy"])
        texts.append(
            f"{'-'.join(map(str, sizes_of(run)))}, {'regularised' if used else 'plain'}: "
            f"{validated(run)}, {gap:.2f} points below training"
        )
    return "; ".join(texts)


def validated(run: Run) -> str:
    """Return the validation accuracy of a run, with its interval."""
    final, n = run.metrics["final"], run.metrics["n_val"]
    low, high = wilson(final["val_correct"], n)
    return (
        f"{percent(final['val_accuracy'])} ({final['val_correct']} of {n}; 95 % interval "
        f"{percent(low)} to {percent(high)})"
    )


def over_seeds(runs: Sequence[Run]) -> str:
    """Return the validation accuracy of problem 4 over its seeds, and that of the first."""
    first = runs[0]
    split, seed = first.tree["dataset"]["split"], first.tree["seed"]
    alike = [run for run in runs if run.tree["dataset"]["split"] == split]
    if len(alike) < 2:
        return f"{validated(first)}, {split} split, one seed"
    mean, sd, *_ = mean_sd(run.metrics["final"]["val_accuracy"] for run in alike)
    return (
        f"{mean_text(mean, sd)}, mean ± standard deviation of {len(alike)} seeds, {split} split; "
        f"seed {seed}, shown below: {validated(first)}"
    )
