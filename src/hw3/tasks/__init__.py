"""What a run does, by the config's `task`; a module is imported only when its task runs.

Each module has `run(config, run_dir) -> str`, which returns the status that the run ended with. One
whose config depends on earlier runs has `derived_overrides(config, given) -> list[str]`, asked
before the run is composed for good. One that opens test data says OPENS_TEST_SPLIT,
and is refused in a sweep. One that cannot run every config has `check(config)`, which raises
ConfigError before any job starts. One that compares the runs of a sweep has
`summarize_sweep(sweep, config)`, called after the general summary once all jobs have completed.
"""

from hw3.core.registry import Registry

TASKS: Registry[str] = Registry("task")
TASKS.register("train")("hw3.tasks.train")
TASKS.register("final")("hw3.tasks.final")
TASKS.register("confusion")("hw3.tasks.confusion")
TASKS.register("weights")("hw3.tasks.weights")
TASKS.register("sequences")("hw3.tasks.sequences")
TASKS.register("explore")("hw3.tasks.explore")
