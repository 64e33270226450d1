"""The walls of docs/architecture.md: who may import what."""

import ast
import sys
from pathlib import Path

import pytest

import hw3

SRC = Path(hw3.__file__).parent
FILES = sorted(SRC.rglob("*.py"))


def imported(path: Path, inside_functions: bool = True) -> set[str]:
    """Return the full names of the modules that a file imports."""
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if inside_functions else tree.body
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def named(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


PURE = [p for p in FILES if named(p).startswith("nn/") or "numpy_backend" in named(p)]


@pytest.mark.parametrize("path", PURE, ids=named)
def test_the_mathematics_is_numpy_and_the_standard_library(path):
    assert tops(imported(path)) <= {"numpy", "hw3"} | sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=named)
def test_frameworks_stay_in_their_rooms(path):
    name, found = named(path), tops(imported(path))
    if name != "backends/torch_backend.py":
        assert "torch" not in found or name == "data/download.py"
    assert "torchvision" not in found or name == "data/download.py"
    assert not found & {"matplotlib", "seaborn"} or name.startswith("plots/") or is_type_only(path)
    assert not found & {"pickle", "dill", "joblib"}


TRAINING = ("training.py", "model.py", "tasks/train.py", "jobs.py", "sweeping.py", "choice.py")


def reachable(path: Path) -> set[Path]:
    """Return all files of ours that a file imports, directly or not."""
    seen, todo = set(), [path]
    while todo:
        names = imported(todo.pop()) if todo else set()
        for name in names:
            found = SRC.joinpath(*name.split(".")[1:])
            file = found.with_suffix(".py") if name.startswith("hw3.") else None
            if file and file.exists() and file not in seen:
                seen.add(file)
                todo.append(file)
    return seen


@pytest.mark.parametrize("name", TRAINING)
def test_training_cannot_reach_test_data(name):
    found = reachable(SRC / name)
    assert SRC / "seal.py" not in found
    assert len(found) > 5  # the walk walks


def test_only_the_seal_reads_test_data():
    """Nothing else names a test file but the download, which writes it."""
    naming = {named(p) for p in FILES if "testdata" in p.read_text() or "N_DIGITS" in p.read_text()}
    assert naming == {"seal.py", "data/sources.py"}
    importing = {named(p) for p in FILES if "hw3.seal" in imported(p)}
    assert importing <= {"evaluate.py"} | {n for n in importing if n.startswith("tasks/")}


def is_type_only(path: Path) -> bool:
    """Whether matplotlib is imported for annotations alone."""
    tree = ast.parse(path.read_text())
    guarded = [
        n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)
    ]
    inside = {a for block in guarded for n in block.body for a in [getattr(n, "module", "") or ""]}
    return {m for m in imported(path) if m.startswith(("matplotlib", "seaborn"))} <= inside


@pytest.mark.parametrize("room", ["nn", "analysis"])
def test_pure_rooms_know_no_config_and_no_files(room):
    for path in (SRC / room).rglob("*.py"):
        names = imported(path)
        assert not tops(names) & {"hydra", "omegaconf", "h5py", "json", "pathlib"}, named(path)
        inner = {n for n in names if n.startswith("hw3")}
        allowed = ("hw3.nn", "hw3.limits", "hw3.registry", f"hw3.{room}", "hw3.errors")
        assert all(n.startswith(allowed) for n in inner), named(path)


def test_only_composition_and_doors_know_hydra():
    doors = {"composition.py", "jobs.py", "run.py", "sweeping.py"}
    assert {named(p) for p in FILES if "hydra" in tops(imported(p))} <= doors


def test_plots_know_no_files():
    for path in (SRC / "plots").rglob("*.py"):
        assert not tops(imported(path)) & {"pathlib", "os", "h5py", "json"}, named(path)


def test_configs_name_things_and_execute_nothing():
    conf = SRC.parents[1] / "conf"
    assert not [p for p in conf.rglob("*.yaml") if "_target_" in p.read_text()]
