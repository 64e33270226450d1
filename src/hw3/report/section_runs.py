"""The page's sections on what was run, where, and by which commands."""

import shlex
from pathlib import Path
from typing import Any

from hw3.report.blocks import Section, items, table
from hw3.report.records import EXPERIMENTS, Part, Records
from hw3.rundir import ENVIRONMENT, JOBS, read_record


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


def made_by(records: Records, part: Part, is_sweep: bool) -> str | None:
    """Return the command that the records say made a part, None if they do not."""
    runs = records.runs(part)
    if not runs:
        return None
    if is_sweep:
        listed = read_record(runs[0].folder.parent / JOBS) or {}
        overrides = [o for o in listed.get("overrides", ()) if o != f"name={EXPERIMENTS[part][0]}"]
        flag = [] if any(o.startswith("experiment=") for o in overrides) else ["-m"]
        return shlex.join(["python", "-m", "hw3.run", *flag, *overrides]) if overrides else None
    program, *arguments = (read_record(runs[0].folder / ENVIRONMENT) or {}).get("command") or [""]
    door = Path(program).stem
    known = door in ("run", "homework")
    return shlex.join(["python", "-m", f"hw3.{door}", *arguments]) if known else None


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
        is_sweep = part in ("sweep", "nets", "exploration")
        folder = f"{experiment}/{runs[0].name}" if runs and not is_sweep else experiment
        command = made_by(records, part, is_sweep) or records.command(part)
        rows.append([", ".join(FIGURES[part]), f"`{command}`", f"`{folder}/`"])
    rows.append(["this page", f"`python -m hw3.report {records.root}`", "`report.html`"])
    everything = "python -m hw3.homework" + " quick=true" * records.is_quick
    rows.append(["all of it, with the settings' defaults", f"`{everything}`", "all folders"])
    header = ["figures and numbers", "command", f"in {records.root}/"]
    found.add(table("The command for every figure and number", header, rows))
    return found
