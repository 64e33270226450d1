"""What runs the jobs of a sweep: one file per engine, named as `hydra/launcher` names it.

Its defaults are in conf/hydra/launcher. A job's record in its folder is the truth: whatever dies,
the same command goes on.
"""

from collections.abc import Mapping
from importlib import import_module

from hw3.config.validate import as_group, build
from hw3.core.registry import unknown_choice
from hw3.launch.engine import Engine

# The class of each, in the module of its name, which is imported when it is asked for.
ENGINES: Mapping[str, str] = {
    "basic": "Basic",
    "joblib": "Joblib",
    "ray": "Ray",
    "stack": "Stack",
    "submitit_local": "SubmititLocal",
    "submitit_slurm": "SubmititSlurm",
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
    kind: type[Engine] = getattr(import_module(f"hw3.launch.engines.{name}"), ENGINES[name])
    return build(kind, own, "hydra.launcher", {})
