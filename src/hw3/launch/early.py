"""A real test split is not opened after a few epochs by mistake: a yes or a reason comes first."""

import sys

from hw3.config.schema import Config, changed
from hw3.core.errors import ConfigError
from hw3.core.words import counted
from hw3.datasets.sources import SOURCES
from hw3.launch.command import Command
from hw3.records.layout import LEDGER, QUICK, outputs_of
from hw3.records.outcome import Outcome
from hw3.records.run import load_job
from hw3.tasks import task_of


def with_reason(command: Command, trained: Config | None = None) -> Command:
    """Return the command, with a reason for the ledger where it opens a test split early.

    Early is after fewer epochs than the YAML of its experiment says, or conf/config.yaml without
    one, or on a subset of the rows. `trained` is what a final run will get from its sweep, where
    the command does not know it yet. Data without a test file and the folder of quick looks have
    nothing to lose.

    Raises:
        ConfigError: without a reason, if no one can be asked or the answer is no.
    """
    config, preset = command.configs[0], command.composed.epochs
    if not task_of(config).opens_test_split or config.reason:
        return command
    asked = trained or config
    name, n, subset = asked.dataset.name, asked.epochs, asked.dataset.subset
    outputs = outputs_of(command.folder)
    is_quick = outputs is not None and outputs.name == QUICK
    if preset is None or is_quick or not SOURCES.get(name).test_file:
        return command
    before = load_job(command.folder)
    if (n >= preset and subset is None) or isinstance(before.ended, Outcome):  # it is skipped
        return command
    if reason := before.tree.get("reason"):  # it was interrupted after the answer
        return command.with_configs([changed(config, {"reason": reason})])
    short = f"{counted(n, 'epoch')}, fewer than the preset's {preset},"
    trained_on = short if n < preset else f"training on {subset:,} rows alone,"
    text = (
        f"the test split of {name} would be opened after {trained_on} and {LEDGER} keeps each look "
        "for good"
    )
    if not is_yes(f"hw3: {text}; open it? [y/N] "):
        raise ConfigError(f"{text}; say why with reason=<text>, or train as the preset says")
    return command.with_configs([changed(config, {"reason": "yes, answered when asked"})])


def is_yes(question: str) -> bool:
    """Whether someone is there to be asked, and says yes."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
