import re
import subprocess
from dataclasses import replace
from pathlib import Path

from hw3.datasets.types import DataFacts
from hw3.records import environment


def test_the_commit_is_named_and_changes_are_seen():
    data = DataFacts("f", "5a", 1, "float32", (0.0, 1.0), (1,))
    facts = environment.environment("numpy", data)
    assert facts.packages["torch"]
    root = Path(environment.__file__).parents[3]
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True
    )
    assert bool(facts.commit) == ((root / ".git").exists() and status.returncode == 0)
    if facts.commit:
        assert len(facts.commit.id) == 40
        assert facts.commit.dirty == bool(status.stdout)


def test_what_decides_the_bits_is_recorded_and_told_apart():
    data = DataFacts("f", "5a", 1, "float32", (0.0, 1.0), (1,))
    facts = environment.environment("numpy", data)
    (blas, *_) = facts.kernels
    assert re.fullmatch(r"\w+ [\w.]+( for \w+)?", blas)
    assert blas in facts.machine
    here = facts.deciders("numpy")
    assert here["kernels"] == ", ".join(sorted(facts.kernels))
    assert "blas" in here["threads"]
    other = replace(facts, kernels=("openblas 0.3.20 for Haswell",)).deciders("numpy")
    assert {name for name in here if here[name] != other[name]} == {"kernels"}
    older = replace(facts, kernels=())  # a record of before it was asked
    assert older.deciders("torch")["kernels"] == "not recorded"
