"""Reading what a record holds; a damaged file is one error that names it and the way out."""

import csv
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from hw3.config.validate import build
from hw3.core.errors import ConfigError, DataError, NotRegisteredError, RunDirError, first_line
from hw3.core.files import check_regular, read_json, sha256
from hw3.records.layout import CHECKPOINT, CHECKPOINT_BEFORE, KEPT, LOG, METRICS

R = TypeVar("R")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where PyYAML was built with it
MAX_CONFIG = 15_000  # characters, ten times as long as any; libyaml crashes on 30,000 brackets
RECORD_ENDINGS = (".csv", ".h5", ".json", ".png", ".txt", ".yaml")
ELSEWHERE = "move its folder away to start again, or give another with hydra.run.dir=<folder>"
WRITTEN_ANEW = "if it is hw3's, move it away, and the command that wrote it writes it anew"


@contextmanager
def reading(path: Path, way_out: str = ELSEWHERE) -> Iterator[None]:
    """Turn whatever a damaged record raises into a RunDirError that names it and the way out."""
    try:
        yield
    except NotRegisteredError as error:
        raise RunDirError(f"{path}: {error}") from error
    except PermissionError as error:
        raise RunDirError(
            f"{path} cannot be read: {error.strerror}; change who may read it, or name another"
        ) from error
    except (
        ConfigError,
        DataError,
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        RuntimeError,
        ArithmeticError,
        AssertionError,
        csv.Error,
        yaml.YAMLError,
    ) as error:
        text = error.strerror if isinstance(error, OSError) else None
        text = text or first_line(error)
        reason = f"{text} is missing" if isinstance(error, KeyError) else text
        raise RunDirError(f"{path} is damaged, or not of a run ({reason}); {way_out}") from error


def read_record(path: Path, way_out: str = ELSEWHERE) -> dict[str, Any] | None:
    """Return what a JSON record holds, or None if it is not there."""
    with reading(path, way_out):
        record: dict[str, Any] | None = read_json(path)
        if not isinstance(record, dict | None):
            raise ValueError("no JSON object")
    return record


def read_typed(kind: type[R], path: Path, way_out: str = ELSEWHERE) -> R | None:
    """Return a JSON record as the dataclass that says what it holds, or None if it is not there.

    Raises:
        RunDirError: naming the file, and the key that is missing, unknown or of another type.
    """
    record = read_record(path, way_out)
    with reading(path, way_out):
        return None if record is None else build(kind, record, "", {})


def needed(record: R | None, path: Path) -> R:
    """Return a record that its reader cannot do without.

    Raises:
        RunDirError: if it is not there.
    """
    if record is None:
        raise RunDirError(f"{path} is missing")
    return record


def read_tree(path: Path, way_out: str = ELSEWHERE) -> dict[str, Any]:
    """Return the resolved tree of a config.yaml."""
    with reading(path, way_out):
        check_regular(path)
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_CONFIG:
            raise ValueError(f"{len(text):,} characters")
        # hw3 writes none; a node that holds itself, or others many times over, has no end
        if "*" in text and any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, Loader)):
            raise ValueError("YAML aliases")
        # plain YAML, as it was written resolved; 20 times as fast as through OmegaConf
        tree = yaml.load(text, Loader=Loader)
        if not isinstance(tree, dict) or not tree:
            raise ValueError("no mapping")
        json.dumps(tree)  # a date, a set or a key that is a list is nothing that hw3 writes
    return {str(key): value for key, value in tree.items()}


def read_png(path: Path) -> bytes | None:
    """Return the bytes of a figure, or None if it is not there."""
    if not path.is_file():
        return None
    with reading(path):
        content = path.read_bytes()
        if not content.startswith(b"\x89PNG"):
            raise ValueError("no PNG")
    return content


def record_digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a run's record, by name.

    Left out are those that may change after the end: metrics.json, the log, the checkpoints; not
    those that are kept.
    """
    kept = file_digests(folder / KEPT, ()) if (folder / KEPT).is_dir() else {}
    found = file_digests(folder, {METRICS, LOG, CHECKPOINT, CHECKPOINT_BEFORE})
    return found | {f"{KEPT}/{name}": digest for name, digest in kept.items()}


def file_digests(folder: Path, left_out: Collection[str]) -> dict[str, str]:
    """Return the sha256 of each file that looks like a record, by name; notes may lie beside."""
    found = (path for path in folder.iterdir() if path.suffix in RECORD_ENDINGS)
    return {
        path.name: sha256(path)
        for path in sorted(found)
        if path.is_file() and path.name not in left_out and not path.name.startswith(".")
    }
