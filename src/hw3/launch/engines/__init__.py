"""What runs the jobs of a sweep: one file per engine, named as `hydra/launcher` names it.

Its defaults are in conf/hydra/launcher. A job's record in its folder is the truth: whatever dies,
the same command goes on.
"""

from collections.abc import Mapping

from hw3.config.validate import as_group, build
from hw3.core.registry import unknown_choice
from hw3.launch.engine import Engine
from hw3.launch.engines.basic import Basic
from hw3.launch.engines.joblib import Joblib
from hw3.launch.engines.ray import Ray
from hw3.launch.engines.stack import Stack
from hw3.launch.engines.submitit_local import SubmititLocal
from hw3.launch.engines.submitit_slurm import SubmititSlurm

ENGINES: Mapping[str, type[Engine]] = {
    "basic": Basic,
    "joblib": Joblib,
    "ray": Ray,
    "stack": Stack,
    "submitit_local": SubmititLocal,
    "submitit_slurm": SubmititSlurm,
}


def engine_of(name: str, keys: object) -> Engine:
    """Return the engine of a name, with the keys of `hydra.launcher`.

    Raises:
        ConfigError: for a launcher that is no engine of ours, and for keys that it cannot have.
    """
    if name not in ENGINES:
        raise unknown_choice("hydra/launcher", name, ENGINES)
    given = as_group(keys, "hydra.launcher")
    own = {key: value for key, value in given.items() if key != "_target_"}  # of Hydra's basic
    return build(ENGINES[name], own, "hydra.launcher", {})
