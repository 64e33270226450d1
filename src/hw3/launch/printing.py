"""What a command says at its end: how its jobs ended, and where their records are."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.core.terminal import complain, say
from hw3.core.words import escaped
from hw3.launch.job import JobResult
from hw3.records.layout import CURVES, LOG, SWEEP_FILES
from hw3.records.outcome import SOUND


def report(results: Sequence[JobResult]) -> int:
    """Say how the jobs ended and where the record is; return the exit status."""
    for result in results:
        tell(result, is_alone=len(results) == 1)
    statuses = [result.status for result in results]
    if len(results) > 1:
        skipped = sum(result.was_done for result in results)
        folder = os.path.relpath(results[0].folder.parent)
        before = f" ({skipped} had ended before)" if skipped else ""
        pruned = statuses.count("pruned")
        done = f"{statuses.count('completed')} of {len(results)} completed"
        done += f", {pruned} pruned{before}" if pruned else before
        text = f"hw3: {done}{kept_in(folder)}"
        say(escaped(text))
    if set(statuses) == {"refused"}:
        return 2
    return int(not set(statuses) <= set(SOUND))


def tell(result: JobResult, is_alone: bool) -> None:
    """Print the line of one job; one among many speaks only of trouble."""
    path = os.path.relpath(result.folder)
    folder = escaped(path)
    if result.status == "refused":
        complain(f"error: {result.message}")
    elif result.status == "failed":
        print(result.trace, end="", file=sys.stderr)
        log = f"; see {folder}/run.log" if (result.folder / LOG).exists() else ""
        complain(f"failed: {result.message}{log}")
    elif result.status == "diverged":
        before = " (before)" if result.was_done else ""
        reason = f"; {result.message}" if result.message else ""
        text = f"diverged{before}: the loss is no longer finite; record: {folder}{reason}"
        complain(text)
    elif is_alone and result.was_done:
        say(f"hw3: {result.status} before, skipped; record: {folder}")
    elif is_alone:
        say(f"hw3: completed; record: {folder}{escaped(curves_in(path))}")


def kept_in(folder: str) -> str:
    """Return where a sweep's tables, texts and figures are, nothing if it has none."""
    kept = [name for name in sorted(SWEEP_FILES) if not name.endswith(".json")]
    found = ", ".join(name for name in kept if Path(folder, name).exists())
    return found and f"; in {folder}: {found}"


def curves_in(folder: str) -> str:
    """Return where the curves of a record are, nothing if they were not drawn."""
    path = Path(folder, CURVES)
    return f", curves: {path}" if path.exists() else ""
