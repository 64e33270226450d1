"""Running a command: one job here, or the jobs of a sweep; and saying how they ended."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.core.terminal import say
from hw3.launch.command import Command
from hw3.launch.data import with_data
from hw3.launch.job import JobResult, run_job
from hw3.launch.sweep import run_sweep, unfinished
from hw3.records.layout import CURVES, LOG, SUMMARY


def run_command(command: Command) -> list[JobResult]:
    """Run the jobs of a command, whose data are made sure of first."""
    todo = unfinished(command.jobs) if command.folder else command.jobs
    if todo:
        command = with_data(command, [job.config for job in todo])
    if command.folder is None:
        return [run_job(command.jobs[0])]
    return run_sweep(command, command.folder)


def report(results: Sequence[JobResult]) -> int:
    """Say how the jobs ended and where the record is; return the exit status."""
    for result in results:
        tell(result, is_alone=len(results) == 1)
    statuses = [result.status for result in results]
    if len(results) > 1:
        skipped = sum(result.was_done for result in results)
        folder = os.path.relpath(results[0].folder.parent)
        text = (
            f"hw3: {statuses.count('completed')} of {len(results)} completed ({skipped} had ended "
            f"before); summary: {folder}/{SUMMARY}"
        )
        say(text + curves_text(folder))
    if set(statuses) == {"refused"}:
        return 2
    return int(set(statuses) != {"completed"})


def tell(result: JobResult, is_alone: bool) -> None:
    """Print the line of one job; one among many speaks only of trouble."""
    folder = os.path.relpath(result.folder)
    if result.status == "refused":
        print(f"hw3: error: {result.message}", file=sys.stderr)
    elif result.status == "failed":
        print(result.trace, end="", file=sys.stderr)
        print(f"hw3: failed: {result.message}; see {folder}/{LOG}", file=sys.stderr)
    elif result.status == "diverged":
        before = " (before)" if result.was_done else ""
        text = f"hw3: diverged{before}: the loss is no longer finite; record: {folder}"
        text += f"; {result.message}" if result.message else ""
        print(text, file=sys.stderr)
    elif is_alone and result.was_done:
        say(f"hw3: {result.status} before, skipped; record: {folder}")
    elif is_alone:
        say(f"hw3: completed; record: {folder}{curves_text(folder)}")


def curves_text(folder: str) -> str:
    """Return where the curves are, nothing if none were drawn."""
    path = Path(folder, CURVES)
    return f", curves: {path}" if path.exists() else ""
