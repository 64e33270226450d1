"""The figure of each problem that matters, with how far it may be off."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

from hw3.analysis.intervals import mean_sd, mean_text
from hw3.records.read import read_record
from hw3.records.run import Run
from hw3.report.blocks import interval, percent
from hw3.report.records import BROKEN, Records, one_line
from hw3.sweeps.choice import SELECTION, configurations
from hw3.sweeps.summary import summary_row
from hw3.tasks.weights import nets_of


@dataclass(frozen=True)
class Headline:
    """One figure that matters."""

    title: str
    text: str


def headlines(records: Records) -> list[Headline]:
    """Return the figure of each problem that has been run."""
    found = []
    sources: dict[str, Callable[[Records], str | None]] = {
        "Problem 1, MNIST, test set": final_run,
        "Problem 2, Fashion-MNIST, test set": lambda r: tested(r.confusion),
        "Problem 3, Fashion-MNIST, validation": each_net,
        "Problem 4, human or machine, validation": over_seeds,
    }
    for title, text in sources.items():
        try:
            found.append(Headline(title, text(records) or "not run"))
        except BROKEN as error:
            found.append(Headline(title, f"its record is broken: {one_line(error)}"))
    return found


def final_run(records: Records) -> str | None:
    """Return the test accuracy of the chosen network, or how far problem 1 is without it."""
    accuracy = tested(records.final)
    return f"{accuracy}; {chosen(records)}" if accuracy else swept(records)


def tested(run: Run | None) -> str | None:
    """Return the accuracy on the test set, with its interval."""
    if run is None:
        return None
    test = run.metrics["test"]
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


def each_net(records: Records) -> str | None:
    """Return the validation accuracy of each network of problem 3, with its gap to training."""
    if not records.nets or records.lacking("nets"):
        return None
    texts = []
    for net in nets_of(records.nets).values():
        run, finals = net.runs[0], [run.metrics["final"] for run in net.runs]
        spec = run.tree["regularizer"]
        used = any(spec[name] for name in ("l1", "l2", "dropout"))
        gap = 100 * fmean(f["train_accuracy"] - f["val_accuracy"] for f in finals)
        if len(finals) > 1:
            mean, sd, *_ = mean_sd(f["val_accuracy"] for f in finals)
            accuracy = f"{mean_text(mean, sd)}, mean ± standard deviation of {len(finals)} seeds"
        else:
            accuracy = validated(run)
        texts.append(
            f"{'-'.join(map(str, run.layer_sizes))}, {'regularised' if used else 'plain'}: "
            f"{accuracy}, {gap:.2f} points below training"
        )
    return "; ".join(texts)


def validated(run: Run) -> str:
    """Return the validation accuracy of a run, with its interval."""
    return interval(run.metrics["final"]["val_correct"], run.metrics["n_val"])


def over_seeds(records: Records) -> str | None:
    """Return the validation accuracy of problem 4 over its seeds, and that of the first."""
    runs = records.runs("sequences")
    if not runs:
        return None
    first, split = runs[0], runs[0].tree["dataset"]["split"]
    values = [
        run.metrics["final"]["val_accuracy"]
        for run in runs
        if run.tree["dataset"]["split"] == split
    ]
    if len(values) < 2:
        return f"{validated(first)}, {split} split, one seed"
    mean, sd, *_ = mean_sd(values)
    place = {max(values): ", the highest of them", min(values): ", the lowest of them"}
    return (
        f"{mean_text(mean, sd)}, mean ± standard deviation of {len(values)} seeds, {split} split; "
        f"seed {first.tree['seed']}, shown below{place.get(values[0], '')}: {validated(first)}"
    )
