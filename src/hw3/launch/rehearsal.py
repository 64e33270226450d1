"""dry_run=true: what a command would do with each of its jobs, told from records and not done."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from hw3.config.keys import settings
from hw3.core.errors import Hw3Error, RunDirError
from hw3.core.terminal import doing, say
from hw3.core.words import counted
from hw3.datasets.sources import ensure_available, source_of
from hw3.launch.command import Command
from hw3.launch.early import with_reason
from hw3.launch.job import Job, JobResult
from hw3.launch.sweep import refuse_study, settings_of
from hw3.records.jobs import left_behind
from hw3.records.layout import CHECKPOINT, CHECKPOINT_BEFORE, CONFIG, METRICS, OUTPUTS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.read import read_tree
from hw3.records.rundir import RunDir, check_whole, read_checkpoint
from hw3.records.study import read_study
from hw3.sweeps.groups import Settings, label_of, telling, text
from hw3.tasks import task_of
from hw3.training.memory import check_memory

MAX_ROWS = 20  # jobs of a sweep that are told one by one
MAX_RECORDS = 2000  # the newest, among which a neighbour is looked for
MAX_KEYS = 4  # that a line names
REFUSED = "be refused"
COSTLY = ("model.", "dataset.", "batch_size", "threads", "device")  # what an epoch's time hangs on


@dataclass(frozen=True)
class Neighbour:
    """A run that has ended: its settings with the seed, and what an epoch of it took."""

    folder: Path
    settings: Settings
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What would become of a job: its fate in words, and why; epochs that it would train."""

    job: Job
    fate: str
    why: str = ""
    epochs: int = 0


def rehearse(command: Command) -> list[JobResult]:
    """Say what a command would do; return nothing, as nothing has ended.

    Raises:
        ConfigError, DataError, RunDirError: for what would be refused before any work.
    """
    if not command.is_sweep:
        if derive := task_of(command.configs[0]).derive:
            command = command.with_configs([derive(command.configs[0], command.given)])
        with_reason(command, ask=told)
    if command.search:
        command.search.check_usable()
        before = read_study(command.folder)
        n, known = command.search.keys.n_trials, len(before.trials) if before else 0
        say(f"hw3: dry run: {counted(n, 'trial')} in {place(command.folder)}, {known} are there")
        return []
    if command.is_sweep:
        refuse_study(command.folder)
    plans = [planned(job) for job in command.jobs]
    todo = [plan.job.config for plan in plans if plan.epochs]
    check_memory(todo, command.engine.n_workers)
    for (folder, _), spec in {(c.data_path, c.dataset.label): c.dataset for c in todo}.items():
        source = source_of(spec, folder)
        if source.fetch is None:
            ensure_available(spec, folder)
        elif source.train_file and not (folder / source.train_file).is_file():
            say(f"hw3: {spec.name} is not in {folder}: it would be downloaded first, if it can be")
    if all(plan.fate == REFUSED for plan in plans):
        raise RunDirError(plans[0].why)
    tell(command, plans)
    return []


def told(question: str) -> bool:
    """Say what the command would ask first, and go on as after a yes."""
    say(f"hw3: it would ask first, or need reason=<text>: {question.removeprefix('hw3: ')}")
    return True


def planned(job: Job) -> Plan:
    """Return what would become of a job, by what is in its folder."""
    epochs = job.config.epochs
    try:
        if not job.folder.is_dir():
            return Plan(job, "run", epochs=epochs)
        RunDir(job.folder, job.config).check_same_run()
        ended = read_outcome(job.folder)
        check_whole(job.folder, ended)
        if isinstance(ended, Outcome):
            return Plan(job, "be skipped", f"{ended.status} before")
        done = epochs_done(job.folder)
    except Hw3Error as error:
        return Plan(job, REFUSED, str(error))
    fate = f"continue after epoch {done} of {epochs}" if done else "run"
    return Plan(job, fate, "it failed before" if ended else "", epochs - done)


def epochs_done(folder: Path) -> int:
    """Return how many epochs the newest whole checkpoint of a folder holds."""
    try:
        found = read_checkpoint(folder / CHECKPOINT) or read_checkpoint(folder / CHECKPOINT_BEFORE)
    except RunDirError:  # the newest is damaged
        found = read_checkpoint(folder / CHECKPOINT_BEFORE)
        if found is None:
            raise
    return len(found[1]) if found else 0


def neighbours(command: Command) -> list[Neighbour]:
    """Return the newest runs that have ended, below the command's folder and the outputs."""
    paths = {path.resolve() for path in command.folder.glob(f"*/{METRICS}")}
    paths |= {path.resolve() for path in Path(OUTPUTS).glob(f"**/{METRICS}")}
    newest = sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)[:MAX_RECORDS]
    found = []
    for folder in (path.parent for path in newest):
        with suppress(RunDirError):  # what cannot be read is nobody's neighbour
            ended, tree = read_outcome(folder), read_tree(folder / CONFIG)
            if isinstance(ended, Outcome):
                with_seed = settings(tree) | {"seed": tree.get("seed")}
                found.append(Neighbour(folder, with_seed, ended.seconds / ended.epochs))
    return found


def nearest(wanted: Settings, found: Sequence[Neighbour]) -> Neighbour | None:
    """Return the run on the same data that differs in the fewest settings, the newest of such."""

    def distance(other: Neighbour) -> int:
        keys = {*wanted, *other.settings}
        return sum(wanted.get(key) != other.settings.get(key) for key in keys)

    alike = [o for o in found if o.settings.get("dataset.name") == wanted["dataset.name"]]
    return min(alike, key=distance, default=None)


def difference(wanted: Settings, other: Neighbour) -> str:
    """Return "differs from outputs/x in lr.initial (0.1 there)"."""
    keys = telling([other.settings, wanted])
    if not keys:
        return f"computes what {place(other.folder)} has computed"
    there = [f"{key} ({text(other.settings.get(key))} there)" for key in keys[:MAX_KEYS]]
    more = f" and {len(keys) - MAX_KEYS} more" if len(keys) > MAX_KEYS else ""
    return f"differs from {place(other.folder)} in {', '.join(there)}{more}"


def tell(command: Command, plans: Sequence[Plan]) -> None:
    """Say what would become of the jobs: a line for each of the first, and how many of each."""
    with doing("looking for runs like these"):
        found, wanted = neighbours(command), settings_of(command.jobs)
    keys, seconds = telling(wanted), []
    for plan, own in list(zip(plans, wanted, strict=True))[:MAX_ROWS]:
        near = nearest(own, found) if plan.epochs else None
        why = [plan.why] if plan.why else []
        if near:
            why.append(difference(own, near))
            is_like = not any(k.startswith(COSTLY) for k in telling([near.settings, own]))
            seconds += [near.seconds] if is_like else []
        name = label_of(own, keys) if command.is_sweep else place(plan.job.folder)
        say(f"hw3: {name}: would {plan.fate}{': ' if why else ''}{'; '.join(why)}")
    if len(plans) > MAX_ROWS:
        say(f"hw3: and {len(plans) - MAX_ROWS} more jobs")
    if command.is_sweep:
        names = {job.folder.name for job in command.jobs}
        if left := left_behind(command.folder, names):
            say(f"hw3: {left}")
        fates = Counter(plan.fate.partition(" after")[0] for plan in plans)
        counts = ", ".join(f"{n} would {fate}" for fate, n in fates.items())
        say(f"hw3: {counted(len(plans), 'job')} in {place(command.folder)}: {counts}")
    if seconds:
        total = fmean(seconds) * sum(plan.epochs for plan in plans)
        text_of = f"{total:,.0f}" if total > 1 else f"{total:.1g}"
        say(f"hw3: that is some {text_of} s of training, as fast as those were")
    say("hw3: dry run: nothing was touched")


def place(folder: Path) -> str:
    """Return a folder as one writes it here."""
    return os.path.relpath(folder)
