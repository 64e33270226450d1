"""python -m hw3.report [outputs]: one page from the records on disk, report.html in that folder.

Nothing is trained and no data file is opened. Exit status 1 if a clause of the assignment fails, 0
if all that was run passes (what is not run yet does not count), 2 if the folder cannot be used.
"""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.core.files import write_text
from hw3.core.terminal import doing, run_command
from hw3.records.layout import OUTPUTS, REPORT


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report; return 0, 1 if a clause of the assignment fails, 2 for bad input."""
    return run_command(report, argv)


def report(arguments: Sequence[str]) -> int:
    """Report on the one folder that the arguments name, or on outputs."""
    if len(arguments) > 1 or any("=" in argument for argument in arguments):
        raise ConfigError("usage: python -m hw3.report [folder of the outputs]")
    return write_report(Path(arguments[0] if arguments else OUTPUTS))


def write_report(root: Path, excused: Collection[str] = ()) -> int:
    """Write a folder's report, say where it is; return 1 if a clause fails that is not excused."""
    with doing("reading the records"):
        from hw3.report.page import page  # slow to import
        from hw3.report.problems import audit, find_records, problems

        records, path = find_records(root), root / REPORT
        checks = audit(records)
        write_text(path, page(records, checks))
    for line in records.shortened:
        print(f"hw3: not the assignment's job: {line}")
    for title, text in (problem.headline(records) for problem in problems()):
        print(f"hw3: {title}: {text}")
    failed = [check for check in checks if check.status == "FAIL"]
    for check in failed:
        more = f" (and more: {path})" if len(check.faults) > 1 else ""
        print(f"hw3: FAIL {check.clause} {check.title}: {check.faults[0]}{more}")
    n_passed = sum(check.status == "PASS" for check in checks)
    n_not_run = len(checks) - n_passed - len(failed)
    print(f"hw3: audit: {n_passed} pass, {len(failed)} fail, {n_not_run} not run")
    print(f"hw3: report: {path}")
    return int(any(check.clause not in excused for check in failed))


if __name__ == "__main__":
    sys.exit(main())
