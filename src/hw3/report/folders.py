"""A page of any runs and sweeps: what each was, what came of it, whether its record holds."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from hw3.analysis.exploration import standings
from hw3.analysis.intervals import accuracy_text, mean_text, wilson
from hw3.core.errors import first_line
from hw3.core.table import Table
from hw3.core.words import counted
from hw3.datasets.cautions import caution_lines
from hw3.records.jobs import JobList, left_behind, read_jobs
from hw3.records.layout import CONFIG, CONFUSION, JOBS
from hw3.records.outcome import SOUND, Failure
from hw3.records.run import Run, Sweep, load_run, load_sweep
from hw3.records.study import proposed_words
from hw3.report import TITLE
from hw3.report.clause import Check, Status
from hw3.report.page import make_environment, together
from hw3.report.parts import Stopped
from hw3.report.problems import checked, record_faults
from hw3.report.ran import made_run
from hw3.sweeps.folders import DAMAGE
from hw3.sweeps.groups import Configuration, configurations, incomparable
from hw3.sweeps.parameters import parameters
from hw3.sweeps.summary import sweep_table

T = TypeVar("T")
LISTED = 5  # names that a sentence has room for
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

    @property
    def run(self) -> Run:
        """The run of a section that has one, else the first job."""
        return self.sweep.runs[0]

    @cached_property
    def ended(self) -> list[Run]:
        """The runs that came to something."""
        return [run for run in self.sweep.runs if not run.is_unfinished]

    @cached_property
    def answer(self) -> list[str]:
        """What came of it, in sentences."""
        found = guarded(lambda: list(sweep_words(self) if self.is_sweep else run_words(self.run)))
        return [found.reason] if isinstance(found, Stopped) else found

    @cached_property
    def check(self) -> Check:
        """Whether the records agree with themselves."""
        is_whole = len(self.ended) == len(self.sweep.runs)  # before, its summary is an earlier one
        must_be = is_whole and (self.folder / JOBS).exists()
        found = guarded(lambda: list(record_faults(self.sweep, must_be)))
        faults = [found.reason] if isinstance(found, Stopped) else found
        title = f"The records of {self.folder} agree with themselves"
        status: Status = "FAIL" if faults else "PASS" if self.ended else "NOT RUN"
        return Check(f"{self.folder} records", title, status, [checked(len(self.ended))], faults)

    @property
    def tables(self) -> list[Table]:
        """The ranking of a sweep, and the parameters of what has ended."""
        found = [sweep_table(configurations(self.sweep))] if self.is_sweep else []
        sound = [run for run in self.ended if run.status in SOUND]
        if 0 < len(sound) <= MAX_RUNS:
            found.append(parameters({self.folder.name: sound}))
        return [replace(table, id=f"{table.id}-{self.folder}") for table in found]

    @property
    def has_confusion(self) -> bool:
        """Whether it is a run that looked at a test split and recorded its decisions."""
        return not self.is_sweep and (self.folder / CONFUSION).exists()

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
        instead = {run.outcome.instead_of for run in self.ended} - {None}
        return [*lines, *dict.fromkeys(cautions), *(f"instead of {name}" for name in instead)]

    @property
    def machines(self) -> list[str]:
        """Where the runs ran, each machine once."""
        return list(dict.fromkeys(str(run.environment) for run in self.ended))

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
        where = self.folder if self.is_sweep else self.folder.absolute().parent
        listed = read_jobs(where) or JobList(())
        if self.is_sweep and listed.overrides:
            return shlex.join(["python", "-m", "hw3.run", "-m", *listed.overrides])
        made = made_run(self.run, JobList(())) if self.run.tree and not self.is_sweep else []
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
    template = make_environment(guarded=guarded).get_template("folders.html.j2")
    about = {"title": TITLE, "version": version("hw3"), "byline": byline}
    return together(template.render(sections=sections, **about))


def guarded(draw: Callable[[], T]) -> T | Stopped:
    """Return what is drawn, or why a damaged record cannot be; a bug crashes."""
    try:
        return draw()
    except DAMAGE as error:
        return Stopped(f"a record cannot be used: {first_line(error)}", is_fault=True)


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


def sweep_words(section: Section) -> Iterator[str]:
    """Yield which configuration of a sweep is best, and what cannot be told from it."""
    sweep, found = section.sweep, configurations(section.sweep)
    ranked = [c for c in found if c.is_measured]
    done = sum(run.is_completed for run in sweep.runs)
    yield f"{done} of {counted(len(sweep.runs), 'job')} completed."
    if sweep.study:
        yield f"They are {proposed_words(sweep.study.by, len(sweep.runs))}."
    if not ranked:
        return
    if reason := incomparable(ranked):
        yield f"CAUTION: the accuracies are not comparable: {reason}."
    by_seed = {c.label: {r.config.seed: r.val.accuracy for r in c.completed} for c in ranked}
    best, *others = standings(by_seed)
    yield f'"{best.name}" leads on validation with {mean_text(best.mean, best.sd)}.'
    tested = [s for s in others if s.p is not None]
    if tested:
        alike = [s.name for s in tested if s.keeps_up]
        yield (
            f"{len(alike)} of {counted(len(tested), 'other')} cannot be told apart from it"
            f"{some(alike)} (paired t over seeds, Holm, 5 %)."
        )
    elif any(len(seeds) > 1 for seeds in by_seed.values()):
        yield "Nothing is tested, for lack of common seeds."
    elif others:
        alike = [c.label for c in ranked if c.label != best.name and overlaps(c, ranked, best.name)]
        yield (
            f"The 95 % intervals of {len(alike)} of {counted(len(others), 'other')} overlap its "
            f"own{some(alike)}; with one seed nothing is tested."
        )


def some(names: Sequence[str]) -> str:
    """Return ": a; b, ..." for the first of some names."""
    more = ", ..." if len(names) > LISTED else ""
    return f": {'; '.join(names[:LISTED])}{more}" if names else ""


def overlaps(c: Configuration, ranked: Sequence[Configuration], best: str) -> bool:
    """Whether the interval of one run of a configuration reaches that of the best."""
    first = next(other for other in ranked if other.label == best)
    (low, _), (_, high) = (
        wilson(run.val.n_correct, run.val.n_examples)
        for run in (first.completed[0], c.completed[0])
    )
    return high >= low
