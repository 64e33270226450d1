"""Write the museum: programs that are right, or right but for one bug. See docs/museum.md."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from tests.conventions import right_program, wrong_program
from tests.museum import BUGS
from tests.programs import PATCHES, STYLES, right

RIGHT, WRONG = 100, 60  # drawn over the conventions


def main() -> int:
    """Write the programs, and index.csv with the bug of each."""
    parser = argparse.ArgumentParser(prog="scripts/museum", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, or one to write into")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as index:
        table = csv.writer(index)
        table.writerow(["file", "bug", "what"])
        for name, bug, source in programs():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(source, encoding="utf-8")
            table.writerow([name, bug or "", BUGS.get(bug, "right")])
    print(f"{len(STYLES) + RIGHT} right programs and {len(PATCHES) + WRONG} wrong ones: {folder}")
    return 0


def programs() -> Iterator[tuple[str, int, str]]:
    """Yield the name, the bug (0 for none) and the text of each program."""
    for style in STYLES:
        yield f"{style}/right.py", 0, right(style)
    for patch in PATCHES:
        yield patch.file, patch.bug, patch.source()
    for number in range(RIGHT):
        yield f"conventions/right_{number:03d}.py", 0, right_program(number)
    for number in range(WRONG):
        bug, source = wrong_program(number)
        yield f"conventions/{bug:02d}_{number:03d}.py", bug, source


if __name__ == "__main__":
    sys.exit(main())
