"""Hydra's globals, used alone and left as they were; and its errors, as ours of one line."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from hw3.config.overrides import unknown_config_key
from hw3.config.presets import conf_dir
from hw3.core.errors import ConfigError, first_line

LOCK = threading.RLock()  # of Hydra's globals


@contextmanager
def own_hydra() -> Iterator[None]:
    """Use Hydra's globals alone, and leave them as they were: a notebook may use Hydra too."""
    with LOCK:
        before, settings = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
        GlobalHydra.instance().clear()
        try:
            yield
        finally:
            GlobalHydra.instance().hydra, HydraConfig.instance().cfg = before, settings


@contextmanager
def own_plugins(group: str) -> Iterator[None]:
    """Let our files in conf/hydra/<group> stand alone: those of Hydra's plugins would be schemas.

    Plugins of these names, where they are installed, store them as soon as Hydra starts.
    """
    stored = ConfigStore.instance().repo.get("hydra", {}).get(group, {})
    ours = [path.name for path in (conf_dir() / "hydra" / group).glob("*.yaml")]
    before = {name: stored.pop(name) for name in ours if name in stored}
    try:
        yield
    finally:
        stored.update(before)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise into a ConfigError that names key, choices and value."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise translated(error) from error
    except RecursionError as error:
        raise ConfigError("a value is nested too deep, or holds itself") from error
    except UnboundLocalError as error:  # Hydra closes a file that it could not open
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise


def translated(error: Exception) -> ConfigError:
    """Return our error for one of Hydra's."""
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    parent = getattr(cause, "parent_node", None)
    is_key = isinstance(cause, ConfigAttributeError | ConfigKeyError)
    if is_key and isinstance(parent, DictConfig):
        key = str(getattr(cause, "full_key", ""))
        return unknown_config_key(key, [str(k) for k in parent])
    reason = f": {first_line(cause)}" if cause and cause is not error else ""
    return ConfigError((" ".join(str(error).split()) + reason).strip(": "))
