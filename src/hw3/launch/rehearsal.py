"""dry_run=true: what a command would do with each of its jobs, told from records and not done."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hw3.core.errors import Hw3Error, RunDirError
from hw3.core.terminal import doing, say
from hw3.core.words import counted
from hw3.datasets.sources import ensure_available, source_of
from hw3.launch.command import Command
from hw3.launch.job import Job, JobResult
from hw3.launch.sweep import refuse_study, settings_of
from hw3.launch.watch import changed
from hw3.records.checkpoint import newest_checkpoint
from hw3.records.jobs import left_behind
from hw3.records.layout import METRICS, OUTPUTS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.run import Run, load_run
from hw3.records.rundir import RunDir, check_whole
from hw3.records.study import read_study
from hw3.sweeps.comparison import shown
from hw3.sweeps.groups import Settings, label_of, telling, text
from hw3.training.memory import check_memory

MAX_ROWS = 20  # jobs of a sweep that are told one by one
MAX_RECORDS = 2000  # the newest, among which a neighbour is looked for
MAX_KEYS = 4  # that a line names
SKIPPED, REFUSED = "be skipped", "be refused"


def rehearse(command: Command) -> list[JobResult]:
    """Say what a command would do; return nothing, as nothing has ended.

    Raises:
        ConfigError, DataError, RunDirError: for what would be refused before any work.
    """
    if command.search:
        before = read_study(command.folder)
        n, known = command.search.keys.n_trials, len(before.trials) if before else 0
        say(f"hw3: dry run: {counted(n, 'trial')} in {place(command.folder)}, {known} are there")
        return []
    if command.is_sweep:
        refuse_study(command.folder)
    fates = [fate_of(job) for job in command.jobs]
    if all(fate == REFUSED for fate, _ in fates):
        raise RunDirError(fates[0][1])
    todo = [
        job
        for job, (fate, _) in zip(command.jobs, fates, strict=True)
        if fate not in (SKIPPED, REFUSED)
    ]
    check_data(todo)
    check_memory([job.config for job in todo], command.engine.n_workers)
    tell(command, fates, todo)
    return []


def fate_of(job: Job) -> tuple[str, str]:
    """Return what would become of a job, by what is in its folder, and why."""
    try:
        if not job.folder.is_dir():
            return "run", ""
        RunDir(job.folder, job.config).check_same_run()
        ended = read_outcome(job.folder)
        check_whole(job.folder, ended)
        if isinstance(ended, Outcome):
            return SKIPPED, f"{ended.status} before"
        found, _ = newest_checkpoint(job.folder)
        done = len(found[1]) if found else 0
    except Hw3Error as error:
        return REFUSED, str(error)
    fate = f"continue after epoch {done} of {job.config.epochs}" if done else "run"
    return fate, "it failed before" if ended else ""


def check_data(jobs: Sequence[Job]) -> None:
    """Say which data would be downloaded.

    Raises:
        DataError: for data that are not there and cannot be downloaded.
    """
    found = {(c.data_path, c.dataset.label): c.dataset for c in (job.config for job in jobs)}
    for (folder, _), spec in found.items():
        source = source_of(spec, folder)
        if source.fetch is None:
            ensure_available(spec, folder)
        elif source.train_file and not (folder / source.train_file).is_file():
            say(f"hw3: {spec.name} is not in {folder}: it would be downloaded first, if it can be")


def ended_runs(folder: Path) -> list[tuple[Run, Settings]]:
    """Return the newest runs that have ended, below a folder and the outputs; what they ran."""
    found = {path.resolve() for path in folder.glob(f"*/{METRICS}")}
    found |= {path.resolve() for path in Path(OUTPUTS).glob(f"**/{METRICS}")}
    runs = []
    for path in sorted(found, key=changed, reverse=True)[:MAX_RECORDS]:
        with suppress(RunDirError):  # what cannot be read is nobody's neighbour
            runs.append(load_run(path.parent))
    return [(run, shown(run)) for run in runs if not run.is_unfinished]


def difference(wanted: Settings, runs: Sequence[tuple[Run, Settings]]) -> str:
    """Return how settings differ from the nearest run on the same data, the newest of such."""

    def distance(pair: tuple[Run, Mapping[str, object]]) -> int:
        return sum(wanted.get(key) != pair[1].get(key) for key in {*wanted, *pair[1]})

    alike = [pair for pair in runs if pair[1].get("dataset.name") == wanted["dataset.name"]]
    if not alike:
        return ""
    run, there = min(alike, key=distance)
    keys = telling([there, wanted])
    if not keys:
        return f"computes what {place(run.folder)} has computed"
    values = [f"{key} ({text(there.get(key))} there)" for key in keys[:MAX_KEYS]]
    more = f" and {len(keys) - MAX_KEYS} more" if len(keys) > MAX_KEYS else ""
    return f"differs from {place(run.folder)} in {', '.join(values)}{more}"


def tell(command: Command, fates: Sequence[tuple[str, str]], todo: Sequence[Job]) -> None:
    """Say what would become of the jobs: a line for each of the first, and how many of each."""
    with doing("looking for runs like these"):
        runs, wanted = ended_runs(command.folder) if todo else [], settings_of(command.jobs)
    keys = telling(wanted)
    for job, own, (fate, why) in list(zip(command.jobs, wanted, fates, strict=True))[:MAX_ROWS]:
        reasons = [why, difference(own, runs) if job in todo else ""]
        told = "; ".join(filter(None, reasons))
        name = label_of(own, keys) if command.is_sweep else place(job.folder)
        say(f"hw3: {name}: would {fate}{': ' if told else ''}{told}")
    if len(fates) > MAX_ROWS:
        say(f"hw3: and {len(fates) - MAX_ROWS} more jobs")
    if command.is_sweep:
        if left := left_behind(command.folder, {job.folder.name for job in command.jobs}):
            say(f"hw3: {left}")
        counts = Counter(fate.partition(" after")[0] for fate, _ in fates)
        listed = ", ".join(f"{n} would {fate}" for fate, n in counts.items())
        say(f"hw3: {counted(len(fates), 'job')} in {place(command.folder)}: {listed}")
    say("hw3: dry run: nothing was touched")


def place(folder: Path) -> str:
    """Return a folder as one writes it here."""
    return os.path.relpath(folder)
