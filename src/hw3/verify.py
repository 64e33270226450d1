"""Train claimed runs again from their records, and say whether they are what they claim to be.

usage: python -m hw3.verify <folder of a run, a sweep or outputs> [name=value ...]

PASS: the same bits. FAIL: other bits on the same kind of machine, or a record that cannot come from
its config. INCONCLUSIVE: another machine, other versions, or no data; then how far apart the
accuracies are. Exit status 0, 1, 3. The record is never written, the test split stays shut.

  sample    so many runs, drawn at random (default: all)
  epochs    so many of each run, 3 or more: the first, the one most unlike its neighbours, others
            at random, each from the checkpoint that record.keep kept before it (default: all)
  seed      of the drawing (default: a fresh one, which is printed)
  reason    why claimed test counts are measured again; the runs' ledger keeps it
  data_dir  where the data are (default: where the record says, else HW3_DATA_DIR)
  json      a file for machines
  plugins   your modules that the runs need: plugins=[my_module]

example: python -m hw3.verify outputs sample=5 epochs=3
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.core.files import expanded, write_json
from hw3.core.plugins import take_plugins
from hw3.core.registry import unknown_key
from hw3.core.terminal import doing, own_arguments, run_command, say

KEYS = dict.fromkeys(("sample", "epochs", "seed", "reason", "data_dir", "json"), "")
NUMBERS = ("sample", "epochs", "seed")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a verdict for each run and for all; return the exit status."""
    return run_command(verify, argv)


def verify(arguments: Sequence[str]) -> int:
    """Verify what the arguments name."""
    arguments = take_plugins(arguments)
    keyed = [a for a in arguments if "=" in a and not Path(a).is_dir()]
    own, unknown = own_arguments(keyed, KEYS)
    if unknown:
        raise unknown_key(unknown[0].partition("=")[0], [*KEYS, "plugins"])
    if len(folders := [a for a in arguments if a not in keyed]) != 1:
        raise ConfigError("usage: python -m hw3.verify <folder of a run, a sweep or outputs>")
    for key in (key for key in NUMBERS if own[key] and not own[key].isdecimal()):
        raise ConfigError(f"{key} must be a whole number, got {own[key]!r}")
    folder, file = expanded(folders[0]), expanded(own["json"])
    if own["json"] and (
        not file.parent.is_dir() or file.resolve().is_relative_to(folder.resolve())
    ):
        raise ConfigError(f"json={file} must be a file in a folder that is there, outside {folder}")
    sample, epochs, seed = (int(own[key]) if own[key] else None for key in NUMBERS)
    with doing("reading the records"):
        from hw3.replay.verify import Asked, verified

        asked = Asked(sample, epochs, seed, own["reason"], own["data_dir"])
    found = verified(folder, asked, lambda run: say(f"{run.verdict}  {run.run}: {run.sentence}"))
    say(f"hw3: {found.verdict}: {found.sentence}")
    if own["json"]:
        summary = {"verdict": found.verdict, "sentence": found.sentence}
        write_json(file, summary | asdict(found))
    return found.verdict.exit_status


if __name__ == "__main__":
    sys.exit(main())
