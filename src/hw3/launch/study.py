"""A study: the jobs of a sweep that an optimizer proposes, batch after batch, from their records.

What is known when a batch is proposed is what all trials before it came to. So the same command
goes on after a kill with the same proposals, also where trials run side by side.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from hw3.config.compose import Session, hydra_session
from hw3.config.schema import changed
from hw3.config.space import Params
from hw3.core.errors import ConfigError, RunDirError, TroubleError
from hw3.core.words import counted
from hw3.core.workers import FailFastError, announced_sweep
from hw3.launch.checks import check_config
from hw3.launch.command import Command, config_at
from hw3.launch.job import Job, JobResult, unfinished
from hw3.launch.search import Search
from hw3.launch.sweep import (
    ELSEWHERE,
    ended_otherwise,
    held,
    launched,
    plan_of,
    settings_of,
    stopped,
    summarized,
)
from hw3.launch.tpe import ATTEMPTS, BY, Past, proposals
from hw3.launch.watch import JobState, say_continued, watching
from hw3.records.jobs import JobList, read_jobs, save_jobs
from hw3.records.layout import CONFIG, HEARTBEAT, JOBS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.rundir import check_whole
from hw3.records.study import Proposals, Trial, read_study, save_study
from hw3.sweeps.groups import label_of, telling


def run_study(command: Command, search: Search) -> list[JobResult]:
    """Run trials until there are as many as asked for, write the summary, return all results.

    Raises:
        RunDirError: for a folder with other jobs; nothing of it is touched.
    """
    with held(command.folder):
        study = Study(command, search, asked(search))
        study.take_up()
        before = {job.folder: read_outcome(job.folder) for job in study.jobs}
        for folder, ended in before.items():
            check_whole(folder, ended)
        try:
            with announced_sweep(command.folder / HEARTBEAT), watching(study.states):
                study.run()
        except FailFastError as error:
            return [stopped(command.folder, error)]
        finally:
            if study.jobs:
                summarized(command)
    return [study.result(job, isinstance(before.get(job.folder), Outcome)) for job in study.jobs]


def asked(search: Search) -> Proposals:
    """Return the record of a study before its first trial."""
    keys = search.keys
    return Proposals(
        BY,
        keys.seed,
        keys.n_startup_trials,
        keys.prune,
        keys.n_warmup_epochs,
        search.space.words,
    )


@dataclass
class Study:
    """A study while it runs.

    Attributes:
        record: what study.json says.
        jobs: of its trials so far.
        results: of those that this command has run.
        states: of all trials, to be shown; those that are not proposed yet have only a number.
    """

    command: Command
    search: Search
    record: Proposals
    jobs: list[Job] = field(default_factory=list)
    results: dict[str, JobResult] = field(default_factory=dict)
    states: dict[Path, JobState] = field(default_factory=dict)

    def take_up(self) -> None:
        """Take up the trials that are in the folder.

        Raises:
            RunDirError: if what is there is not of this study.
        """
        folder, before = self.command.folder, read_study(self.command.folder)
        if before is None and ((folder / JOBS).exists() or any(folder.glob(f"*/{CONFIG}"))):
            raise RunDirError(f"{folder} holds jobs that no optimizer proposed; {ELSEWHERE}")
        for number in range(self.search.keys.n_trials):
            epochs = self.command.configs[0].epochs
            self.states[self.place(number)] = JobState(f"trial {number + 1}", epochs)
        if before is None:
            return
        reason = difference(before, self.record)
        with hydra_session(self.command.overrides, self.command.base) as session:
            for trial in () if reason else before.trials:
                job = self.composed(session, trial.params)
                if job.folder.name != trial.job:
                    reason = f"{trial.job} there, {job.folder.name} asked for"
                    break
                self.add(job, trial)
        if reason:
            raise RunDirError(f"{folder} holds another study ({reason}); {ELSEWHERE}")

    def run(self) -> None:
        """Run what was interrupted or failed, then batch after batch of new trials."""
        todo = unfinished(self.jobs)
        say_continued({job.folder: self.states[job.folder] for job in todo})
        self.save()
        while todo or len(self.jobs) < self.search.keys.n_trials:
            todo = todo or self.proposed()
            self.results |= {r.folder.name: r for r in launched(self.command.engine, todo)}
            todo = []

    def proposed(self) -> list[Job]:
        """Return the jobs of the next batch, recorded before they start.

        Raises:
            TroubleError: if no proposal can run, or none is new.
        """
        keys, known = self.search.keys, len(self.jobs)
        n = min(keys.n_jobs or self.command.engine.n_workers, keys.n_trials - known)
        outcomes = [read_outcome(job.folder) for job in self.jobs]
        with hydra_session(self.command.overrides, self.command.base) as session:
            for _ in range(n):
                found = zip_longest(self.record.trials, outcomes)
                past = [(trial.params, ended) for trial, ended in found]
                job, params = self.next_new(session, past)
                self.add(job, Trial(job.folder.name, params, known))
        self.save()
        return self.jobs[known:]

    def next_new(self, session: Session, past: Past) -> tuple[Job, Params]:
        """Return the first proposal that can run, and that no trial has had yet.

        Values that may stand alone may not go together, such as a batch size and a data set.
        """
        keys, names = self.search.keys, {job.folder.name for job in self.jobs}
        tried = proposals(self.search.space.searched, past, keys.seed, keys.n_startup_trials)
        reason = "each has been tried"
        for params in tried:
            try:
                job = self.composed(session, params)
            except ConfigError as error:
                reason = str(error)
                continue
            if job.folder.name not in names:
                return job, params
        raise TroubleError(
            f"none of {ATTEMPTS} proposals after {counted(len(past), 'trial')} can run ({reason}); "
            f"those are recorded, and hydra.sweeper.n_trials={len(past)} ends with them"
        )

    def result(self, job: Job, was_done: bool) -> JobResult:
        """Return how a trial ended: as its engine told, else as its record says."""
        if found := self.results.get(job.folder.name):
            return found
        ended = ended_otherwise(job.folder, read_outcome(job.folder))
        return replace(ended, was_done=was_done)

    def composed(self, session: Session, params: Params) -> Job:
        """Return a trial as a job; its data are the stand-in's where the first look found none.

        Raises:
            ConfigError: if it cannot run.
        """
        point, first = self.search.space.point(params), self.command.configs[0]
        config = config_at(session, [session.grammar.read(text) for text in point])
        if first.instead_of:
            stand_in = {"dataset": first.tree["dataset"], "instead_of": first.instead_of}
            config = changed(config, stand_in)
        check_config(config, is_in_sweep=True)
        return Job(config, self.command.folder / config.job_name, tuple(point))

    def add(self, job: Job, trial: Trial) -> None:
        """Add a trial."""
        self.states.pop(self.place(len(self.jobs)), None)
        settings = settings_of([job])[0]
        name = label_of(settings, self.told)
        self.states[job.folder] = JobState(name, job.config.epochs)
        self.jobs.append(job)
        self.record = replace(self.record, trials=(*self.record.trials, trial))

    def place(self, number: int) -> Path:
        """Return what stands for the folder of a trial that is not proposed yet."""
        return self.command.folder / f".trial-{number}"

    @cached_property
    def told(self) -> list[str]:
        """The keys that the names of trials need: those in which the ends of the space differ."""
        return telling(settings_of(self.command.jobs))

    def save(self) -> None:
        """Write study.json and then jobs.json, if they say something else or are not there."""
        folder = self.command.folder
        if read_study(folder) != self.record:
            save_study(folder, self.record)
        names = tuple(job.folder.name for job in self.jobs)
        listed = JobList(names, self.command.overrides, plan_of(settings_of(self.jobs)))
        if names and read_jobs(folder) != listed:
            save_jobs(folder, listed)


def difference(before: Proposals, now: Proposals) -> str:
    """Return "seed: 0 there, 1 asked for" for the first setting in which two studies differ."""
    there, asked = (vars(replace(study, trials=(), space={})) for study in (before, now))
    there, asked = there | dict(before.space), asked | dict(now.space)
    for key in [*there, *asked]:
        if there.get(key) != asked.get(key):
            return f"{key}: {there.get(key)} there, {asked.get(key)} asked for"
    return ""
