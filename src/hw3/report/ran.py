"""What was run, with which parameters, by which commands, and where its records lie."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from hw3.core.table import Table
from hw3.core.words import counted
from hw3.records.jobs import JobList, read_jobs
from hw3.records.layout import METRICS, REPORT
from hw3.records.outcome import PRIMARIES
from hw3.records.run import Run
from hw3.report.parts import Part, Records
from hw3.sweeps.parameters import parameters

CODE = Markup("<code>{}</code>")
MAX_COLUMN = 24  # runs that a column of parameters, and a list of folders, can tell of


def runs_table(records: Records) -> Table:
    """Return the runs that the page is made of, a row for each part."""
    rows: list[list[object]] = []
    for part in records.parts:
        runs, name = records.runs(part), f"{part.problem}: {part.experiment}"
        if not runs:
            rows.append([name, "not run", None, None])
            continue
        seconds = sum(run.outcome.seconds for run in runs)
        ended = max(run.last_sign for run in runs)[:16].replace("T", " ")
        rows.append([name, len(runs), f"{seconds:.0f} s", ended])
    minutes = sum(run.outcome.seconds for run in records.all_runs) / 60
    caption = (
        "The runs that this page is made of; training time is summed over runs, "
        f"{minutes:.0f} minutes in all, though jobs of a sweep may have run side by side"
    )
    return Table("runs", caption, ("problem", "runs", "training time", "ended"), rows)


def parameters_table(records: Records) -> Table | None:
    """Return the parameters of all parts, without those of a large sweep; None before any run."""
    found = {f"{part.problem}: {part.experiment}": records.runs(part) for part in records.parts}
    named = {name: runs for name, runs in found.items() if 0 < len(runs) <= MAX_COLUMN}
    return parameters(named) if named else None


def notes(records: Records) -> list[str]:
    """Return on which machines it ran, what is not reported, and what may differ in its bits."""
    older, beside, differing = [], [], []
    for part in records.parts:
        runs = records.runs(part)
        n_old = sum(run.outcome.schema < PRIMARIES for run in runs)
        older += [f"{part.experiment} ({counted(n_old, 'run')})"] if n_old else []
        names = left_out(records, part)
        more = ", ..." if len(names) > 3 else ""
        beside += [f"{part.experiment}'s newest: {', '.join(names[:3])}{more}"] if names else []
    lines = machine_lines(records)
    lines += [f"Not reported, beside {text}" for text in beside]
    for name, values in unlike(records).items():
        told = "; ".join(f"{v} in {' and '.join(sorted(parts))}" for v, parts in values.items())
        differing.append(f"{name}: {told}")
    if differing:
        text = ". ".join(differing)
        lines.append(f"The last bits of a result may depend on what differs between runs. {text}.")
    if older:
        lines.append(
            f"Recorded by an older version of hw3: {', '.join(older)}. What it derived from counts "
            "and weights, and stored, is neither shown nor checked; this page derives it anew."
        )
    return lines


def machine_lines(records: Records) -> list[str]:
    """Return where which parts ran, in a line for all that differs in its kernels alone."""
    machines: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for part in records.parts:
        for run in records.runs(part):
            machine = replace(run.environment, kernels=()).machine
            experiments, kernels = machines.setdefault(machine, ({}, {}))
            experiments[part.experiment] = None
            kernels.update(dict.fromkeys(run.environment.kernels))
    return [
        f"{', '.join(parts)}: {', '.join([line, *kernels])}"
        for line, (parts, kernels) in machines.items()
    ]


def unlike(records: Records) -> dict[str, dict[str, set[str]]]:
    """Return what decides bits and differs among runs of a backend: its values, and in which."""
    found: dict[str, dict[str, set[str]]] = {}
    for part in records.parts:
        for run in records.runs(part):
            backend = run.config.model.backend
            for name, value in run.environment.deciders(backend).items():
                values = found.setdefault(f"{name.capitalize()} of the {backend} backend", {})
                values.setdefault(value, set()).add(part.experiment)
    return {name: values for name, values in found.items() if len(values) > 1}


def commands_table(records: Records) -> Table:
    """Return the command for every figure and number, and where its records are."""
    rows = []
    for part in records.parts:
        commands = made_by(records, part) or [records.command(part)]
        name = f"problem {part.problem}: {part.produces}"
        rows.append((name, Markup(" ").join(map(CODE.format, commands)), places(records, part)))
    every = "python -m hw3.homework" + (" quick=true" if records.is_quick else "")
    own = f"python -m hw3.report {shlex.quote(str(records.root))}"
    rows.append(("this page", CODE.format(own), CODE.format(REPORT)))
    rows.append(("all of it, with default settings", CODE.format(every), Markup("all")))
    header = ("figures and numbers", "command", f"records in {records.root}/")
    return Table("reproduce", "The command for every figure and number", header, rows)


def places(records: Records, part: Part[Any]) -> Markup:
    """Return links to the folders of a part and to the tables in them, relative to the page."""
    runs = records.runs(part)
    folders = [records.folder(part)] if part.is_summarised and runs else []
    folders += [run.folder for run in runs if len(runs) <= MAX_COLUMN]
    link = Markup('<a href="{}">{}</a>')

    def linked(path: Path) -> Markup:
        return link.format(quote(path.relative_to(records.root).as_posix()), path.name)

    tables = [Markup(", ").join(map(linked, sorted(f.glob("*.csv")))) for f in folders]
    return Markup(", ").join(
        Markup("{} ({})").format(linked(f), t) if t else linked(f)
        for f, t in zip(folders, tables, strict=True)
    )


def left_out(records: Records, part: Part[Any]) -> list[str]:
    """Return the names of ended runs beside the one that is reported; of a sweep none."""
    reported = {run.name for run in records.runs(part)}
    found = {path.parent.name for path in records.folder(part).glob(f"*/{METRICS}")}
    return sorted(found - reported) if reported and not part.is_summarised else []


def made_by(records: Records, part: Part[Any]) -> list[str]:
    """Return the commands that the records say made a part's runs, none if they do not say."""
    listed = read_jobs(records.folder(part)) or JobList(())
    found = [made_run(run, listed) for run in records.runs(part)]
    usual = {f"experiment={name}" for name in (part.experiment, *part.more)}
    commands = {}
    for program, *given in filter(None, found):
        named = [o for o in given if not (usual & {*given} and o == f"name={part.experiment}")]
        commands[shlex.join(["python", "-m", f"hw3.{program}", *named])] = True
    return list(commands)


def made_run(run: Run, listed: JobList) -> list[str]:
    """Return the program and the arguments that made a run: of its sweep, its own, or as typed."""
    if run.name in listed.jobs and listed.overrides:
        return ["run", "-m", *listed.overrides]
    if run.environment.overrides:
        return ["run", *run.environment.overrides]
    program, *arguments = run.environment.command or ("",)  # a record of before they were kept
    path = Path(program)
    is_ours = path.parent.name == "hw3" and path.stem in ("run", "homework")
    return [path.stem, *arguments] if is_ours else []
