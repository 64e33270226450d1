"""from=<folder of a run>: the config of its record as what a command starts from."""

from pathlib import Path

from hw3.config.base import FROM, GROUPS, Base
from hw3.config.keys import flatten
from hw3.config.schema import Config, typed
from hw3.core.errors import ConfigError
from hw3.core.files import expanded
from hw3.core.words import quoted
from hw3.datasets.spec import OWN
from hw3.records.layout import CONFIG, JOBS
from hw3.records.read import read_tree, reading

ANOTHER = f"name another run with {FROM}=<folder>"
# What a record says of that run alone: its look at a test split, its place in a sweep, its code,
# and who was told of it.
ITS_OWN = ("reason", "sweep", "allow_unfinished", "crosses", "plugins", "tracker")


def read_base(text: str) -> Base:
    """Return the config of the run in a folder as a base; nothing that it names is run.

    Raises:
        ConfigError, RunDirError: for a folder without a run, a sweep's, and a damaged record.
    """
    folder = expanded(text)
    if not (folder / CONFIG).is_file():
        jobs = sorted(path.parent for path in folder.glob(f"*/{CONFIG}")) if text else []
        meant = f"it holds several; name one of them, as {FROM}={jobs[0]}" if jobs else ANOTHER
        raise ConfigError(f"{FROM}={quoted(text)} is no folder of a run: no {CONFIG}; {meant}")
    tree = read_tree(folder / CONFIG, ANOTHER)
    with reading(folder / CONFIG, ANOTHER):
        config = typed(tree)
        values = inherited(config, folder)
        if texts := [key for key, value in values.items() if "${" in str(value)]:
            raise ValueError(f"{texts[0]} holds ${{")
    choices = {g: str(values[f"{g}.name"]) for g in GROUPS if f"{g}.name" in values}
    if config.dataset.own:  # whatever its name
        choices["dataset"] = OWN
    return Base(choices, values)


def inherited(config: Config, folder: Path) -> dict[str, object]:
    """Return the keys and values that another run takes from a record.

    Later keys that an older record lacks are left to the YAML files, which have the neutral values.
    """
    left_out = {*ITS_OWN} | (set() if config.is_data_there else {"data_dir"})
    is_final = config.task == "final"  # which takes all from its sweep, and opens the test split
    changed = {"task": "train"} if is_final else {}
    if is_final or (folder.absolute().parent / JOBS).exists():  # its name is a sweep's folder
        changed["name"] = "single"
    found = flatten(config.tree) | changed
    return {k: v for k, v in found.items() if not {k, k.partition(".")[0]} & left_out}
