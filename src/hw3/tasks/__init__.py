"""What a run does, by the config's `task`; a module is imported only when its task runs.

Each module has `run(config, run_dir) -> str`, the status that the run ended with.
"""

from hw3.registry import Registry

TASKS: Registry[str] = Registry("task")
TASKS.register("train")("hw3.tasks.train")
