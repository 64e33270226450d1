"""The sections of scripts/bench: each measures one thing in turns and returns its rows."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import peers
from measure import ROOT, Row, Section, Work, command, in_turns, made, peak, progress
from peers import Task
from threadpoolctl import threadpool_limits

from hw3.config.compose import compose_config
from hw3.config.schema import Config, parse
from hw3.core.seeds import stream
from hw3.core.workers import usable_cores
from hw3.training.bench import N_CLASSES, N_PIXELS, N_TRAIN, matrix_products, random_split
from hw3.training.build import assemble

ONE_THREAD = "1 thread each"
LAUNCHERS = ("basic", "joblib", "stack")
SMALL = ("dataset=digits", "model.hidden_sizes=[4]", "record.figures=false", "epochs=1")
STACKED = ("model.hidden_sizes=[20]", "optimizer=adam", "lr=0.01", "batch_size=16")
STACKS = (1, 8, 64, 256)
BARE = """\
import hydra

@hydra.main(version_base="1.3", config_path=None)
def main(config): pass

main()
"""


def task_of(config: Config, n: int, n_features: int, n_classes: int) -> Task:
    """Return the training that a config describes, on random rows."""
    split = random_split(n, n_features, n_classes)
    sizes = (n_features, *config.model.hidden_sizes, n_classes)
    return Task(sizes, split.inputs, split.labels, config.batch_size)


def our_epoch(config: Config, task: Task, k: int = 1) -> Work:
    """Return an epoch of hw3's backend that the config names, of k networks at once."""
    backends = [assemble(config, task.sizes[0], task.sizes[-1]) for _ in range(k)]
    stack, rng = backends[0].join(backends), np.random.default_rng(2)

    def epoch() -> None:
        stack.train_epoch(
            task.inputs,
            task.labels,
            np.stack([rng.permutation(len(task.inputs)) for _ in range(k)]),
            batch_size=task.batch_size,
            learning_rates=[peers.RATE] * k,
            dropout_rngs=[stream(0, "dropout") for _ in range(k)],
        )

    return epoch


def config_of(*overrides: str) -> Config:
    """Return a checked config on the CPU."""
    return parse(compose_config([*overrides, "device=cpu"]))


def epoch(is_quick: bool) -> Section:
    """An epoch of MNIST's size: both backends, the products alone, and other libraries."""
    ours = {name: config_of(f"model={name}_mlp") for name in ("numpy", "torch")}
    task = task_of(ours["numpy"], N_TRAIN // (10 if is_quick else 1), N_PIXELS, N_CLASSES)
    floor = assemble(ours["numpy"], N_PIXELS, N_CLASSES)
    makers: dict[str, Callable[[], Work]] = {
        "numpy: matrix products alone": lambda: matrix_products(floor, task.n_steps),
        "hw3 model=numpy_mlp": lambda: our_epoch(ours["numpy"], task),
        "scikit-learn MLPClassifier.partial_fit": partial(peers.sklearn_mlp, task),
        "torch: matrix products alone": partial(peers.torch_products, task),
        "hw3 model=torch_mlp": lambda: our_epoch(ours["torch"], task),
        "torch, plain loop": partial(peers.torch_eager, task),
        "torch, plain loop, fused=True": partial(peers.torch_fused, task),
        "torch, DataLoader": partial(peers.torch_loader, task),
        "JAX, jit and scan": partial(peers.jax_scan, task),
    }
    shape = "-".join(map(str, task.sizes))
    title = f"An epoch of {len(task.inputs):,} rows, {shape}, batch {task.batch_size}, SGD, float32"
    return in_one_process("epoch", title, makers, 2 if is_quick else 5)


def in_one_process(
    name: str, title: str, makers: Mapping[str, Callable[[], Work]], turns: int
) -> Section:
    """Measure works of this process, each on one thread."""
    works, missing = made(makers)
    with threadpool_limits(1):
        rows = in_turns(works, turns, name)
    return Section(name, title, ONE_THREAD, [*rows, *missing])


def repeated(work: Work, k: int) -> Work:
    """Return k of the works, one after the other."""

    def all_of_them() -> None:
        for _ in range(k):
            work()

    return all_of_them


def stack(is_quick: bool) -> Section:
    """Epochs of k small networks: one after the other, and at once where something can."""
    config, in_torch = (
        config_of(f"model={name}_mlp", "dataset=human_machine", *STACKED)
        for name in ("numpy", "torch")
    )
    task = task_of(config, 2048, 20, 2)
    makers: dict[str, Callable[[], Work]] = {}
    for k in STACKS[: 2 if is_quick else None]:
        makers[f"hw3, lone runs: {k}"] = partial(lone, config, task, k)
        makers[f"torch, plain loops: {k}"] = partial(torch_lone, task, k)
        makers[f"torch.func.vmap, at once: {k}"] = partial(peers.torch_vmap, task, k)
        makers[f"hw3, a stack of: {k}"] = partial(our_epoch, config, task, k)
        makers[f"hw3 model=torch_mlp, a stack of: {k}"] = partial(our_epoch, in_torch, task, k)
    title = f"An epoch of one of k networks, 20-20-2, {len(task.inputs):,} rows, batch 16, Adam"
    found = in_one_process("stack", title, makers, 1 if is_quick else 3)
    rows = [row.shared(int(row.name.rpartition(" ")[2])) for row in found.rows]
    return replace(found, rows=rows)


def lone(config: Config, task: Task, k: int) -> Work:
    """Return k epochs of hw3's numpy backend."""
    return repeated(our_epoch(config, task), k)


def torch_lone(task: Task, k: int) -> Work:
    """Return k epochs of torch's plain loop."""
    return repeated(peers.torch_lone(task), k)


def start(is_quick: bool) -> Section:
    """What it takes to say help and to show a config, beside Python and a bare Hydra program."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        commands = {
            "python -c pass": ("-c", "pass"),
            "python -c 'import numpy'": ("-c", "import numpy"),
            "a bare Hydra program": (str(bare), f"hydra.run.dir={folder}/run"),
            "python -c 'import torch'": ("-c", "import torch"),
            "hw3.run --cfg job": ("-m", "hw3.run", "--cfg", "job"),
            "hw3.run --help": ("-m", "hw3.run", "--help"),
            "hw3.run, one epoch on the digits": run_of("numpy", f"{folder}/numpy"),
            "the same, model=torch_mlp": run_of("torch", f"{folder}/torch"),
        }
        works = {name: partial(anew, folder, arguments) for name, arguments in commands.items()}
        rows = in_turns(works, 2 if is_quick else 5, "start")
    return Section("start", "From the command to its end", ONE_THREAD, rows)


def run_of(model: str, folder: str, *overrides: str) -> tuple[str, ...]:
    """Return the arguments of a run into a folder."""
    return ("-m", "hw3.run", f"model={model}_mlp", *SMALL, f"hydra.run.dir={folder}", *overrides)


def anew(folder: str, arguments: tuple[str, ...]) -> None:
    """Run a command whose record is not there yet."""
    for name in ("numpy", "torch", "run"):
        shutil.rmtree(Path(folder, name), ignore_errors=True)
    command(*arguments, cwd=Path(folder))


def launchers() -> list[str]:
    """Return the engines of this machine that this version has."""
    return [
        n
        for n in LAUNCHERS
        if (ROOT / "conf/hydra/launcher" / f"{n}.yaml").exists() or n == "basic"
    ]


def sweep(is_quick: bool) -> Section:
    """A sweep of 64 runs under each engine of this machine, from the command to its end."""
    n_jobs, epochs = (16, 2) if is_quick else (64, 20)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        works = {
            f"hydra/launcher={name}": partial(swept_anew, folder, name, n_jobs, f"epochs={epochs}")
            for name in launchers()
        }
        rows = in_turns(works, 1 if is_quick else 3, "sweep")
    title = f"A sweep of {n_jobs} runs of {epochs} epochs on the digits, 64-4-10"
    return Section("sweep", title, f"{usable_cores()} cores", rows)


def swept_anew(folder: str, launcher: str, n_jobs: int, *overrides: str) -> None:
    """Run a sweep whose folder is not there yet."""
    shutil.rmtree(Path(folder, "sweep"), ignore_errors=True)
    swept(folder, launcher, n_jobs, *overrides)


def swept(folder: str, launcher: str, n_jobs: int, *overrides: str) -> float:
    """Run a sweep, or what is left of it; return the wall seconds."""
    given = [*SMALL, *overrides, f"seed=range({n_jobs})", f"hydra/launcher={launcher}"]
    return command("-m", "hw3.run", "-m", *given, f"hydra.sweep.dir={folder}/sweep")


def jobs(is_quick: bool) -> Section:
    """What a job costs beside its training: a sweep of 500, resumed and summarised."""
    n_jobs = 50 if is_quick else 500
    names = ("the whole sweep, joblib", "the same command again", "hw3.sweep <folder>")
    found: dict[str, list[float]] = {name: [] for name in names}
    trained: list[float] = []
    for turn in range(1 if is_quick else 3):
        progress(f"jobs: turn {turn + 1}")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            took = [swept(folder, "joblib", n_jobs), swept(folder, "joblib", n_jobs)]
            took.append(command("-m", "hw3.sweep", f"{folder}/sweep"))
            records = Path(folder, "sweep").glob("*/metrics.json")
            trained.append(sum(json.loads(path.read_text())["seconds"] for path in records))
        for name, each in zip(names, took, strict=True):
            found[name].append(1000 * each / n_jobs)
    rows = [Row(name, "ms a job", values) for name, values in found.items()]
    values = [1000 * s / n_jobs for s in trained]
    rows.append(Row("of that, training and measuring", "ms a job", values, note="in a worker"))
    title = f"A job of a sweep of {n_jobs}: one epoch on the digits, 64-4-10, wall time / jobs"
    return Section("jobs", title, f"{usable_cores()} cores", rows)


def memory(is_quick: bool) -> Section:
    """The most memory that a process of a command held."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = f"{folder}/run"
        mnist = ("dataset=mnist", "model.hidden_sizes=[256,128]")
        commands = {
            "python -c 'import numpy'": ("-c", "import numpy"),
            "python -c 'import torch'": ("-c", "import torch"),
            "a run on the digits, numpy": run_of("numpy", place),
            "a run on the digits, torch": run_of("torch", place),
            "a run on MNIST, numpy": run_of("numpy", place, *mnist),
            "a run on MNIST, torch": run_of("torch", place, *mnist),
        }
        rows = []
        for name, arguments in commands.items():
            if "MNIST" in name and not os.environ.get("HW3_DATA_DIR"):
                rows.append(Row(name, "MiB", missing="HW3_DATA_DIR names no folder with the data"))
                continue
            progress(f"memory: {name}")
            values = []
            for _ in range(1 if is_quick else 3):
                shutil.rmtree(place, ignore_errors=True)
                values.append(peak(*arguments))
            rows.append(Row(name, "MiB", values))
    return Section("memory", "The most memory of one process", ONE_THREAD, rows)


SECTIONS: tuple[Callable[[bool], Section], ...] = (epoch, stack, start, sweep, jobs, memory)
