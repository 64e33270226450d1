"""What a submission holds: records, programs and weight files, and what cannot be read in it."""

import ast
import hashlib
import os
import re
import stat
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.core.errors import RunDirError
from hw3.core.words import one_line, size
from hw3.datasets.content import content_of
from hw3.records.layout import CONFIG, ENVIRONMENT, HISTORY, METRICS, PARAMS

SKIPPED = {".git", ".venv", "venv", "__pycache__", "__MACOSX", "node_modules", ".ipynb_checkpoints"}
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}
LARGEST = 1_000_000_000
FEW = 8  # distinct values; weights have more
SHORT = 200  # nodes of a syntax tree, some 20 lines: an adapter, an empty __init__
LONG = 1_000_000  # bytes of a program
# The names of data, and the columns of a lone table.
OF_DATA = re.compile(
    r"([xy]|data|images|inputs|features|labels|targets?)(_?(data|train|val|test))?|\d+"
)


@dataclass(frozen=True)
class Submission:
    """The regular files of a submission; links are refused, since they may lead out of it."""

    folder: Path
    files: tuple[Path, ...]

    @property
    def run_folders(self) -> list[Path]:
        """The folders that hold the record of a run."""
        files, marks = set(self.files), (ENVIRONMENT, HISTORY, METRICS, PARAMS)
        configs = [path.parent for path in self.files if path.name == CONFIG]
        return [f for f in configs if any(f / name in files for name in marks)]

    @property
    def programs(self) -> list[Path]:
        """Its Python files, those nearest to the top first."""
        found = [path for path in self.files if path.suffix == ".py"]
        return sorted(found, key=lambda path: (len(path.parts), path))

    @property
    def weight_files(self) -> list[Path]:
        """Its files that may hold weights."""
        return [path for path in self.files if path.suffix in (".h5", ".hdf5", ".npz")]


def found_in(folder: Path) -> Submission:
    """Return what a folder holds.

    Raises:
        RunDirError: for what is no folder, holds links or a huge file, or is an archive.
        OSError: for what may not be read.
    """
    if not folder.is_dir() or folder.is_symlink():
        what = "an archive; unpack it" if folder.suffix in ARCHIVES else "no folder, or a link"
        raise RunDirError(f"it is {what}")
    files: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=raised):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for path in (Path(place, name) for name in (*folders, *sorted(names))):
            status, short = path.lstat(), one_line(str(path.relative_to(folder)), 200)
            if stat.S_ISLNK(status.st_mode):
                raise RunDirError(f"{short} is a link, and may lead out of it; hand in the file")
            if stat.S_ISREG(status.st_mode):
                if status.st_size > LARGEST:
                    raise RunDirError(f"{short} has {size(status.st_size)}; take it out")
                files.append(path)
    if files and all(path.suffix in ARCHIVES for path in files):
        raise RunDirError(f"it holds an archive, {one_line(files[0].name, 200)}; unpack it")
    return Submission(folder, tuple(files))


def raised(error: OSError) -> None:
    """Raise what os.walk would pass over."""
    raise error


def weight_digests(path: Path) -> frozenset[str]:
    """Return the digests of the weights in a file, none where it holds data.

    A digest is that of all values in float32, sorted: the names of arrays, their order, layout and
    type do not matter, nor the order of hidden units. The second is that of matrices alone, for
    files that hold more than a network.

    Raises:
        DataError: for a file that cannot be read.
    """
    content = content_of(path)
    if any(OF_DATA.fullmatch(name.lower()) for name in content):
        return frozenset()
    if "state/params" in content:  # of our checkpoint; beside it are slots and history
        return digests([content["state/params"]])
    floats = [array for array in content.values() if array.dtype.kind == "f"]
    return digests(floats) | digests([a for a in floats if a.ndim == 2 and min(a.shape) > 1])


def digests(arrays: list[np.ndarray]) -> frozenset[str]:
    """Return the digest of the values of some arrays, none of few, or of NaN."""
    values = np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])
    with np.errstate(over="ignore"):
        values = np.sort(values.astype("<f4") + np.float32(0))  # no -0
    if not np.isfinite(values).all() or len(np.unique(values)) < FEW:
        return frozenset()
    return frozenset([hashlib.sha256(values.tobytes()).hexdigest()])


def program_digests(path: Path) -> frozenset[str]:
    """Return the digest of a program but for comments and layout, none of one of a few lines.

    What is no Python of this version, or long, is taken as it stands: a tree has 200 times its
    size.
    """
    text = path.read_bytes()
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        if len(text) < LONG:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(text)
            if sum(1 for _ in ast.walk(tree)) < SHORT:
                return frozenset()
            text = ast.dump(tree).encode()
    return frozenset([hashlib.sha256(text).hexdigest()])
