"""One submission judged: its records, its program, and what identifies its weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from hw3.classroom.row import Held, Judged
from hw3.classroom.submission import (
    Submission,
    digests,
    found_in,
    program_digests,
    weight_digests,
)
from hw3.config.keys import Role, canonical, role_of
from hw3.core.errors import DataError, Hw3Error, RunDirError, first_line, os_text
from hw3.core.plugins import load_plugins
from hw3.core.verdict import Verdict
from hw3.core.words import counted
from hw3.programs.check import checked
from hw3.programs.process import Limits
from hw3.records.integrity import faults, file_faults
from hw3.records.layout import HISTORY, JOBS, LEDGER, LOG, PARAMS, QUICK
from hw3.records.outcome import SOUND
from hw3.records.run import Run, load_run
from hw3.replay.verify import Asked, verified
from hw3.report.clause import Check
from hw3.report.folders import loaded
from hw3.report.parts import Stopped, undamaged
from hw3.report.problems import audit, find_records, problems
from hw3.testset.ledger import read_ledger
from hw3.training.build import fresh_params


@dataclass(frozen=True)
class Options:
    """What the teacher asks for: programs of a name, a replay, a seed for checks, and plugins."""

    check: str = ""
    replay: Asked | None = None
    seed: int | None = None
    plugins: Sequence[str] = ()


def judge(folder: Path, options: Options) -> Judged:
    """Return the row of a submission; what cannot be read becomes a sentence of it."""
    row = Judged(folder.name)
    try:
        load_plugins(options.plugins)
        submission = found_in(folder)
    except (Hw3Error, OSError) as error:
        return replace(row, unjudged=(told(error, folder),))
    for with_more in (with_records, with_program, with_replay):
        try:
            row = with_more(row, submission, options)
        except (Hw3Error, OSError) as error:
            row = replace(row, unjudged=(*row.unjudged, told(error, folder)))
    if submission.run_folders or submission.programs or submission.weight_files:
        return row
    n = counted(len(submission.files), "file")
    return replace(row, remarks=(f"no record, program (.py) or weights (.h5, .npz) among {n}",))


def told(found: Exception | str, folder: Path) -> str:
    """Return a sentence, or an error's line, with paths as they are in the submission."""
    if isinstance(found, Exception):
        found = os_text(found) if isinstance(found, OSError) else first_line(found)
    return found.replace(f"{folder}/", "")


def with_records(row: Judged, submission: Submission, options: Options) -> Judged:
    """Return the row with what the records say, and what identifies the weights."""
    loads = [undamaged(partial(load_run, f), f) for f in submission.run_folders]
    runs = [run for run in loads if isinstance(run, Run)]
    done = [run.outcome for run in runs if run.is_completed]
    ledgers = [undamaged(partial(read_ledger, p), p) for p in submission.files if p.name == LEDGER]
    looks = [look for read in ledgers if not isinstance(read, Stopped) for look in read]
    vouched = {run.folder: explained(run) for run in runs}
    held, remarks = [], []
    for path in submission.weight_files:
        run = next((p for p in path.parents[:2] if p in vouched), None)  # or of checkpoints/
        own = vouched[run] if run else Held(frozenset())
        try:
            found = weight_digests(path)
            held.append(replace(own, digests=found, is_final=path.name == PARAMS))
        except DataError as error:
            remarks.append(told(error, submission.folder))
    fresh = [undamaged(partial(fresh_digests, r), r.folder) for r in runs]
    return replace(
        row,
        runs=len(submission.run_folders),
        checks=tuple(audits(submission)),
        val=max((o.val.accuracy for o in done if o.val), default=None),
        test=max((o.test.accuracy for o in done if o.test), default=None),
        looks=max(len(looks), sum(o.test is not None for o in done)),
        held=tuple(held),
        fresh=frozenset().union(*(f for f in fresh if not isinstance(f, Stopped))),
        programs=frozenset().union(*map(program_digests, submission.programs)),
        remarks=tuple(remarks),
    )


def audits(submission: Submission) -> Iterator[Check]:
    """Yield the clauses of each folder of outputs, and of each run or sweep elsewhere."""
    for place, is_outputs in places(submission).items():
        name = str(place.relative_to(submission.folder)) if place != submission.folder else "record"
        found = undamaged(partial(clauses, place, is_outputs), place)
        if isinstance(found, Stopped):
            found = [Check(name, "The record can be read", "FAIL", [], [found.reason])]
        for check in found:
            faults = [told(fault, submission.folder) for fault in check.faults]
            yield replace(check, clause=check.clause if is_outputs else name, faults=faults)


def clauses(place: Path, is_outputs: bool) -> list[Check]:
    """Return the clauses of a folder of outputs, or the one of a run or a sweep."""
    return audit(find_records(place)) if is_outputs else [loaded(place).check]


def places(submission: Submission) -> dict[Path, bool]:
    """Return the folders to audit, and whether each holds the parts of the assignment.

    A quick look beside the whole is none: it fails by its nature.
    """
    parts = {part.experiment for problem in problems() for part in problem.parts}
    found = {}
    for run in submission.run_folders:
        above = run.parent
        if above.name in parts and above != submission.folder:
            found[above.parent] = True
        else:
            found[above if above / JOBS in submission.files else run] = False
    looks = [place for place in found if place.name == QUICK and place.parent in found]
    return {place: is_outputs for place, is_outputs in found.items() if place not in looks}


def explained(run: Run) -> Held:
    """Return what explains the weights of a run, unless its record contradicts itself.

    One that was interrupted explains its checkpoint: who is honest has such too.
    """
    kind = faults if run.status in SOUND else (lambda _: ()) if run.is_unfinished else file_faults
    if undamaged(lambda: list(kind(run)), run.folder) != []:
        return Held(frozenset())
    identity = {k: v for k, v in run.settings.items() if role_of(k) is Role.IDENTITY}
    settings = {key: canonical({key: value}) for key, value in identity.items()}
    files = (run.folder / name for name in (HISTORY, LOG))
    times = sha256(b"".join(f.read_bytes() for f in files if f.is_file())).hexdigest()
    return Held(frozenset(), settings | {"seed": str(run.seed)}, times)


def fresh_digests(run: Run) -> frozenset[str]:
    """Return the digests of the weights that a run started from."""
    layers = fresh_params(run.config, run.layer_sizes)
    weights = [weight for weight, _ in layers]
    return digests(weights) | digests([*weights, *(bias for _, bias in layers)])


def with_program(row: Judged, submission: Submission, options: Options) -> Judged:
    """Return the row with what the check of its program says."""
    named = [path for path in submission.programs if path.name == options.check]
    chosen = named or (submission.programs if len(submission.programs) == 1 else [])
    if not chosen:
        n = len(submission.programs)
        none = f"no {options.check} among {counted(n, 'Python file')}: nothing was checked"
        return replace(row, remarks=(*row.remarks, none)) if n else row
    found = checked(chosen[0], Limits(), options.seed)
    seen = [f for f in found.findings if f.verdict is found.verdict is not Verdict.PASS]
    lines = [
        f"bug {f.bug.number}: {f.bug.name}" if f.bug else f"{f.clause}: {f.observed}" for f in seen
    ]
    remarks = (*row.remarks, *found.remarks)
    return replace(row, program=found.verdict, checked=(*dict.fromkeys(lines),), remarks=remarks)


def with_replay(row: Judged, submission: Submission, options: Options) -> Judged:
    """Return the row with verify's verdict and sentence on each record, if it was asked for."""
    asked = options.replay
    found = [replayed(place, asked) for place in places(submission)] if asked else []
    return replace(row, verify=tuple((v, told(t, submission.folder)) for v, t in found))


def replayed(place: Path, asked: Asked) -> tuple[str, str]:
    """Return the verdict on a record, and the sentence on a run of it that has this verdict."""
    try:
        found = verified(place, asked)
    except RunDirError as error:  # nothing has ended
        return "INCONCLUSIVE", first_line(error)
    return found.verdict, next(r.sentence for r in found.runs if r.verdict == found.verdict)
