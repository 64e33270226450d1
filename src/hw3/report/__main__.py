"""Write one page from the records on disk, report.html in their folder.

usage: python -m hw3.report [folder] [author="..."] [course="..."]

  folder    of the outputs; default: outputs
  author    who hands the page in; with it or the course, the page bears its date of writing
  course    for which course
  plugins   your modules that the runs need: plugins=[my_module]

Nothing is trained and no data file is opened. Exit status 1 if a clause of the assignment fails, 0
if all that was run passes (what is not run yet does not count), 2 if the folder cannot be used.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from hw3.core.errors import ConfigError, RunDirError
from hw3.core.plugins import take_plugins
from hw3.core.terminal import doing, own_arguments, run_command, say
from hw3.core.words import quoted
from hw3.records.layout import CONFIG, OUTPUTS, REPORT
from hw3.report import TITLE

BYLINE = {"author": "", "course": ""}  # keys that homework passes on


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report; return 0, 1 if a clause of the assignment fails, 2 for bad input."""
    return run_command(report, argv)


def report(arguments: Sequence[str]) -> int:
    """Report on the one folder that the arguments name, or on outputs."""
    arguments = take_plugins(arguments)
    arguments = [a.removeprefix("report.") if "=" in a else a for a in arguments]
    folders = [argument for argument in arguments if "=" not in argument]
    own, others = own_arguments([a for a in arguments if a not in folders], BYLINE)
    if len(folders) > 1 or others:
        usage = 'python -m hw3.report [folder] [author="..."] [course="..."]'
        raise ConfigError(f"the arguments are {usage}; got {quoted(' '.join(arguments))}")
    root = Path(folders[0] if folders else OUTPUTS)
    refuse_others(root)
    return write_report(root, given=own)


def refuse_others(root: Path) -> None:
    """Raise RunDirError for a folder of others, and a report.html that would be lost."""
    path = root / REPORT
    runs = (p for depth in ("", "*/", "*/*/") for p in root.glob(f"{depth}{CONFIG}"))
    if root.is_dir() and root.name != OUTPUTS and not any(runs):
        raise RunDirError(f"{root} holds no folder of an experiment; name the folder of outputs")
    if path.exists() and f"<title>{TITLE}</title>".encode() not in path.read_bytes()[:4000]:
        raise RunDirError(f"{path} was not written by hw3; move it away, or name another folder")


def write_report(
    root: Path, given: Mapping[str, str] = BYLINE, problem: str = "all", is_quick: bool = False
) -> int:
    """Write a folder's report, say where it is and what it holds of a problem, or of all.

    Returns 1 if a clause of these fails; in a quick look, if records contradict each other.
    """
    with doing("reading the records"):
        from hw3.core.files import write_text  # all of them slow to import
        from hw3.report.page import page
        from hw3.report.problems import audit, find_records, problems

        records, path = find_records(root), root / REPORT
        checks = audit(records)
        byline = [given[key] for key in BYLINE if given[key]]
        byline += [f"written on {date.today()}"] if byline else []
        write_text(path, page(records, checks, byline))
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
    n_passed = sum(check.status == "PASS" for check in checks)
    n_not_run = len(checks) - n_passed - len(failed)
    of = "" if problem == "all" else f" of problem {problem}"
    say(f"hw3: audit{of}: {n_passed} pass, {len(failed)} fail, {n_not_run} not run")
    say(f"hw3: report: {path}")
    return int(any(check.is_integrity or not is_quick for check in failed))


if __name__ == "__main__":
    sys.exit(main())
