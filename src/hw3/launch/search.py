"""A search, as `hydra/sweeper=optuna` asks for it: its keys, and what it may choose from."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

from hw3.config.schema import Config
from hw3.config.space import Space
from hw3.config.validate import as_group, build
from hw3.core.errors import ConfigError
from hw3.core.limits import Count, PositiveInt
from hw3.core.registry import unknown_choice, unknown_key

SWEEPERS = ("basic", "optuna")
OF_BASIC = {"_target_": None, "max_batch_size": None}  # keys of Hydra's own file


@dataclass(frozen=True)
class SearchKeys:
    """The keys of `hydra.sweeper`; conf/hydra/sweeper/optuna.yaml has the defaults."""

    n_trials: PositiveInt
    n_jobs: PositiveInt | None
    seed: Count
    n_startup_trials: PositiveInt
    prune: bool
    n_warmup_epochs: Count


@dataclass(frozen=True)
class Search:
    """What to search, and how."""

    keys: SearchKeys
    space: Space

    def check_usable(self) -> None:
        """Raise ConfigError where Optuna is not installed."""
        if find_spec("optuna") is None:  # its import takes long, and is for the first proposal
            raise ConfigError("hydra/sweeper=optuna needs optuna: pip install '.[optuna]'")

    def check(self, configs: Iterable[Config]) -> None:
        """Raise ConfigError for trials that cannot be ranked, and for more than there can be.

        The configs are those at the ends of the space.
        """
        for config in configs:
            if config.task != "train":
                raise ConfigError(
                    f"hydra/sweeper=optuna searches with task=train, got task={config.task}"
                )
            if not config.n_val:
                raise ConfigError(
                    "hydra/sweeper=optuna ranks trials on validation rows, and dataset.val="
                    f"{config.dataset.val} holds none out"
                )
        if self.keys.n_trials > self.space.size:
            n = f"{self.space.size:g}"
            raise ConfigError(
                f"hydra.sweeper.n_trials={self.keys.n_trials} are more than the {n} that differ; "
                f"use {n}, or hydra/sweeper=basic, which runs them all"
            )


def search_keys(name: str, node: object) -> SearchKeys | None:
    """Return the keys of a search, None for Hydra's basic sweeper.

    Raises:
        ConfigError: for a sweeper that is none of ours, and for keys that it cannot have.
    """
    if name not in SWEEPERS:
        raise unknown_choice("hydra/sweeper", name, SWEEPERS)
    given = {k: v for k, v in as_group(node, "hydra.sweeper").items() if k != "params"}
    if name == "basic":
        for key, value in given.items():
            if key not in OF_BASIC or (key != "_target_" and value is not None):
                raise unknown_key(f"hydra.sweeper.{key}", ["params"])
        return None
    return build(SearchKeys, given, "hydra.sweeper", {})
