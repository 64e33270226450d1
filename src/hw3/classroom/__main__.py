"""Judge a folder of submissions: a row for each, as CSV and as a page.

usage: python -m hw3.classroom <folder> [name=value ...]

Each folder in it is a submission, and may hold records of hw3, a program and weight files anywhere.
A row tells the audit of its records, the check of its program, its best accuracies, its looks at
test data, and which others hold the same weights or the same program. Code of a submission runs in
the sandbox of hw3.check alone.

  csv      where the table goes: classroom.csv
  page     where the page goes: classroom.html
  check    how the program to check is called: check.py, else the only .py file; none: no check
  verify   epochs of one run of each record that are trained again, three or more; 0: none
  given    a folder of what was handed out: weights and programs in it are nobody's own
  jobs     submissions side by side: by default one for each core
  limit    seconds for one submission: 600
  seed     of the data of checks, and of what is drawn for a replay: by default a new one, printed
  plugins  your modules that the records need: plugins=[my_module]

example: python -m hw3.classroom submissions verify=3 given=handout jobs=4

Exit status 0 if every submission could be judged, 1 if not, 2 for bad input.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from secrets import randbelow

from hw3.core.errors import ConfigError, RunDirError
from hw3.core.plugins import load_plugins, named_plugins
from hw3.core.registry import unknown_key
from hw3.core.terminal import doing, own_arguments, run_command, say
from hw3.core.words import quoted
from hw3.core.workers import usable_cores

KEYS = {
    **{"csv": "classroom.csv", "page": "classroom.html", "check": "check.py", "verify": "0"},
    **{"given": "", "jobs": "", "limit": "600", "seed": "", "plugins": "[]"},
}


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table of a class; return the exit status."""
    return run_command(classroom, argv)


def classroom(arguments: Sequence[str]) -> int:
    """Judge the submissions in the folder that the arguments name."""
    from hw3.classroom.apart import judged  # slow to import
    from hw3.classroom.judge import Options
    from hw3.classroom.likeness import compared
    from hw3.classroom.table import answer, csv_text, is_notable, page, refuse_others
    from hw3.core.files import expanded, write_text
    from hw3.replay.draw import LEAST
    from hw3.replay.verify import Asked

    named = [a for a in arguments if "=" not in a or Path(a).is_dir()]
    own, others = own_arguments([a for a in arguments if a not in named], KEYS)
    if others:
        raise unknown_key(others[0].partition("=")[0], KEYS)
    if len(named) != 1:
        raise ConfigError("name one folder: python -m hw3.classroom <folder> [name=value ...]")
    plugins = tuple(named_plugins([f"plugins={own['plugins']}"]))
    load_plugins(plugins)  # before any work; each process imports them again
    seed = whole("seed", own["seed"] or f"{randbelow(10**9)}")
    epochs = 0 if own["verify"] == "0" else whole("verify", own["verify"], LEAST)
    replay = Asked(sample=1, epochs=epochs, seed=seed) if epochs else None
    options = Options(own["check"], replay, seed, plugins)
    jobs, limit = (whole(key, own[key] or f"{usable_cores()}", 1) for key in ("jobs", "limit"))
    place, csv, web = (expanded(text) for text in (named[0], own["csv"], own["page"]))
    refuse_others(csv, web)
    given = [expanded(own["given"])] if own["given"] else []
    folders = submissions(place, given, [csv, web])
    with doing("judging the submissions", len(folders)) as step:
        handed_out = list(judged(given, Options(plugins=plugins), 1, limit))
        found = []
        for row in judged(folders, options, jobs, limit):
            found.append(row)
            step()
        rows = compared(found, handed_out)
    shown = page(rows, place.resolve().name)
    write_text(csv, csv_text(rows))
    write_text(web, shown)
    for row in rows:
        for sentence in (*row.unjudged, *filter(is_notable, row.alike)):
            say(f"hw3: {row.name}: {sentence}")
    say(f"hw3: {' '.join(answer(rows))}\nhw3: table: {csv}, page: {web}, seed={seed}")
    return int(any(row.unjudged for row in rows))


def submissions(place: Path, given: Sequence[Path], written: Sequence[Path]) -> list[Path]:
    """Return what lies in the folder of a class, but for hidden files and what is no submission.

    Raises:
        RunDirError: if there is nothing, or a folder is not there.
    """
    for folder in (place, *given):
        if not folder.is_dir():
            raise RunDirError(f"{folder} is no folder")
    others = {path.resolve() for path in (place / "__MACOSX", *given, *written)}
    found = [path for path in sorted(place.iterdir()) if not path.name.startswith(".")]
    found = [path for path in found if path.resolve() not in others]
    if not found:
        raise RunDirError(f"{place} is empty; it should hold a folder for each submission")
    return found


def whole(key: str, text: str, least: int = 0) -> int:
    """Return a whole number, or raise ConfigError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) >= least):
        raise ConfigError(f"{key} must be a whole number of at least {least}, got {quoted(text)}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
