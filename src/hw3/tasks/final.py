"""Retrain a sweep's winner on all training rows, and measure it on the test split once."""

from collections.abc import Collection
from dataclasses import asdict

from hw3.config.keys import Role, role_of, with_values
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError
from hw3.core.files import write_json
from hw3.core.terminal import say
from hw3.records.layout import SELECTION
from hw3.records.run import Sweep, load_sweep
from hw3.records.rundir import RunDir
from hw3.sweeps.choice import read_selection, select, winner_of
from hw3.tasks import Steps, Task
from hw3.tasks.train import train_and_draw
from hw3.testset.ledger import ledger_of
from hw3.testset.look import open_and_record
from hw3.testset.seal import check_available, refuse_untestable


def may_be_given(key: str) -> bool:
    """Whether a command line may set a key of a final run; all else is the sweep's winner's."""
    is_own = key in ("name", "task") or role_of(key) in (Role.PLACE, Role.MACHINE)
    return is_own or key == "experiment" or key.startswith("hydra")


def sweep_of(config: Config) -> Sweep:
    """Return the sweep that the config names."""
    if config.sweep is None:
        raise ConfigError("task=final needs sweep=<folder of a finished sweep>")
    return load_sweep(config.sweep)


def derive(config: Config, given: Collection[str]) -> Config:
    """Return the config of the sweep's winner, on all rows, with the places of the one asked for.

    Raises:
        ConfigError: if the command line sets what the winner decides.
    """
    foreign = [key for key in given if not may_be_given(key)]
    if foreign:
        raise ConfigError(
            f"{foreign[0]} cannot be given to task=final: its config is that of the winner of "
            f"{config.sweep}; change the sweep instead"
        )
    winner = winner_of(sweep_of(config), config.allow_unfinished).completed[0].tree
    own = {key: value for key, value in config.tree.items() if may_be_given(key)}
    # instead_of is the winner's too: the sweep ran on stand-in data, and so will this
    return parse(with_values({**winner, **own}, {"dataset.val": 0}))


def run(config: Config, run_dir: RunDir) -> Steps[str]:
    """Record the choice, train on everything, open the test split once, record the outcome."""
    check_available(config.dataset, config.data_path, ledger_of(run_dir.path))
    if not (run_dir.path / SELECTION).exists():  # an interrupted run keeps the choice it made
        found = select(sweep_of(config), config.allow_unfinished)
        write_json(run_dir.path / SELECTION, asdict(found))
    chosen = read_selection(run_dir.path)
    if chosen.proposed_by:
        say(f"hw3: chosen from {chosen.among}")
    experiment, outcome = yield from train_and_draw(config, run_dir)
    if outcome.status == "completed":
        reason = "final run of a sweep's winner"
        reason += f", chosen from {chosen.among}" if chosen.proposed_by else ""
        outcome, _ = open_and_record(config, run_dir, experiment, outcome, reason)
    return run_dir.finish(outcome)


TASK = Task(run, lambda config: refuse_untestable(config.dataset), derive, opens_test_split=True)
