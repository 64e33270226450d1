"""A real test split is not opened after a short training by mistake: a yes or a reason is first."""

from collections.abc import Iterator

from hw3.config.schema import Config, changed
from hw3.core.errors import ConfigError
from hw3.core.terminal import is_yes, say
from hw3.core.words import counted
from hw3.launch.command import Command
from hw3.records.layout import LEDGER, is_quick
from hw3.records.outcome import Outcome
from hw3.tasks import task_of


def with_reason(command: Command, trained: Config | None = None) -> Command:
    """Return the command, with a reason for the ledger where it opens a test split early.

    Early is after fewer epochs, or on less than half of the training rows, than the YAML of its
    experiment says, or conf/config.yaml without one; and where these say nothing of such a run.
    `trained` is what a final run will get from its sweep, where the command does not know it yet.
    A dry run says what would be asked.
    Data without a test file and the folder of quick looks have nothing to lose.

    Raises:
        ConfigError: without a reason, if no one can be asked or the answer is no.
    """
    config = command.configs[0]
    if not task_of(config).opens_test_split or config.reason or is_quick(command.folder):
        return command
    from hw3.records.run import load_job  # a run that only trains starts without

    whole = changed(trained, {"dataset.val": 0}) if trained else config  # all rows, in the end
    short = " and ".join(shortened(command, whole))
    before = load_job(command.folder)
    is_real = whole.source.test_file is not None
    if not (short and is_real) or isinstance(before.ended, Outcome):  # which is skipped
        return command
    if reason := before.tree.get("reason"):  # it was interrupted after the answer
        return command.with_configs([changed(config, {"reason": reason})])
    text = (
        f"the test split of {whole.dataset.label} would be opened after {short}, and {LEDGER} "
        "keeps each look for good"
    )
    if command.is_dry:
        say(f"hw3: it would ask first, or need reason=<text>: {text}")
    elif not is_yes(f"hw3: {text}; open it? [y/N] "):
        raise ConfigError(f"{text}; say why with reason=<text>, or train in full")
    return command.with_configs([changed(config, {"reason": "yes, answered when asked"})])


def shortened(command: Command, config: Config) -> Iterator[str]:
    """Yield in what a training falls short of what its YAML files say."""
    epochs, n_train = config.epochs, config.n_train
    name = command.composed.choice("experiment")
    where = "conf/config.yaml" if name == "None" else f"experiment={name}"
    size = command.composed.size(command.configs[0])
    if size is None:
        yield f"{counted(epochs, 'epoch')} ({where} does not say how many such a run has)"
        return
    whole, rows = size
    if epochs < whole:
        yield f"{counted(epochs, 'epoch')} ({where} has {whole})"
    if n_train < rows / 2:  # to hold a part out is no short cut
        yield f"training on {counted(n_train, 'row')} ({where} has {rows:,})"
