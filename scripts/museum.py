"""Write the museum: small complete programs, each right but for one bug. See docs/museum.md."""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from tests.programs import PATCHES, STYLES, right


def main() -> int:
    """Write a folder of each style, with the right program and the wrong ones."""
    parser = argparse.ArgumentParser(prog="scripts/museum", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, or one to write into")
    folder = parser.parse_args().folder
    for style in STYLES:
        (folder / style).mkdir(parents=True, exist_ok=True)
        (folder / style / "right.py").write_text(right(style), encoding="utf-8")
    for patch in PATCHES:
        (folder / patch.file).write_text(patch.source(), encoding="utf-8")
    print(f"{len(PATCHES)} wrong programs and {len(STYLES)} right ones are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
