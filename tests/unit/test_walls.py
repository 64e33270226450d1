"""The walls of docs/architecture.md: who may import what."""

import ast
import sys
from pathlib import Path

import pytest
import yaml

import hw3
from hw3.records.read import Loader

SRC = Path(hw3.__file__).parent
FILES = sorted(SRC.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the full names of what a file imports: modules, and what is taken from them."""
    return names_in(ast.parse(path.read_text()))


def names_in(tree: ast.AST) -> set[str]:
    """Return the names; hw3 and hw3.seal for `from hw3 import seal`: a name may be a module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import would pass the walls"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def named(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def test_what_runs_beside_a_person_s_program_is_numpy_and_the_standard_library():
    """Their program must not find hw3 because of it, and the process starts quickly."""
    for name in ("worker", "guard", "wire"):
        path = SRC / "programs" / f"{name}.py"
        assert tops(imported(path)) <= {"numpy", "hw3"} | sys.stdlib_module_names
        assert {n for n in imported(path) if n.startswith("hw3")} <= (
            {"hw3.programs", "hw3.programs.wire", "hw3.programs.guard"}
            if name == "worker"
            else set()
        )  # for types alone


PURE = [p for p in FILES if named(p).startswith("nn/") or "numpy_backend" in named(p)]


@pytest.mark.parametrize("path", PURE, ids=named)
def test_the_mathematics_is_numpy_and_the_standard_library(path):
    assert tops(imported(path)) <= {"numpy", "hw3"} | sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=named)
def test_frameworks_stay_in_their_packages(path):
    name, found = named(path), tops(imported(path))
    if not name.startswith("backends/torch_"):
        assert "torch" not in found or name == "datasets/download.py"
    assert "torchvision" not in found or name == "datasets/download.py"
    assert not found & {"matplotlib", "seaborn"} or name.startswith("plots/") or is_type_only(path)
    assert not found & {"pickle", "dill"}
    assert not found & {"joblib", "ray", "submitit"} or name.startswith("launch/engines/")
    assert not found & {"tensorboard", "mlflow", "wandb"} or name.startswith("trackers/")
    assert "optuna" not in found or name == "launch/tpe.py"


TRAINING = (
    "training/fit.py",
    "training/build.py",
    "tasks/train.py",
    "launch/job.py",
    "launch/sweep.py",
    "sweeps/choice.py",
)


def reachable(path: Path) -> set[Path]:
    """Return all files of ours that a file imports, directly or not."""
    seen, todo = set(), [path]
    while todo:
        for name in imported(todo.pop()):
            new = files_of(name) - seen
            seen |= new
            todo += new
    return seen


def files_of(name: str) -> set[Path]:
    """Return the files that run when a name of ours is imported: a package's __init__ too."""
    top, *parts = name.split(".")
    if top != "hw3":
        return set()
    places = [SRC.joinpath(*parts[:i]) for i in range(len(parts) + 1)]
    files = {place / "__init__.py" for place in places}
    files |= {place.with_suffix(".py") for place in places[1:]}
    return {file for file in files if file.exists()}


@pytest.mark.parametrize("name", TRAINING)
def test_training_cannot_reach_test_data(name):
    found = reachable(SRC / name)
    assert SRC / "testset" / "seal.py" not in found
    assert len(found) > 5  # the walk walks


@pytest.mark.parametrize(
    "line",
    [
        "import hw3.testset.seal",
        "from hw3.testset import seal",
        "from hw3.testset.seal import open_test as f",
    ],
)
def test_the_wall_sees_every_way_to_the_seal(line, tmp_path):
    (tmp_path / "module.py").write_text(f"def inside():\n    {line}\n")
    assert SRC / "testset" / "seal.py" in reachable(tmp_path / "module.py")


def test_the_walk_follows_packages(tmp_path):
    (tmp_path / "module.py").write_text("from hw3.backends import make_backend\n")
    assert SRC / "backends" / "__init__.py" in reachable(tmp_path / "module.py")


def test_the_report_reads_records_and_neither_trains_nor_reads_data():
    """Directly; what choice.py and tasks/ reach for it is theirs."""
    barred = (
        "hw3.backends",
        "hw3.training.fit",
        "hw3.training.build",
        "hw3.testset.seal",
        "hw3.datasets.hdf5",
        "torch",
    )
    barred += ("hw3.datasets.sources.read_source", "hw3.datasets.sources.ensure_available")
    barred += ("hw3.testset.look", "hw3.launch", "hw3.plots")
    for path in (SRC / "report").rglob("*.py"):
        found = [n for n in imported(path) for b in barred if f"{n}.".startswith(f"{b}.")]
        assert not found, named(path)


def test_only_the_seal_reads_test_data():
    """Nothing else names a test file but the download, which writes it."""
    naming = {named(p) for p in FILES if "testdata" in p.read_text() or "N_DIGITS" in p.read_text()}
    assert naming == {"datasets/sources.py"}
    calling = {named(p) for p in FILES if ".read_test" in p.read_text()}
    assert calling == {"testset/seal.py"}
    importing = {named(p) for p in FILES if "hw3.testset.seal" in imported(p)}
    assert importing <= {"testset/evaluation.py", "testset/look.py"} | {
        n for n in importing if n.startswith("tasks/")
    }


def is_type_only(path: Path) -> bool:
    """Whether matplotlib is imported for annotations alone."""
    tree = ast.parse(path.read_text())
    guarded = [
        n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)
    ]
    inside = {name for block in guarded for name in names_in(block)}
    return {m for m in imported(path) if m.startswith(("matplotlib", "seaborn"))} <= inside


@pytest.mark.parametrize("package", ["nn", "analysis"])
def test_pure_packages_know_no_config_and_no_files(package):
    for path in (SRC / package).rglob("*.py"):
        names = imported(path)
        assert not tops(names) & {"hydra", "omegaconf", "h5py", "json", "pathlib"}, named(path)
        inner = {n for n in names if n.startswith("hw3")}
        core = ("hw3.core.limits", "hw3.core.registry", "hw3.core.errors", "hw3.core.words")
        allowed = ("hw3.nn", f"hw3.{package}", *core)
        assert all(n.startswith(allowed) for n in inner), named(path)


def test_only_composition_and_commands_know_hydra():
    knowing = {"config/compose.py", "config/overrides.py", "config/points.py", "config/space.py"}
    knowing |= {"config/hydras.py", "config/own.py", "launch/command.py", "launch/flags.py"}
    knowing |= {"launch/completion.py"}
    assert {named(p) for p in FILES if "hydra" in tops(imported(p))} <= knowing


def test_of_hydra_only_what_is_public_is_used():
    assert not [named(p) for p in FILES if "_internal" in p.read_text()]


def test_plots_know_no_files():
    for path in (SRC / "plots").rglob("*.py"):
        assert not tops(imported(path)) & {"pathlib", "os", "h5py", "json"}, named(path)


def test_configs_name_things_and_execute_nothing():
    conf = SRC.parents[1] / "conf"
    assert not [p for p in conf.rglob("*.yaml") if "_target_" in p.read_text()]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_that_is_read_can_name_code_to_run(path):
    """No eval, no object made from a config by its class's name, no loader that unpickles."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if is_call(node)]
    plain = {f.id for f in calls if isinstance(f, ast.Name)}
    methods = {f"{getattr(f.value, 'id', '')}.{f.attr}" for f in calls if is_attribute(f)}
    assert not plain & {"eval", "exec", "compile", "__import__", "instantiate", "get_class"}
    assert not methods & {"torch.load", "joblib.load", "os.system"}
    texts = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if is_call(node)]
    assert all("allow_pickle=False" in text for text in texts if text.startswith("np.load("))
    assert "yaml.load" not in methods or issubclass(Loader, (yaml.SafeLoader, yaml.CSafeLoader))


def is_call(node):
    return isinstance(node, ast.Call)


def is_attribute(node):
    return isinstance(node, ast.Attribute)


# What each package may import, from the top down; docs/architecture.md shows the same table.
ALLOWED = {
    "classroom": "report replay programs testset records training config datasets core",
    "api": "launch sweeps records plots training config analysis nn core",
    "programs": "report datasets nn core",
    "replay": "testset sweeps records training config datasets analysis nn core",
    "report": "tasks testset sweeps records config datasets analysis nn core",
    "launch": "tasks sweeps trackers records training config datasets core",
    "tasks": "testset sweeps records plots training config datasets analysis nn core",
    "testset": "records plots training config datasets analysis backends nn core",
    "sweeps": "records plots training config analysis core",
    "trackers": "records training config core",
    "records": "training config datasets analysis nn core",
    "plots": "training analysis nn core",
    "training": "config datasets backends nn core",
    "config": "datasets backends nn core",
    "datasets": "analysis nn core",
    "analysis": "nn core",
    "backends": "nn core",
    "nn": "core",
    "core": "",
}
ORDER = list(ALLOWED)


def imports_of(package: str) -> set[str]:
    """Return the other packages of ours that a package imports."""
    names = {name for path in (SRC / package).rglob("*.py") for name in imported(path)}
    found = {name.split(".")[1] for name in names if name.startswith("hw3.")}
    return found & (set(ORDER) | {path.stem for path in SRC.glob("*.py")}) - {package}


@pytest.mark.parametrize("package", ORDER)
def test_a_package_imports_what_the_table_allows_and_nothing_above_itself(package):
    allowed = ALLOWED[package].split()
    assert imports_of(package) == set(allowed)  # the table has no arrow that is not there
    assert all(ORDER.index(other) > ORDER.index(package) for other in allowed)


def test_every_folder_is_in_the_table_and_every_file_at_the_top_is_a_short_command():
    folders = {p.name for p in SRC.iterdir() if (p / "__init__.py").exists()}
    assert folders == set(ORDER)
    for path in SRC.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 72, path.name


def test_the_architecture_page_shows_the_table():
    page = (SRC.parents[1] / "docs" / "architecture.md").read_text()
    table = page.partition("<!-- imports -->")[2].partition("<!-- /imports -->")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    shown = {name.strip(" `"): others.replace("`", "").split() for name, others in rows}
    assert shown == {package: others.split() for package, others in ALLOWED.items()}
    assert list(shown) == ORDER
