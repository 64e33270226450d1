"""Write the museum: programs that are right, or right but for one bug. See docs/museum.md.

With --check each is checked as well, and those are printed that are not judged as they should be.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from tests.conventions import right_program, wrong_program
from tests.museum import BUGS
from tests.programs import PATCHES, STYLES, right

RIGHT, WRONG = 100, 60  # drawn over the conventions
BUGS_OF_20 = set(range(1, 21))
KINDS = ("right", "wrong", "drawn wrong")


def main() -> int:
    """Write the programs, and index.csv with the bug of each."""
    parser = argparse.ArgumentParser(prog="scripts/museum", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, or one to write into")
    parser.add_argument(
        "--check", action="store_true", help="check each program; see docs/check.md"
    )
    parser.add_argument("--only", default="", help="check files whose name contains this text")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as index:
        table = csv.writer(index)
        table.writerow(["file", "bug", "what"])
        for name, bug, source in programs():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(source, encoding="utf-8")
            table.writerow([name, bug or "", BUGS.get(bug, "right")])
    print(f"{len(STYLES) + RIGHT} right programs and {len(PATCHES) + WRONG} wrong ones: {folder}")
    return check(folder, options.only) if options.check else 0


def check(folder: Path, only: str) -> int:
    """Check the programs; print what is not as it should be and the counts. Return 1 for a miss.

    A right program must not fail. A wrong one must, with its bug and no other named.
    """
    from hw3.programs.check import checked

    counts: Counter[str] = Counter()
    named: dict[str, set[int]] = {}
    for name, bug, _ in programs():
        if only not in name:
            continue
        report = checked(folder / name)
        found = {finding.bug.number for finding in report.findings if finding.bug}
        kind = "right" if not bug else "drawn wrong" if "conventions" in name else "wrong"
        is_well = found == {bug} if bug else report.verdict != "FAIL"
        counts[f"{kind}, judged well"] += is_well
        counts[f"{kind}, in all"] += 1
        counts[f"{kind}, slower than 20 s"] += report.seconds > 20
        counts[f"{kind}, {report.verdict}"] += 1
        if kind == "wrong":
            named.setdefault(name.split("/")[0], set()).update({bug} if is_well else ())
        if not is_well:
            print(
                f"{name}: {report.verdict}, named {sorted(found)}, {report.seconds:.1f} s",
                flush=True,
            )
    for text, count in sorted(counts.items()):
        print(f"{text}: {count}")
    for style, bugs in named.items():
        print(f"{style}: {len(bugs)} of {len(BUGS_OF_20)} named; not {sorted(BUGS_OF_20 - bugs)}")
    return int(any(counts[f"{k}, judged well"] < counts[f"{k}, in all"] for k in KINDS))


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
