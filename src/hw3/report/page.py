"""The page: sections from the records, filled into one template, one file without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hw3.files import write_text
from hw3.report import section_fashion, section_mnist, section_sequences
from hw3.report.audit import Check
from hw3.report.blocks import Section, emphasised, fault, interval, items, percent, table
from hw3.report.records import BROKEN, EXPERIMENTS, Part, Records, one_line
from hw3.rundir import ENVIRONMENT, read_record

PAGE = "report.html"


@dataclass(frozen=True)
class Headline:
    """One figure that matters."""

    title: str
    text: str


def write_page(records: Records, checks: list[Check]) -> Path:
    """Write report.html into the records' folder; return its path."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = lambda text: Markup(emphasised(text))
    template = Path(__file__).with_name("template.html").read_text(encoding="utf-8")
    sections = [
        section_mnist.section(records),
        section_fashion.confusion_section(records),
        section_fashion.weights_section(records),
        section_sequences.section(records),
    ]
    page = environment.from_string(template).render(
        shortened=records.shortened(),
        is_quick=records.is_quick,
        headlines=headlines(records),
        provenance=guarded("what-ran", "What was run", lambda: provenance(records)),
        sections=sections,
        checks=checks,
        counts={s: sum(c.status == s for c in checks) for s in ("PASS", "FAIL", "NOT RUN")},
        reproduce=guarded("reproduce", "Reproduce", lambda: reproduce(records)),
        version=version("hw3"),
    )
    path = records.root / PAGE
    write_text(path, page)
    return path


def guarded(name: str, title: str, build: Callable[[], Section]) -> Section:
    """Return a section, or in its place which record is broken."""
    try:
        return build()
    except BROKEN as error:
        text = f"A record of this part cannot be used: {one_line(error)}"
        return Section(name, title, [fault(text)])


def headlines(records: Records) -> list[Headline]:
    """Return the figure of each problem that has been run."""
    found = []
    sources: dict[str, Callable[[Records], str]] = {
        "Problem 1, MNIST, test set": lambda r: interval(r.runs("final")[0].metrics["test"]),
        "Problem 2, Fashion-MNIST, test set": lambda r: interval(
            r.runs("confusion")[0].metrics["test"]
        ),
        "Problem 3, validation of the two networks": validations,
        "Problem 4, human or machine, validation": lambda r: validation(r),
    }
    for title, text in sources.items():
        try:
            found.append(Headline(title, text(records)))
        except BROKEN:
            found.append(Headline(title, "not run, or its record is broken: see below"))
    return found


def validations(records: Records) -> str:
    """Return the validation accuracies of problem 3, with their gaps."""
    finals = [run.metrics["final"] for run in records.runs("nets")]
    if not finals:
        raise LookupError("not run")
    return " and ".join(
        f"{percent(f['val_accuracy'])} (training {percent(f['train_accuracy'])})" for f in finals
    )


def validation(records: Records) -> str:
    """Return the validation accuracy of problem 4, with its interval."""
    from hw3.analysis.intervals import wilson

    run = records.runs("sequences")[0]
    final, n = run.metrics["final"], run.metrics["n_val"]
    low, high = wilson(final["val_correct"], n)
    return (
        f"{percent(final['val_accuracy'])} ({final['val_correct']} of {n}; 95 % interval "
        f"{percent(low)} to {percent(high)}), {run.tree['dataset']['split']} split"
    )


def provenance(records: Records) -> Section:
    """Return what was run, on what, and how long it took."""
    found = Section("what-ran", "What was run")
    rows: list[list[Any]] = []
    for part, (experiment, problem, _) in EXPERIMENTS.items():
        runs = [run for run in records.runs(part) if run.metrics and "seconds" in run.metrics]
        if not runs:
            rows.append([f"{problem}: {experiment}", "not run", *["-"] * 5])
            continue
        seeds = sorted({run.tree["seed"] for run in runs})
        epochs = sorted({run.metrics["epochs"] for run in runs})
        rows.append(
            [
                f"{problem}: {experiment}",
                len(runs),
                runs[0].metrics["dataset"],
                span(epochs),
                ", ".join(sorted({run.tree["model"]["backend"] for run in runs})),
                span(seeds),
                f"{sum(run.metrics['seconds'] for run in runs):.0f} s",
            ]
        )
    header = ["problem", "runs", "data", "epochs", "backend", "seeds", "training time"]
    found.add(table("Runs that this page is made of", header, rows))
    found.add(items(machines(records)))
    return found


def span(numbers: list[int]) -> str:
    """Return "0" or "0 to 4"."""
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def machines(records: Records) -> list[str]:
    """Return each commit and machine that runs were made with."""
    lines: dict[str, list[str]] = {}
    for part, (experiment, *_) in EXPERIMENTS.items():
        for run in records.runs(part)[:1]:  # a sweep's jobs share their machine
            facts = read_record(run.folder / ENVIRONMENT) or {}
            line = machine(facts)
            lines.setdefault(line, []).append(experiment)
    return [f"{', '.join(names)}: {line}" for line, names in lines.items()]


def machine(facts: dict[str, Any]) -> str:
    """Return the versions, commit and processor of a run."""
    commit, packages = facts.get("commit"), facts.get("packages", {})
    source = (
        f"commit {commit['id'][:12]}{' with changes' if commit['dirty'] else ''}"
        if commit
        else "no commit recorded"
    )
    named = ("numpy", "torch", "h5py", "matplotlib", "scikit-learn")
    versions = ", ".join(f"{name} {packages[name]}" for name in named if packages.get(name))
    return (
        f"{source}, Python {facts.get('python')}, {versions}; {facts.get('processor')}, "
        f"{facts.get('cores')} cores{', ' + facts['gpu'] if facts.get('gpu') else ''}"
    )


FIGURES: dict[Part, tuple[str, ...]] = {
    "sweep": ("panels", "sweep table"),
    "final": ("choice", "test accuracy", "misclassified digits", "confusion"),
    "confusion": ("heatmap", "answers", "worst pair", "class table"),
    "nets": ("histograms", "measures", "description", "filters"),
    "sequences": ("curves", "20 x 20 weights", "insight", "leakage"),
    "exploration": ("table", "figure", "conclusion"),
}


def reproduce(records: Records) -> Section:
    """Return the command for every figure and number, and the folder that it stands in."""
    found = Section("reproduce", "Reproduce")
    rows = []
    for part, (experiment, *_) in EXPERIMENTS.items():
        runs = records.runs(part)
        is_single = len(runs) == 1 and part in ("final", "confusion", "sequences")
        folder = f"{experiment}/{runs[0].name}" if is_single else experiment
        rows.append([", ".join(FIGURES[part]), records.command(part), f"{folder}/"])
    rows.append(["this page", f"python -m hw3.report {records.root}", PAGE])
    rows.append(["all of it", "python -m hw3.homework" + " quick=true" * records.is_quick, "."])
    header = ["figures and numbers", "command", f"in {records.root}/"]
    found.add(table("The command for every figure and number", header, rows))
    return found
