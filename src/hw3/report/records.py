"""What is on disk of the assignment: found, not judged. A broken file is named, never a crash."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from hw3.config.keys import flatten
from hw3.config.schema import PLACE_KEYS
from hw3.core.errors import RunDirError
from hw3.records.layout import CONFIG, JOBS, LOG
from hw3.records.read import read_record, reading
from hw3.records.run import Run, Sweep, load_run, load_sweep
from hw3.testset.ledger import LEDGER, Opening, read_ledger

Part = Literal["sweep", "final", "confusion", "nets", "sequences", "exploration"]
# Each part's experiment, its problem, and the epochs that make it more than a quick look.
EXPERIMENTS: dict[Part, tuple[str, str, int]] = {
    "sweep": ("mnist_sweep", "1", 50),
    "final": ("mnist_final", "1", 50),
    "confusion": ("fashion_confusion", "2", 40),
    "nets": ("fashion_weights", "3", 40),
    "sequences": ("human_machine", "4", 60),
    "exploration": ("human_machine_explore", "4", 30),
}
SUMMARIZED: tuple[Part, ...] = ("sweep", "nets", "exploration")  # sweeps with a folder of their own
# The keys of a config that the report reads, with what they must be to be read at all.
POSITIVE = ("epochs", "batch_size")
KINDS: dict[str, type[Any]] = {
    **dict.fromkeys(("model", "act", "optimizer", "lr", "regularizer", "dataset"), dict),
    **dict.fromkeys(("epochs", "batch_size", "seed"), int),
}
# What may be raised where an edited record is read: no list of it would be complete.
BROKEN = Exception
T = TypeVar("T")


@dataclass(frozen=True)
class Records:
    """The parts of the assignment that have been run; None for what has not ended.

    Attributes:
        root: the folder of them all, `outputs`.
        sequences: problem 4's network, from each seed and split that it was run with.
        ledger: the openings of test splits, oldest first.
        broken: a line for each record that cannot be read.
    """

    root: Path
    sweep: Sweep | None
    final: Run | None
    confusion: Run | None
    nets: Sweep | None
    sequences: Sweep | None
    exploration: Sweep | None
    ledger: list[Opening]
    broken: tuple[str, ...]

    def broken_part(self, part: Part) -> str | None:
        """Return which record keeps a part from being read, None if it has not been run."""
        return next((b for b in self.broken if b.startswith(f"{EXPERIMENTS[part][0]}: ")), None)

    def runs(self, part: Part) -> list[Run]:
        """Return the runs of a part that have ended, none if it has not been run."""
        found: Run | Sweep | None = getattr(self, part)
        if found is None:
            return []
        runs = found.runs if isinstance(found, Sweep) else [found]
        return [run for run in runs if not run.is_unfinished]

    def lacking(self, part: Part) -> str | None:
        """Return what has to be run before a part can be judged, None if nothing has."""
        found: Run | Sweep | None = getattr(self, part)
        if found is None:
            return f"not run: {self.command(part)}"
        if isinstance(found, Sweep) and found.unfinished:
            n = len(found.runs)
            return f"{n - len(found.unfinished)} of {n} jobs have ended: {self.command(part)}"
        return None

    @property
    def all_runs(self) -> list[Run]:
        """Every run that the report speaks of."""
        return [run for part in EXPERIMENTS for run in self.runs(part)]

    @property
    def is_quick(self) -> bool:
        """Whether these are the records of `homework quick=true`: its folder, and few epochs."""
        return self.root.resolve().name == "quick" and bool(self.shortened())

    def command(self, part: Part, variant: str = "") -> str:
        """Return the command that makes a part, or a variant of its experiment."""
        experiment, problem, _ = EXPERIMENTS[part]
        if self.is_quick:
            return f"python -m hw3.homework problem={problem} quick=true"
        if part == "final" and self.sweep is None:
            return f"python -m hw3.homework problem={problem}"  # it chooses from the sweep's jobs
        return f"python -m hw3.run experiment={experiment}{variant}"

    def shortened(self) -> list[str]:
        """Return a line for each part that is less than the assignment's job."""
        lines = []
        for part, (experiment, problem, epochs) in EXPERIMENTS.items():
            runs = self.runs(part)
            ran = max((run.tree["epochs"] for run in runs), default=epochs)
            subsets = {run.tree["dataset"]["subset"] for run in runs} - {None}
            words = [f"{ran} of {epochs} epochs"] if ran < epochs else []
            words += [f"{min(subsets):,} examples only"] if subsets else []
            words += [f"data {run.tree['dataset']['name']}" for run in runs[:1] if is_stand_in(run)]
            if words:
                lines.append(f"problem {problem}, {experiment}: {', '.join(words)}")
        return lines


def is_stand_in(run: Run) -> bool:
    """Whether a run was made on embedded data instead of what it asked for."""
    return bool(run.tree.get("instead_of"))


def find_records(root: Path) -> Records:
    """Return what the folder holds of the assignment; opens no data file.

    Raises:
        RunDirError: if the folder is not there.
    """
    if not root.is_dir():
        raise RunDirError(f"{root} is no folder; python -m hw3.report <folder of the outputs>")
    if (root / CONFIG).exists() or (root / JOBS).exists():
        raise RunDirError(
            f"{root} is a run or a sweep itself; give the folder that holds it: "
            f"python -m hw3.report {root.parent}"
        )
    broken: list[str] = []

    def kept(read: Callable[[Path], T], part: Part) -> T | None:
        try:
            return read(root / EXPERIMENTS[part][0])
        except BROKEN as error:
            broken.append(f"{EXPERIMENTS[part][0]}: {one_line(error)}")
            return None

    def newest(folder: Path) -> Run | None:
        return max(ended_runs(folder, broken), key=rank, default=None)

    def newest_and_seeds(folder: Path) -> Sweep | None:
        return same_network(folder, ended_runs(folder, broken))

    return Records(
        root,
        sweep=kept(started_sweep, "sweep"),
        final=kept(newest, "final"),
        confusion=kept(newest, "confusion"),
        nets=kept(started_sweep, "nets"),
        sequences=kept(newest_and_seeds, "sequences"),
        exploration=kept(started_sweep, "exploration"),
        ledger=read_openings(root, broken),
        broken=tuple(broken),
    )


def started_sweep(folder: Path) -> Sweep | None:
    """Return the sweep in a folder, None if no job of it has ended."""
    started = {path.parent.name for path in folder.glob(f"*/{CONFIG}")}
    if not started:
        return None
    sweep = load_sweep(folder)
    names = [run.name for run in sweep.runs]
    if len(set(names)) < len(names) or not started & set(names):
        raise RunDirError(
            f"{folder / JOBS} lists a job twice, or none of those that lie beside it; the same "
            "command, or python -m hw3.sweep without that file, writes it anew"
        )
    for run in sweep.runs:
        check_tree(run)
    return sweep if any(not run.is_unfinished for run in sweep.runs) else None


def ended_runs(folder: Path, broken: list[str]) -> list[Run]:
    """Return the runs in a folder that have ended; one that cannot be read is told to `broken`."""
    found = []
    for path in sorted(folder.glob(f"*/{CONFIG}")):
        try:
            run = load_run(path.parent)
            check_tree(run)
        except BROKEN as error:
            broken.append(f"{folder.name}: {one_line(error)}")
            continue
        if run.status in ("completed", "diverged"):
            found.append(run)
    return found


def rank(run: Run) -> tuple[bool, bool, str, str]:
    """Return a key that is largest for the completed run that ended last; whole jobs come first.

    So a later quick look does not take the place of the assignment's run.
    """
    wanted = {name: epochs for name, _, epochs in EXPERIMENTS.values()}
    n_epochs = wanted.get(run.folder.parent.name, 0)
    is_whole = run.tree["epochs"] >= n_epochs and not (
        run.tree["dataset"].get("subset") or is_stand_in(run)
    )
    return is_whole, run.status == "completed", ended(run), run.name


def same_network(folder: Path, runs: Sequence[Run]) -> Sweep | None:
    """Return the newest run with those that differ from it in seed and split alone, in that order.

    The random split comes first, as in the assignment; of runs that differ in nothing, the newest.
    """
    if not runs:
        return None
    newest = max(runs, key=rank)
    alike: dict[tuple[bool, int], Run] = {}
    for run in sorted(runs, key=rank):
        if network_of(run) == network_of(newest) and run.status == newest.status:
            alike[run.tree["dataset"]["split"] != "random", run.tree["seed"]] = run
    return Sweep(folder, [alike[key] for key in sorted(alike)])


def network_of(run: Run) -> dict[str, Any]:
    """Return the config without the seed, the split, and where it ran."""
    free = {"seed", "dataset.split", "name", *PLACE_KEYS}
    return {key: value for key, value in flatten(run.tree).items() if key not in free}


def check_tree(run: Run) -> None:
    """Raise RunDirError unless a started run's config has the keys that the report reads."""
    for key, kind in KINDS.items() if run.tree else ():
        value = run.tree.get(key)
        if not isinstance(value, kind) or (key in POSITIVE and value < 1):
            raise RunDirError(f"{run.folder / CONFIG} is no config of a run: {key} is {value!r}")


def ended(run: Run) -> str:
    """Return when a run last wrote its log, ISO 8601; file times do not survive copying."""
    path = run.folder / LOG
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return max(re.findall(r"^\d{4}-\d\d-\d\dT[\d:]{8}\S*", text, re.MULTILINE), default="")


def read_openings(root: Path, broken: list[str]) -> list[Opening]:
    """Return the ledger's lines; the quick homework shares the ledger of the folder above."""
    paths = [path for path in (root / LEDGER, root.resolve().parent / LEDGER) if path.is_file()]
    try:
        return read_ledger(paths[0]) if paths else []
    except BROKEN as error:
        broken.append(one_line(error))
        return []


def needed(path: Path) -> dict[str, Any]:
    """Return a JSON record that a section cannot do without.

    Raises:
        RunDirError: if it is not there, or damaged.
    """
    found = read_record(path)
    if found is None:
        raise RunDirError(f"{path} is missing")
    return found


def one_line(error: BaseException) -> str:
    """Return an error's first line; that of a KeyError says that the key is missing."""
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, KeyError):
        return f"{text} is missing"
    return text or type(error).__name__


def read_confusion(run: Run) -> tuple[list[str], np.ndarray]:
    """Return the class names and the counts (true, decided) of confusion.csv."""
    names, rows = read_matrix(run.folder / "confusion.csv")
    counts = rows.astype(np.int64)
    with reading(run.folder / "confusion.csv"):
        if counts.shape != (len(names), len(names)) or (counts != rows).any() or (rows < 0).any():
            raise ValueError("no square table of counts")
    return names, counts


def read_matrix(path: Path) -> tuple[list[str], np.ndarray]:
    """Return the header without its first cell, and the numbers, of a CSV with a first column."""
    with reading(path):
        header, *lines = (line.split(",") for line in path.read_text("utf-8").splitlines())
        return header[1:], np.array([[float(cell) for cell in line[1:]] for line in lines])
