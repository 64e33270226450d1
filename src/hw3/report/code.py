"""Whether runs came from the same code, and what of it was changed since its commit.

Different code is a caution and no FAIL: each record still says what it is of, and nothing that it
says is contradicted. A later commit may have changed a comment, or all; the digests cannot tell.
"""

from collections.abc import Sequence

from hw3.core.words import counted, size
from hw3.records.code import Changes
from hw3.records.run import Run
from hw3.report.clause import Check, Status
from hw3.report.parts import Records
from hw3.sweeps.code import Made, made_by_code


def code_of_runs(runs: Sequence[Run]) -> list[Made]:
    """Return what each code made of the runs of a folder."""
    return made_by_code((run.name, run) for run in runs)


def code_of_parts(records: Records) -> list[Made]:
    """Return what each code made of all parts of the assignment."""
    return made_by_code((p.experiment, run) for p in records.parts for run in records.runs(p))


def code_check(name: str, made: Sequence[Made]) -> Check:
    """Return whether one code made all; older records may not say which it was."""
    known, title = [m for m in made if m.codes], "All runs came from the same code"
    if not made:
        return Check(name, title, "NOT RUN", ["no run has ended"])
    if len(known) == len(made) == 1:
        n_runs = counted(known[0].n_runs, "run")
        return Check(name, title, "PASS", [f"{n_runs} of {known[0].code}"])
    status: Status = "CAUTION" if len(known) > 1 else "NOT RECORDED"
    return Check(name, title, status, list(map(str, made)))


def changes(made: Sequence[Made]) -> dict[str, str]:
    """Return each diff of the code since its commit, once, by what is to be said of it."""
    commits = dict.fromkeys(code.commit for found in made for code in found.codes)
    told = {c: c.changes for c in commits if c and c.changes}
    return {
        f"{commit}: {size(found.size)} of diff": text_of(found)
        for commit, found in told.items()
        if found.files or found.untracked
    }


def text_of(found: Changes) -> str:
    """Return the diff, or the names of its files where it is not kept; and what git lacks."""
    lost = f"No diff is kept of {', '.join(found.files)}: it is too long, or no text. Its sha256"
    diff = f"{lost} is {found.sha256}\n" if found.diff is None else found.diff
    unknown = [f"Not tracked by git, and not recorded: {path}\n" for path in found.untracked]
    return "".join([*unknown, diff])
