"""A run of Weights & Biases; offline, a file in the run's folder for `wandb sync`."""

import shutil
import uuid
from typing import Any

import wandb

from hw3.config.trackers import Wandb
from hw3.core.errors import ConfigError
from hw3.records.outcome import SOUND
from hw3.trackers.contract import About, Ending, Values

FOLDER = "wandb"
# Seconds for what does not answer, at the start and at the end: a server, or, offline, the process
# of W&B on this machine, which is only slow where the machine is busy.
PATIENCE = {"online": 20.0, "offline": 300.0}
QUIET: dict[str, Any] = {  # prints nothing, looks at nothing but what it is told, waits for no one
    **{"silent": True, "console": "off", "save_code": False, "disable_git": True},
    **{"x_disable_stats": True, "x_disable_meta": True, "x_disable_machine_info": True},
    **{"x_save_requirements": False, "finish_timeout_raises": True},
}
_open: dict[str, wandb.Run] = {}  # those of this process, of which one may have been interrupted


class WandbRun:
    """One run among those of this process, none of which is the active one."""

    def __init__(self, run: wandb.Run, n_epochs: int) -> None:
        self.run, self.id, self.n_epochs = run, str(run.id), n_epochs

    def write(self, epoch: int, values: Values) -> None:
        """Take an epoch."""
        self.run.log(dict(values), step=epoch, commit=True)

    def end(self, ending: Ending) -> None:
        """Take the figures and the end."""
        if ending.figures:
            self.run.log({path.stem: wandb.Image(str(path)) for path in ending.figures})
        numbers = {f"end/{key}": value for key, value in ending.numbers.items()}
        self.run.summary.update({**numbers, **ending.words, "status": ending.status})
        _open.pop(self.id).finish(exit_code=int(ending.status not in SOUND))


def open_run(about: About, keys: Wandb, known: str | None) -> WandbRun:
    """Return a run, new or with the id that is known.

    Offline its file starts anew when the run continues: what was not sent is written again.

    Raises:
        ConfigError: online, for a user who has not logged in.
    """
    is_online = keys.mode == "online"
    if is_online and not wandb.login(prompt=False):
        raise ConfigError("nobody is logged in; use wandb login, or tracker.mode=offline")
    if known in _open:
        _open.pop(known).finish(exit_code=1)
    if not is_online:
        shutil.rmtree(about.folder / FOLDER, ignore_errors=True)
    run = wandb.init(
        project=keys.project,
        entity=keys.entity,
        group=about.group,
        job_type=about.experiment,
        name=about.folder.name,
        id=known or uuid.uuid4().hex[:12],
        resume="allow" if is_online else None,
        config={**about.config, "config_hash": about.config_hash, "folder": str(about.folder)},
        settings=wandb.Settings(
            mode=keys.mode,
            root_dir=str(about.folder),
            reinit="create_new",
            init_timeout=PATIENCE[keys.mode],
            finish_timeout=PATIENCE[keys.mode],
            **QUIET,
        ),
    )
    _open[run.id] = run
    return WandbRun(run, max(0, run.starting_step - 1))
