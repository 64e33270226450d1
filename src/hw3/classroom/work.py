"""What the command is asked to do, checked before any work, and done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hw3.classroom.apart import judged
from hw3.classroom.judge import Judged, Options
from hw3.classroom.likeness import compared
from hw3.classroom.table import HEADER, TITLE, refuse_others
from hw3.core.errors import ConfigError, RunDirError
from hw3.core.files import expanded
from hw3.core.plugins import named_plugins
from hw3.core.words import quoted
from hw3.core.workers import usable_cores


@dataclass(frozen=True)
class Work:
    """A class, what is asked of each submission, and where the table goes."""

    folder: Path
    folders: list[Path]
    given: Path | None
    options: Options
    jobs: int
    limit: int
    csv: Path
    page: Path


def asked(folder: str, own: Mapping[str, str]) -> Work:
    """Return what the arguments ask for.

    Raises:
        ConfigError: for a value that is none.
        RunDirError: for a folder without submissions, and files of others that would be lost.
    """
    path, csv, page = (expanded(text) for text in (folder, own["csv"], own["page"]))
    if not path.is_dir():
        raise RunDirError(f"{path} is no folder; name the one that holds a folder per submission")
    refuse_others(csv, ",".join(HEADER[:3]))
    refuse_others(page, f"<title>{TITLE}</title>")
    written = {csv.resolve(), page.resolve()}
    found = [p for p in sorted(path.iterdir()) if p.name[0] != "." and p.resolve() not in written]
    found = [p for p in found if p.name != "__MACOSX"]
    if not found:
        raise RunDirError(f"{path} is empty; it should hold a folder for each submission")
    given = expanded(own["given"]).resolve() if own["given"] else None
    if given and not given.is_dir():
        raise ConfigError(f"given={own['given']} is no folder; name what was handed out")
    return Work(
        path.resolve(),
        [p for p in found if p.resolve() != given],
        given,
        Options(
            own["check"],
            whole("verify", own["verify"], 0),
            whole("seed", own["seed"], 0) if own["seed"] else None,
            tuple(named_plugins([f"plugins={own['plugins']}"])),
        ),
        whole("jobs", own["jobs"] or str(usable_cores()), 1),
        whole("limit", own["limit"], 1),
        csv,
        page,
    )


def whole(key: str, text: str, least: int) -> int:
    """Return a whole number, or raise ConfigError."""
    if not text.isdecimal() or not text.isascii() or len(text) > 9 or int(text) < least:
        raise ConfigError(f"{key} must be a whole number of at least {least}, got {quoted(text)}")
    return int(text)


def judged_class(work: Work, step: Callable[[], object]) -> list[Judged]:
    """Return the rows in the order of the names, with what they share."""
    rows = {}
    nothing = Options("", 0, None, work.options.plugins)
    for row in judged(work.folders, work.options, work.jobs, work.limit):
        rows[row.name] = row
        step()
    given = next(judged([work.given], nothing, 1, work.limit)) if work.given else None
    return compared([rows[folder.name] for folder in work.folders], given)
