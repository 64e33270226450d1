"""Write one page from the records on disk, report.html in their folder.

usage: python -m hw3.report [folder ...] [author="..."] [course="..."]

  folder    of the outputs of the assignment, by default outputs; or of any run or sweep: of several
            there is one page, in the folder of the first
  author    who hands the page in; with it or the course, the page bears its date of writing
  course    for which course
  plugins   your modules that the runs need: plugins=[my_module]

Nothing is trained and no data file is opened. Exit status 1 if a clause of the assignment fails, or
records contradict each other; 0 if all that was run passes (what is not run yet does not count), 2
if the folder cannot be used.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from hw3.core.errors import ConfigError, RunDirError
from hw3.core.plugins import take_plugins
from hw3.core.terminal import doing, own_arguments, run_command, say
from hw3.core.words import quoted
from hw3.records.layout import CONFIG, JOBS, OUTPUTS, REPORT
from hw3.report import TITLE

BYLINE = {"author": "", "course": ""}  # keys that homework passes on


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report; return 0, 1 if a clause of the assignment fails, 2 for bad input."""
    return run_command(report, argv)


def report(arguments: Sequence[str]) -> int:
    """Report on the folders that the arguments name, or on outputs."""
    arguments = take_plugins(arguments)
    arguments = [a.removeprefix("report.") if "=" in a else a for a in arguments]
    folders = [a for a in arguments if "=" not in a or Path(a).is_dir()]
    own, others = own_arguments([a for a in arguments if a not in folders], BYLINE)
    if others:
        usage = 'python -m hw3.report [folder ...] [author="..."] [course="..."]'
        raise ConfigError(f"the arguments are {usage}; got {quoted(' '.join(arguments))}")
    if "" in folders:
        raise ConfigError("the name of a folder is empty")
    roots = list(map(Path, folders or [OUTPUTS]))
    for root in roots:
        refuse_others(root)
    if len(roots) > 1 or is_record(roots[0]):
        return write_folders(roots, own)
    return write_report(roots[0], given=own)


def is_record(root: Path) -> bool:
    """Whether a folder is a run or a sweep itself, and not one that holds those of problems."""
    if (root / CONFIG).exists() or (root / JOBS).exists():
        return True
    return any(root.glob(f"*/{CONFIG}")) and not any(root.glob(f"*/*/{CONFIG}"))


def refuse_others(root: Path) -> None:
    """Raise RunDirError for a folder of others, and a report.html that would be lost."""
    path = root / REPORT
    runs = (p for depth in ("", "*/", "*/*/") for p in root.glob(f"{depth}{CONFIG}"))
    if root.is_dir() and root.name != OUTPUTS and not any(runs):
        raise RunDirError(f"{root} holds no folder of an experiment; name the folder of outputs")
    if path.exists() and f"<title>{TITLE}</title>".encode() not in path.read_bytes()[:4000]:
        raise RunDirError(f"{path} was not written by hw3; move it away, or name another folder")


def byline_of(given: Mapping[str, str]) -> list[str]:
    """Return who hands a page in, for which course, and when if either is known."""
    named = [given[key] for key in BYLINE if given[key]]
    return [*named, f"written on {date.today()}"] if named else []


def write_folders(folders: Sequence[Path], given: Mapping[str, str]) -> int:
    """Write the page of some runs and sweeps, say where it is; return 1 for records that lie."""
    with doing("reading the records"):
        from hw3.core.files import write_text  # all of them slow to import
        from hw3.report.folders import folders_page, loaded

        sections = list(map(loaded, dict.fromkeys(folders)))
        write_text(folders[0] / REPORT, folders_page(sections, byline_of(given)))
    for section in sections:
        say(f"hw3: {section.folder}: {' '.join(section.answer)}")
        for fault in section.check.faults:
            say(f"hw3: FAIL {fault}")
    say(f"hw3: report: {folders[0] / REPORT}")
    return int(any(section.check.faults for section in sections))


def write_report(
    root: Path, given: Mapping[str, str] = BYLINE, problem: str = "all", is_quick: bool = False
) -> int:
    """Write a folder's report, say where it is and what it holds of a problem, or of all.

    Returns 1 if a clause of these fails; in a quick look, if records contradict each other.
    """
    with doing("reading the records"):
        from hw3.core.files import write_text  # all of them slow to import
        from hw3.report.page import page
        from hw3.report.parts import guarded
        from hw3.report.problems import audit, find_records, problems
        from hw3.sweeps.code import several_codes

        records, path = find_records(root), root / REPORT
        checks = audit(records)
        write_text(path, page(records, checks, byline_of(given)))
    asked = [p for p in problems() if problem in ("all", str(p.number))]
    checks = [c for c in checks if c.problem in (0, *(p.number for p in asked))]
    for line in records.shortened:
        if line.startswith(tuple(f"problem {p.number}," for p in asked)):
            say(f"hw3: not the assignment's job: {line}")
    for title, sentences in (p.answer(records) for p in asked):
        say(f"hw3: {title}: {' '.join(sentences)}")
    failed = [check for check in checks if check.status == "FAIL"]
    for check in failed:
        more = f" (and more: {path})" if len(check.faults) > 1 else ""
        say(f"hw3: FAIL {check.clause} {check.title}: {check.faults[0]}{more}")
    caution = guarded(records, (), lambda: several_codes(records.all_runs))
    if isinstance(caution, str):
        say(f"hw3: CAUTION: {caution}")
    n_passed = sum(check.status == "PASS" for check in checks)
    n_not_run = len(checks) - n_passed - len(failed)
    of = "" if problem == "all" else f" of problem {problem}"
    say(f"hw3: audit{of}: {n_passed} pass, {len(failed)} fail, {n_not_run} not run")
    say(f"hw3: report: {path}")
    return int(any(check.is_integrity or not is_quick for check in failed))


if __name__ == "__main__":
    sys.exit(main())
