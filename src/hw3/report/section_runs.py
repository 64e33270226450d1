"""The page's sections on what was run, where, and by which commands."""

import shlex
from pathlib import Path
from typing import Any

from hw3.records.layout import ENVIRONMENT, JOBS, METRICS
from hw3.records.read import read_record
from hw3.report.blocks import Section, items, paragraph, table
from hw3.report.records import EXPERIMENTS, SUMMARIZED, Part, Records, ended


def provenance(records: Records) -> Section:
    """Return what was run, on what, and how long it took."""
    found = Section("what-ran", "What was run")
    rows: list[list[Any]] = []
    seconds = 0.0
    for part, (experiment, problem, _) in EXPERIMENTS.items():
        runs = records.runs(part)
        if not runs:
            rows.append([f"{problem}: {experiment}", "not run", *[None] * 6])
            continue
        took = sum(run.metrics["seconds"] for run in runs)
        seconds += took
        rows.append(
            [
                f"{problem}: {experiment}",
                len(runs),
                runs[0].metrics["dataset"],
                span(sorted({run.metrics["epochs"] for run in runs})),
                ", ".join(sorted({run.tree["model"]["backend"] for run in runs})),
                span(sorted({run.tree["seed"] for run in runs})),
                f"{took:.0f} s",
                max(map(ended, runs))[:16].replace("T", " "),
            ]
        )
    header = ["problem", "runs", "data", "epochs", "backend", "seeds", "training time", "ended"]
    caption = (
        f"Runs that this page is made of; training time is summed over runs, {seconds / 60:.0f} "
        "minutes in all, though sweeps run side by side"
    )
    found.add(table(caption, header, rows))
    found.add(items([*machines(records), *left_out(records)]))
    return found


def period(records: Records) -> str:
    """Return when the runs that the page is made of ended."""
    days = sorted(ended(run)[:10] for run in records.all_runs)
    if not days:
        return "No run has ended yet."
    return f"From runs of {days[0]}" + (f" to {days[-1]}." if days[-1] != days[0] else ".")


def left_out(records: Records) -> list[str]:
    """Return a line on the ended runs that lie beside those that are reported."""
    lines = []
    for part in (part for part in EXPERIMENTS if part not in SUMMARIZED):
        folder = records.root / EXPERIMENTS[part][0]
        reported = {run.name for run in records.runs(part)}
        others = {path.parent.name for path in folder.glob(f"*/{METRICS}")} - reported
        if others and reported:
            names = ", ".join(sorted(others)[:3]) + ", ..." * (len(others) > 3)
            lines.append(f"Not reported, beside {EXPERIMENTS[part][0]}'s newest: {names}")
    return lines


def span(numbers: list[int]) -> str:
    """Return "0" or "0 to 4"."""
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def machines(records: Records) -> list[str]:
    """Return each commit and machine that runs were made with."""
    lines: dict[str, set[str]] = {}
    for part, (experiment, *_) in EXPERIMENTS.items():
        for run in records.runs(part):
            line = machine(read_record(run.folder / ENVIRONMENT) or {})
            lines.setdefault(line, set()).add(experiment)
    names = [name for name, *_ in EXPERIMENTS.values()]
    return [f"{', '.join(sorted(found, key=names.index))}: {line}" for line, found in lines.items()]


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
        f"{facts.get('cores')} cores, {facts.get('gpu') or 'no GPU used'}, {facts.get('platform')}"
    )


def made_by(records: Records, part: Part) -> str | None:
    """Return the command that the records say made a part, None if they do not."""
    runs = records.runs(part)
    if not runs:
        return None
    if part in SUMMARIZED:
        listed = read_record(runs[0].folder.parent / JOBS) or {}
        overrides = [o for o in listed.get("overrides", ()) if o != f"name={EXPERIMENTS[part][0]}"]
        flag = [] if any(o.startswith("experiment=") for o in overrides) else ["-m"]
        return shlex.join(["python", "-m", "hw3.run", *flag, *overrides]) if overrides else None
    program, *arguments = (read_record(runs[0].folder / ENVIRONMENT) or {}).get("command") or [""]
    door = Path(program).stem
    if door == "homework":
        others = [a for a in arguments if not a.startswith("problem=")]
        arguments = [f"problem={EXPERIMENTS[part][1]}", *others]
    known = door in ("run", "homework")
    return shlex.join(["python", "-m", f"hw3.{door}", *arguments]) if known else None


FIGURES: dict[Part, str] = {
    "sweep": "problem 1: the six panels and the table of the sweep",
    "final": "problem 1: choice, test accuracy, misclassified digits, confusion",
    "confusion": "problem 2: all of it",
    "nets": "problem 3: all of it",
    "sequences": "problem 4: curves, 20 x 20 weights, features, leakage",
    "exploration": "problem 4: exploration",
}


def reproduce(records: Records) -> Section:
    """Return the command for every figure and number, and the folder that it stands in."""
    found = Section("reproduce", "Reproduce")
    rows = []
    for part, (experiment, *_) in EXPERIMENTS.items():
        runs = records.runs(part)
        is_single = runs and part not in SUMMARIZED
        folder = f"{experiment}/{runs[0].name}" if is_single else experiment
        command = made_by(records, part) or records.command(part)
        rows.append([FIGURES[part], f"`{command}`", f"`{folder}/`"])
    rows.append(["this page", f"`python -m hw3.report {records.root}`", "`report.html`"])
    everything = "python -m hw3.homework" + " quick=true" * records.is_quick
    rows.append(["all of it, with the settings' defaults", f"`{everything}`", "all folders"])
    header = ["figures and numbers", "command", f"in {records.root}/"]
    found.add(
        paragraph(
            "In a fresh checkout of the commit above, with its pinned packages (`scripts/install`) "
            "and the data in `HW3_DATA_DIR`, each command gives the same numbers; where a run has "
            "ended already it is skipped, so give it an empty folder to work in."
        ),
        table("The command for every figure and number", header, rows),
    )
    return found
