"""The figure of each problem that matters, with how far it may be off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hw3.analysis.intervals import mean_sd, mean_text
from hw3.choice import SELECTION, configurations
from hw3.load import Run
from hw3.report.blocks import interval, percent
from hw3.report.records import BROKEN, Part, Records, one_line
from hw3.rundir import read_record
from hw3.summary import summary_row


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
            words = text(runs) if runs else None
            if part == "final":
                words = f"{words}; {chosen(records)}" if words else swept(records)
            found.append(Headline(title, words or "not run"))
        except BROKEN as error:
            found.append(Headline(title, f"its record is broken: {one_line(error)}"))
    return found


def tested(runs: Sequence[Run]) -> str:
    """Return the accuracy on the test set, with its interval."""
    test = runs[0].metrics["test"]
    return interval(test["correct"], test["n"])


def chosen(records: Records) -> str:
    """Return what was chosen, and from how many."""
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
    return f"{selection['winner']}, chosen from {len(selection['table'])} by validation"


def swept(records: Records) -> str | None:
    """Return how far problem 1 is without its final run."""
    if not records.sweep or not records.runs("sweep"):
        return None
    best = configurations(records.sweep)[0]
    accuracy = summary_row(best)["val_accuracy"]
    lacking = records.lacking("sweep")
    state = lacking.partition(":")[0] if lacking else "sweep done"
    return f"{state}, best validation {percent(accuracy)} ({best.label}); the final run is to come"


def each_net(runs: Sequence[Run]) -> str:
    """Return the validation accuracy of each network of problem 3, with its gap to training."""
    texts = []
    for run in runs:
        final, spec = run.metrics["final"], run.tree["regularizer"]
        used = any(spec[name] for name in ("l1", "l2", "dropout"))
        gap = 100 * (final["train_accuracy"] - final["val_accuracy"])
        texts.append(
            f"{'-'.join(map(str, run.layer_sizes))}, {'regularised' if used else 'plain'}: "
            f"{validated(run)}, {gap:.2f} points below training"
        )
    return "; ".join(texts)


def validated(run: Run) -> str:
    """Return the validation accuracy of a run, with its interval."""
    return interval(run.metrics["final"]["val_correct"], run.metrics["n_val"])


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
