"""What a run does, by the config's `task`; a module is imported only when its task runs.

Each module has `run(config, run_dir) -> str`, which returns the status that the run ended with. One
whose config depends on earlier runs has `derived_overrides(config) -> list[str]`, asked before the
run is composed for good. One that cannot run every config has `check(config)`, which raises
ConfigError before any job starts. One with more to say of a sweep of its jobs than the
general summary has `summarize_sweep(sweep)`, called when all of them have completed.
"""

from hw3.registry import Registry

TASKS: Registry[str] = Registry("task")
TASKS.register("train")("hw3.tasks.train")
TASKS.register("final")("hw3.tasks.final")
TASKS.register("sequences")("hw3.tasks.sequences")
TASKS.register("explore")("hw3.tasks.explore")
