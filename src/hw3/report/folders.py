"""A page of any runs and sweeps: what each was, what came of it, whether its record holds."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from hw3.analysis.exploration import leading_words, standings
from hw3.analysis.intervals import accuracy_text
from hw3.core.table import Table
from hw3.core.words import counted
from hw3.datasets.cautions import caution_lines
from hw3.records.jobs import JobList, left_behind, read_jobs
from hw3.records.layout import CONFIG, JOBS
from hw3.records.outcome import SOUND, Failure
from hw3.records.run import Run, Sweep, load_run, load_sweep
from hw3.records.study import proposed_words
from hw3.report import TITLE
from hw3.report.checklist import Subject
from hw3.report.clause import Check, Status
from hw3.report.page import make_environment, together
from hw3.report.parts import Stopped, undamaged
from hw3.report.problems import checked, record_faults
from hw3.report.ran import made_run
from hw3.sweeps.groups import configurations, incomparable
from hw3.sweeps.parameters import parameters
from hw3.sweeps.summary import sweep_table
from hw3.testset.ledger import ledger_of, read_ledger

LISTED = 5  # jobs that did not complete
MAX_RUNS = 200  # whose weights are read for the table of parameters


@dataclass(frozen=True, eq=False)
class Section:
    """A run, or a sweep, as the page shows it; a run is the sweep of one that is none."""

    sweep: Sweep
    is_sweep: bool

    @property
    def folder(self) -> Path:
        """Where its record is."""
        return self.sweep.folder

    @cached_property
    def answer(self) -> list[str]:
        """What came of it, in sentences."""
        words = sweep_words(self.sweep) if self.is_sweep else run_words(self.sweep.runs[0])
        found = undamaged(lambda: list(words), self.folder)
        return [found.reason] if isinstance(found, Stopped) else found

    @cached_property
    def check(self) -> Check:
        """Whether the records agree with themselves."""
        is_whole = len(self.sweep.ended) == len(
            self.sweep.runs
        )  # before, its summary is an earlier one
        must_be = is_whole and (self.folder / JOBS).exists()
        found = undamaged(lambda: list(record_faults(self.sweep, must_be)), self.folder)
        faults = [found.reason] if isinstance(found, Stopped) else found
        title = f"The records of {self.folder} agree with themselves"
        status: Status = "FAIL" if faults else "PASS" if self.sweep.ended else "NOT RUN"
        evidence = [checked(len(self.sweep.ended))]
        return Check(f"{self.folder} records", title, status, evidence, faults)

    @property
    def subject(self) -> Subject:
        """What the checklist of a paper is of."""
        looks = read_ledger(ledger_of(self.folder))
        commands = [self.command] if self.command else []
        return Subject(str(self.folder), self.sweep, lambda: commands, looks)

    @property
    def tables(self) -> list[Table]:
        """The ranking of a sweep, and the parameters of what has ended."""
        found = [sweep_table(configurations(self.sweep))] if self.is_sweep else []
        sound = [run for run in self.sweep.ended if run.status in SOUND]
        if 0 < len(sound) <= MAX_RUNS:
            found.append(parameters({self.folder.name: sound}))
        return [replace(table, id=f"{table.id}-{self.folder}") for table in found]

    @property
    def data(self) -> list[str]:
        """What data were read, each file once, with what was odd about them."""
        found = [run.data_facts for run in self.sweep.runs if run.tree]
        lines = dict.fromkeys(
            f"{facts.file}: {facts.n_rows:,} rows of {facts.dtype}, sha256 {facts.sha256[:12]}..."
            for facts in found
            if facts
        )
        cautions = (f"CAUTION: {line}" for facts in found if facts for line in caution_lines(facts))
        instead = {run.outcome.instead_of for run in self.sweep.ended} - {None}
        return [*lines, *dict.fromkeys(cautions), *(f"instead of {name}" for name in instead)]

    @property
    def machines(self) -> list[str]:
        """Where the runs ran, each machine once."""
        return list(dict.fromkeys(run.environment.machine for run in self.sweep.ended))

    @property
    def troubles(self) -> list[str]:
        """Which jobs came to nothing, and which runs left the sweep."""
        lost = [run for run in self.sweep.runs if not run.is_completed]
        lines = [f"{run.name}: {trouble(run)}" for run in lost[:LISTED]]
        lines += [f"and {len(lost) - LISTED} more"] if len(lost) > LISTED else []
        jobs = {run.name for run in self.sweep.runs}
        left = left_behind(self.folder, jobs) if self.is_sweep else None
        return [*lines, *([left] if left else [])]

    @property
    def command(self) -> str:
        """The command that repeats it, nothing where no record says it."""
        listed, run = read_jobs(self.folder) or JobList(()), self.sweep.runs[0]
        if self.is_sweep:
            made = ["run", "-m", *listed.overrides] if listed.overrides else []
        else:
            made = made_run(run, listed)
        return shlex.join(["python", "-m", f"hw3.{made[0]}", *made[1:]]) if made else ""


def loaded(folder: Path) -> Section:
    """Return the run or the sweep in a folder.

    Raises:
        RunDirError: if there is neither, or its record cannot be read.
    """
    folder = folder if folder.name else folder.absolute()  # which has a name to show
    if (folder / CONFIG).exists():
        return Section(Sweep(folder, [load_run(folder)]), False)
    return Section(load_sweep(folder), True)


def folders_page(sections: Sequence[Section], byline: Sequence[str] = ()) -> str:
    """Return the page of some runs and sweeps as HTML."""
    template = make_environment(undamaged=undamaged).get_template("folders.html.j2")
    about = {"title": TITLE, "version": version("hw3"), "byline": byline}
    return together(template.render(sections=sections, **about))


def trouble(run: Run) -> str:
    """Return how a run ended that has not completed."""
    return f"failed, {run.ended.error}" if isinstance(run.ended, Failure) else run.status


def run_words(run: Run) -> Iterator[str]:
    """Yield what a run came to."""
    if run.is_unfinished:
        yield f"{trouble(run)[0].upper()}{trouble(run)[1:]}; its command goes on with it."
        return
    outcome = run.outcome
    yield f"{run.status[0].upper()}{run.status[1:]} after {counted(outcome.epochs, 'epoch')}."
    part, found = ("validation", outcome.val) if outcome.val else ("training", outcome.train)
    yield f"On {part} {accuracy_text(found.n_correct, found.n_examples)}."
    if look := outcome.test:
        yield (
            f"On the test split {accuracy_text(look.correct, look.n)}, opened {look.opened} after "
            f"{counted(look.opened_before, 'earlier look')}."
        )


def sweep_words(sweep: Sweep) -> Iterator[str]:
    """Yield which configuration of a sweep is best, and what cannot be told from it."""
    ranked = [c for c in configurations(sweep) if c.is_measured]
    done = sum(run.is_completed for run in sweep.runs)
    yield f"{done} of {counted(len(sweep.runs), 'job')} completed."
    if sweep.study:
        yield f"They are {proposed_words(sweep.study.by, len(sweep.runs))}."
    if ranked:
        if reason := incomparable(ranked):
            yield f"CAUTION: the accuracies are not comparable: {reason}."
        by_seed = {c.label: {r.config.seed: r.val.accuracy for r in c.completed} for c in ranked}
        yield f"On validation {leading_words(standings(by_seed))}"
