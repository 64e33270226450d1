"""What a run imports before its first step: each package more is time that every run waits."""

import os
import subprocess
import sys

# Prints the modules that are there at the first step, but for those that Python itself starts with.
PROBE = """
import sys
started = set(sys.modules)
from hw3.backends.numpy_backend import NumpyStack
from hw3.run import main

class FirstStep(BaseException):
    pass

def first_step(*args, **kwargs):
    raise FirstStep

NumpyStack.train_epoch = first_step
try:
    main(sys.argv[1:])
except FirstStep:
    print("AT THE FIRST STEP", *sorted(set(sys.modules) - started), sep="\\n")
"""

PACKAGES = {"hw3", "numpy", "hydra", "omegaconf", "antlr4", "yaml", "filelock", "threadpoolctl"}
PACKAGES |= {"packaging"}  # of hydra
OTHERS = {
    "attr"
}  # omegaconf imports it where it is installed, as it is with the notebook's packages

# Of our own: what only others than a plain run need.
LATER = ("core.hdf5", "datasets.hdf5", "datasets.download", "datasets.audit", "records.weights")
LATER += (
    "sweeps",
    "testset",
    "report",
    "plots",
    "backends.torch_backend",
    "launch.sweep",
    "trackers",
)
LATER += tuple(f"launch.engines.{name}" for name in ("joblib", "ray", "submitit_slurm"))


def modules(*arguments, **environment):
    """Return what is imported at the first step of a run."""
    found = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    _, separator, names = found.stdout.partition("AT THE FIRST STEP\n")
    assert separator, found.stdout + found.stderr
    return names.split()


def packages(names):
    """Return the packages that are not Python's own; Cython makes up modules of its own."""
    tops = {name.partition(".")[0] for name in names}
    tops -= sys.stdlib_module_names | OTHERS
    return {t for t in tops if not t.strip("_").startswith("cython")}


def test_a_numpy_run_on_the_digits_imports_what_it_needs_and_no_more():
    names = modules("dataset=digits")
    assert packages(names) == PACKAGES
    late = [n for n in names for other in LATER if f"{n}.".startswith(f"hw3.{other}.")]
    assert late == []


def test_a_run_from_a_copy_waits_for_no_hdf5(fake_data, tmp_path):
    where = {"HW3_DATA_DIR": str(fake_data), "HW3_CACHE_DIR": str(tmp_path / "copies")}
    assert packages(modules("dataset=mnist", **where)) == PACKAGES | {"h5py"}
    assert packages(modules("dataset=mnist", **where)) == PACKAGES
