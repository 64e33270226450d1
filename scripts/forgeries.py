"""Forged and honest records, and what three epochs of each tell; see docs/verify.md.

The arguments name the data: dataset=mnist. Exit status 1 if a verdict is wrong.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

from hw3.replay.verify import Asked, verified
from tests import forged
from tests.honest import HONEST


def cases() -> Iterator[tuple[str, str, Callable[[str], object]]]:
    """Yield the name, the verdict that is right, and what makes the record in a folder."""
    for name, forge in forged.FORGERIES.items():
        for kind in range(len(forged.KINDS)):
            yield f"{name}, {kind + 1}", "FAIL", partial(forge, kind=kind)
    for name, make in HONEST.items():
        yield name, "PASS", make


def main() -> int:
    """Print a row for each record, and how many verdicts are right."""
    forged.DATA[:] = sys.argv[1:] or forged.DATA
    right = {"FAIL": [], "PASS": []}
    print("| record | verdict | epochs | seconds | reason |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="forgeries-") as folder:
        os.chdir(folder)
        for i, (name, expected, make) in enumerate(cases()):
            with redirect_stdout(StringIO()):
                make(str(i))
            for run in verified(Path(str(i)), Asked(epochs=3)).runs:
                epochs = ", ".join(map(str, run.replayed)) or "-"
                row = name, run.verdict, epochs, f"{run.seconds:.2f}", run.sentence
                print("|", " | ".join(row), "|", flush=True)
                right[expected].append(run.verdict == expected)
    print(f"\nforged: {sum(right['FAIL'])} of {len(right['FAIL'])} found")
    print(f"honest: {right['PASS'].count(False)} of {len(right['PASS'])} doubted")
    return int(not all(right["FAIL"] + right["PASS"]))


if __name__ == "__main__":
    sys.exit(main())
