"""What every config of a command must be, beside what its keys allow one by one."""

import json
from collections.abc import Sequence

from hw3.config.keys import canonical, flatten, settings
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.records.config_text import config_text
from hw3.records.read import MAX_CONFIG
from hw3.tasks import task_of

MARGIN = 4  # characters of YAML, at most, for each of JSON


def refuse_twins(configs: Sequence[Config]) -> None:
    """Raise ConfigError for two points that compute the same from the same seed."""
    first: dict[tuple[str, int], Config] = {}
    for config in configs:
        point = canonical(settings(config.tree)), config.seed
        other = first.get(point)
        first[point] = config
        if other:
            a, b = flatten(other.tree), flatten(config.tree)
            keys = [key for key in dict.fromkeys([*a, *b]) if repr(a.get(key)) != repr(b.get(key))]
            why = f"; what differs, {', '.join(keys[:3])}, changes no result" if keys else ""
            raise ConfigError(
                f"the sweep names the same run twice: {config.job_name}{why}; name it once"
            )


def check_length(config: Config) -> None:
    """Raise ConfigError for a config that is longer than a record may be.

    As YAML it has at most MARGIN characters for each that it has as JSON, which is quicker to make.
    """
    if MARGIN * len(json.dumps(config.tree)) <= MAX_CONFIG:
        return
    if (n := len(config_text(config.tree))) > MAX_CONFIG:
        raise ConfigError(
            f"the config is {n:,} characters long, and a record holds {MAX_CONFIG:,}; shorten its "
            "longest value"
        )


def check_task(config: Config, is_in_sweep: bool) -> None:
    """Raise ConfigError unless the config's task can run it, and in a sweep if it is in one."""
    task = task_of(config)
    if is_in_sweep and task.opens_test_split:
        raise ConfigError(
            f"task={config.task} opens the test split and is no job of a sweep: that would be "
            "choosing on the test split; sweep with task=train, then run it once"
        )
    if task.check:
        task.check(config)


def check_config(config: Config, is_in_sweep: bool) -> None:
    """Raise ConfigError for a config that no record can hold, or that its task cannot run."""
    check_length(config)
    config.tracker.check()
    check_task(config, is_in_sweep)
