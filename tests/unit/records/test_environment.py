import subprocess
from pathlib import Path

from hw3.datasets.types import DataFacts
from hw3.records import environment


def test_the_commit_is_named_and_changes_are_seen():
    data = DataFacts("f", "5a", 1, "float32", (0.0, 1.0), (1,))
    facts = environment.environment("numpy", data)
    assert facts.packages["torch"]
    if facts.commit:
        assert len(facts.commit.id) == 40
        root = Path(environment.__file__).parents[3]
        status = subprocess.run(
            ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
        )
        assert facts.commit.dirty == bool(status.stdout)
