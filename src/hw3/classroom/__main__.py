"""Judge a folder of submissions: a row for each, as CSV and as a page.

usage: python -m hw3.classroom <folder> [key=value ...]

Each folder in it is a submission, and may hold records of hw3, a program and weight files anywhere.
A row tells the audit of its records, the check of its program, its best accuracies, its looks at
test data, and which others hold the same weights or the same program. Code of a submission runs in
the sandbox of hw3.check alone.

  csv      where the table goes: classroom.csv
  page     where the page goes: classroom.html
  check    how the program to check is called: check.py, else the only .py file; none: no check
  verify   epochs of one run of each record that are trained again; 0, the default, for none
  given    a folder of what was handed out: weights and programs in it are nobody's own
  jobs     submissions side by side: by default one for each core
  limit    seconds for one submission: 600
  seed     of the random data of checks, by default another for each
  plugins  your modules that the records need: plugins=[my_module]

Exit status 0 if every submission could be judged, 1 if not, 2 for bad input.
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.terminal import doing, own_arguments, run_command, say

KEYS = {
    **{"csv": "classroom.csv", "page": "classroom.html", "check": "check.py", "verify": "0"},
    **{"given": "", "jobs": "", "limit": "600", "seed": "", "plugins": "[]"},
}


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table of a class; return the exit status."""
    return run_command(classroom, argv)


def classroom(arguments: Sequence[str]) -> int:
    """Judge the submissions in the folder that the arguments name."""
    from hw3.classroom.table import answer, csv_text, notable, page
    from hw3.classroom.work import asked, judged_class
    from hw3.core.files import write_text
    from hw3.core.registry import unknown_key

    folders = [argument for argument in arguments if "=" not in argument]
    own, others = own_arguments([a for a in arguments if a not in folders], KEYS)
    if others:
        raise unknown_key(others[0].partition("=")[0], KEYS)
    if len(folders) != 1:
        raise ConfigError("name one folder: python -m hw3.classroom <folder> [key=value ...]")
    work = asked(folders[0], own)
    with doing("judging the submissions", len(work.folders)) as step:
        rows = judged_class(work, step)
    write_text(work.csv, csv_text(rows))
    write_text(work.page, page(rows, work.folder.name))
    for row in rows:
        for text in (*row.unjudged, *filter(notable, row.alike)):
            say(f"hw3: {row.name}: {text}")
    say(f"hw3: {' '.join(answer(rows))}")
    say(f"hw3: table: {work.csv}, page: {work.page}")
    return int(any(row.unjudged for row in rows))


if __name__ == "__main__":
    sys.exit(main())
