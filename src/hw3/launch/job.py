"""One job: what Hydra calls with a composed tree, in this process or in a worker."""

import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from threadpoolctl import threadpool_limits

from hw3.config.compose import register_resolvers
from hw3.config.schema import Config, parse
from hw3.core.errors import Hw3Error, RunDirError
from hw3.core.workers import FailFastError, is_in_sweep
from hw3.records.environment import versions
from hw3.records.rundir import RunDir
from hw3.tasks import task_of


@dataclass(frozen=True)
class Outcome:
    """How a job ended: completed, diverged, failed or refused (nothing was touched)."""

    folder: Path
    status: str
    message: str = ""
    trace: str = ""
    was_done: bool = False


register_resolvers()  # a worker composes its config after it has imported this module


def run_job(cfg: DictConfig) -> Outcome:
    """Run the task that the config names in the folder that Hydra chose."""
    config = parse(cfg)
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        with RunDir.claim(folder, config) as run_dir:
            outcome = run_in(run_dir, config)
        if config.fail_fast and outcome.status != "completed" and not outcome.was_done:
            raise FailFastError(str(folder), outcome.status, outcome.message)
        return outcome
    except Hw3Error as error:
        return Outcome(folder, "refused", str(error))
    except KeyboardInterrupt:
        if not is_in_sweep():
            print(
                f"\nhw3: interrupted; every finished epoch is kept; to continue, add "
                f"hydra.run.dir={os.path.relpath(folder)} to the command",
                file=sys.stderr,
            )
        raise


def run_in(run_dir: RunDir, config: Config) -> Outcome:
    """Run the task unless the folder's run has ended; a failure is recorded there."""
    before = run_dir.ended
    if before and before.status != "failed":
        return Outcome(run_dir.path, before.status, was_done=True)
    run_dir.log(f"started with {versions()}")
    run_dir.reopen()
    try:
        with threadpool_limits(config.threads):
            status = task_of(config).run(config, run_dir)
    except RunDirError:
        raise  # the folder is not this run's to write a failure into
    except Exception as error:  # the one place where a job's failure becomes its record
        run_dir.fail(error)
        trace = "" if isinstance(error, Hw3Error) else traceback.format_exc()
        return Outcome(run_dir.path, "failed", f"{type(error).__name__}: {error}", trace)
    return Outcome(run_dir.path, status)
