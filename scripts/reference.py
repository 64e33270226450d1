"""Write docs/reference.md: every group and key with type, limits, default and meaning.

Types and limits come from the schema (src/hw3/config/schema.py and the records that it names),
defaults and meanings from the YAML files of conf/ and the comments in them.
"""

import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from hw3.backends import BACKENDS
from hw3.config.keys import role_of
from hw3.config.schema import NAMED_GROUPS, Config
from hw3.config.validate import describe
from hw3.datasets.sources import SOURCES
from hw3.datasets.splits import SPLITTERS
from hw3.nn.initializers import INITIALIZERS

ROOT = Path(__file__).parents[1]
ROOT_TEXT = (ROOT / "conf" / "config.yaml").read_text(encoding="utf-8")
GROUPS = ("model", "act", "optimizer", "lr", "regularizer", "dataset", "tracker")
LINE = re.compile(r"^( *)([\w]+):\s*([^#]*?)\s*(?:#\s*(.*))?$")
EMBEDDED = [name for name in SOURCES if SOURCES.get(name).train_file is None]
# What the schema checks beyond the type: names of registries, patterns, folders.
WORDS = {
    "model.backend": " or ".join(BACKENDS),
    "model.init": " or ".join(["auto", *INITIALIZERS]),
    "dataset.split": " or ".join(SPLITTERS),
    "dataset.val": "a whole number >= 0 or a number in (0, 1), or of own data a file or two",
    "dataset.train": "a file or two",
    "dataset.test": "a file or two, or null",
    "dataset.inputs": "names, patterns or positions, or null",
    "dataset.labels": "names, patterns or positions, or null",
    "dataset.classes": "a list of two or more labels or names, or null",
    "dataset.scale": "a number > 0, two lists, or null",
    "dataset.groups": "a name or a position, or null",
    "offline_dataset": " or ".join([*EMBEDDED, "null"]),
    "name": "words of letters, digits, _ and -, with / between",
    "crosses": "a list of crosses, each a list of factors, each a list of levels",
    "data_dir": "a folder",
    "record.keep": "last, all or every <n>",
    "sweep": "a folder or null",
    "reason": "text or null",
    "instead_of": "cannot be set; the record says it",
    "optimizer.default_lr": "cannot be set; the record says it",
}


def main() -> None:
    """Write the file; with --check, fail if it is not fresh."""
    path, text = ROOT / "docs" / "reference.md", reference()
    if "--check" in sys.argv and (not path.exists() or path.read_text(encoding="utf-8") != text):
        sys.exit(f"{path.name} is not fresh: run scripts/reference")
    path.write_text(text, encoding="utf-8")


def reference() -> str:
    """Return the whole page."""
    lines = [
        "# Every group and key",
        "",
        "This page is generated from the schema and the YAML files by `scripts/reference`.",
        "",
        " | ".join(
            [f"[{group}](#{group})" for group in GROUPS]
            + ["[other keys](#keys-without-a-group)", "[experiments](#experiments)"]
        ),
        "",
        "`group=name` chooses a file of `conf/<group>/`; `group.key=value` changes a key of what",
        "was chosen. `lr=0.1` is short for `lr.initial=0.1`. A value that is mistyped or out of",
        "range is answered in one line that names the key, what is allowed and what was given,",
        "before any work and with exit status 2.",
        "",
        "YAML files of your own are found with `--config-dir <folder>` (or `hydra.searchpath`, a",
        "list of folders): `<folder>/experiment/team/mine.yaml` is the experiment `team/mine`, and",
        "`<folder>/act/steep.yaml` is `act=steep`. `seed='${oc.env:SEED}'` takes an environment",
        "variable. A value is text where it can be nothing else (`data_dir=é(1)=#`); one with",
        "commas, or with a bracket or quote at its start, needs quotes: `'data_dir=\"a,b\"'`.",
        "One command takes at most 10,000 jobs.",
        "",
        "The role says what a key is for. *Identity* decides what is computed. *Machine* names the",
        "parts of a machine that compute it, which decide the last bits. *Replicate* repeats the",
        "same computation on other random numbers. *Place* says where a run is kept or how it is",
        "drawn, and changes no result. *Implied* is a name, or follows from others.",
    ]
    for group in GROUPS:
        lines += group_lines(group)
    lines += ["", "## Keys without a group", "", *table(root_rows())]
    lines += ["", "## Experiments", "", "| `experiment=` | what it runs |", "|---|---|"]
    for path in sorted((ROOT / "conf" / "experiment").glob("*.yaml")):
        lines.append(f"| `{path.stem}` | {first_comment(path, skip=2)} |")
    lines += ["", "## Networks of problem 3", "", "| `net=` | what it is |", "|---|---|"]
    for path in sorted((ROOT / "conf" / "net").glob("*.yaml")):
        lines.append(f"| `{path.stem}` | {first_comment(path, skip=1)} |")
    return "\n".join(lines) + "\n"


def group_lines(group: str) -> list[str]:
    """Return the section of a group: its files, and each key of each of them."""
    files = sorted((ROOT / "conf" / group).glob("*.yaml"))
    lines = ["", f"## `{group}`", "", "| choice | what it is |", "|---|---|"]
    for path in files:
        is_default = f"- {group}: {path.stem}\n" in ROOT_TEXT
        named = f"`{group}={path.stem}`{' (default)' if is_default else ''}"
        lines.append(f"| {named} | {first_comment(path)} |")
    rows: dict[str, list[str]] = {}
    for path in files:
        for key, default, meaning in yaml_keys(path):
            full = f"{group}.{key}"
            if key in ("name", "defaults"):
                continue
            kind = WORDS.get(full) or key_type(group, path.stem, key)
            row = rows.setdefault(full, [kind, "", meaning, role_of(full).value])
            row[1] += f"{', ' if row[1] else ''}`{default}` ({path.stem})"
            row[2] = row[2] or meaning  # that of the first file that says it
    for row in rows.values():
        values = {part.split(" (")[0] for part in row[1].split(", `") if part}
        if len({value.strip("`") for value in values}) == 1:
            row[1] = f"`{next(iter(values)).strip('`')}`"
    return [*lines, "", *table([(f"`{key}`", *row) for key, row in rows.items()])]


def root_rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each key of conf/config.yaml that is in no group's folder."""
    hints = get_type_hints(Config, include_extras=True)
    prefix = ""
    for indent, key, default, meaning in lines_of(ROOT / "conf" / "config.yaml"):
        if key == "hydra":
            return
        if key == "defaults":
            continue
        if not indent:
            prefix = f"{key}." if not default else ""
            if prefix:
                continue
        full = f"{prefix}{key}" if indent else key
        hint = hints[full.split(".")[0]]
        if "." in full:
            base = get_args(hint)[0] if get_origin(hint) is Annotated else hint
            hint = get_type_hints(base, include_extras=True)[key]
        kind = WORDS.get(full) or words(hint)
        yield f"`{full}`", kind, f"`{default}`", meaning, role_of(full).value


def table(rows: Any) -> list[str]:
    """Return rows of (key, type, default, meaning, role) as a Markdown table."""
    found = [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    head = ["| key | type and limits | default | meaning | role |", "|---|---|---|---|---|"]
    return [*head, *(f"| {' | '.join(row)} |" for row in found)]


def key_type(group: str, choice: str, key: str) -> str:
    """Return the type and the limits of a key in words, from the record that a choice names."""
    hint = get_type_hints(Config, include_extras=True)[group]
    base = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    record = NAMED_GROUPS[base].get(choice) if base in NAMED_GROUPS else base
    assert dataclasses.is_dataclass(record)
    return words(get_type_hints(record, include_extras=True)[key])


def words(hint: Any) -> str:
    """Return a type hint in words, with its limits."""
    if get_origin(hint) is Annotated and not isinstance(get_args(hint)[0], type):
        hint = get_args(hint)[0]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(map(str, args))
    if origin is tuple:
        inner = words(args[0])
        return f"a list, each {inner}" if args[-1] is Ellipsis else f"a pair, each {inner}"
    if origin is Annotated:
        return describe(hint)
    return " or ".join(describe(arg) for arg in args) if args else describe(hint)


def lines_of(path: Path) -> Iterator[tuple[int, str, str, str]]:
    """Yield (indent, key, value, comment) of each line of a YAML file that has a key."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := LINE.match(line):
            yield len(found[1]), found[2], found[3], found[4] or ""


def yaml_keys(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the keys of a group's file with their defaults and meanings."""
    for indent, key, value, comment in lines_of(path):
        if not indent:
            yield key, value, comment


def first_comment(path: Path, skip: int = 0) -> str:
    """Return the comment at the top of a YAML file, up to its first full stop."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines()[skip:]:
        if not line.startswith("#"):
            break
        found.append(line.lstrip("# "))
    return re.split(r"(?<!\bal)\. ", " ".join(found))[0].rstrip(".")


if __name__ == "__main__":
    main()
