import subprocess
from pathlib import Path

from hw3.records import environment


def test_the_commit_is_named_and_changes_are_seen():
    facts = environment.environment("numpy")
    assert facts["packages"]["torch"]
    if facts["commit"]:
        assert len(facts["commit"]["id"]) == 40
        root = Path(environment.__file__).parents[2]
        status = subprocess.run(
            ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
        )
        assert facts["commit"]["dirty"] == bool(status.stdout)
