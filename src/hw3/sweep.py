"""python -m hw3.sweep <folder>: print and rewrite the summary of a sweep, at any time."""

import sys

from hw3.errors import Hw3Error
from hw3.load import load_sweep
from hw3.summary import summarize


def main(argv: list[str] | None = None) -> int:
    """Summarise the folder; 0 if all its jobs completed, 1 if not, 2 for bad input."""
    args = sys.argv[1:] if argv is None else argv
    if len(args) != 1:
        print("usage: python -m hw3.sweep <folder of a sweep>", file=sys.stderr)
        return 2
    try:
        found = summarize(load_sweep(args[0]))
    except Hw3Error as error:
        print(f"hw3: error: {error}", file=sys.stderr)
        return 2
    return int(any(c.status != "completed" for c in found))


if __name__ == "__main__":
    sys.exit(main())
