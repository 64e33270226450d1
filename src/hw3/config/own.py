"""YAML files of one's own: the folders that hydra.searchpath and --config-dir name.

They are read by a source of ours, which Hydra takes as a plugin: it skips a byte-order mark, and
what cannot be read is one line with the file. A second source stands behind them, for what plugins
of ours registered and no YAML file says.
"""

import copy
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from hw3.config.presets import OPEN, conf_dir, of_plugin
from hw3.core.errors import ConfigError, first_line
from hw3.core.files import expanded
from hw3.core.words import quoted

SEARCHPATH = "hydra.searchpath"


class OwnFiles(ConfigSource):
    """The YAML files below a folder."""

    @staticmethod
    def scheme() -> str:
        """Return what the paths of such sources begin with."""
        return "hw3"

    def file(self, config_path: str) -> Path:
        """Return the path of a config, which may stand without its ending."""
        return Path(self.path, self._normalize_file_name(config_path))

    def load_config(self, config_path: str) -> ConfigResult:
        """Return a config with the header of its file.

        Raises:
            ConfigError: for a file that cannot be read, or that is no YAML mapping.
        """
        path = self.file(config_path)
        if not os.path.isfile(path):
            raise ConfigLoadError(f"Config not found : {path}")
        text = read_text(path)
        try:
            header = self._get_header_dict(text)
        except ValueError as error:
            raise ConfigError(f"{path}, in its first comments: {error}") from error
        tree = copy.deepcopy(read_yaml(path, text))  # of which Hydra takes the defaults out
        return ConfigResult(self.provider, self.full_path(), tree, header)

    def available(self) -> bool:
        """Whether the folder is there."""
        return self.is_group("")

    def is_group(self, config_path: str) -> bool:
        """Whether a path below the folder is a folder."""
        return os.path.isdir(Path(self.path, config_path))  # False too where Path.is_dir raises

    def is_config(self, config_path: str) -> bool:
        """Whether a path below the folder is a YAML file."""
        return os.path.isfile(self.file(config_path))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of files and folders below a path, without endings."""
        names: list[str] = []
        for path in sorted(Path(self.path, config_path).iterdir()):
            inner = str(Path(config_path, path.name))
            if path.is_dir() or path.suffix == ".yaml":
                self._list_add_result(names, inner, path.name, results_filter)
        return names


class OwnRecords(ConfigSource):
    """What plugins registered, where no YAML file says it: a config of its defaults for each."""

    @staticmethod
    def scheme() -> str:
        """Return what the paths of such sources begin with."""
        return "plugins"

    def keys(self, config_path: str) -> dict[str, Any]:
        """Return what a path such as act/mish stands for."""
        group, _, name = config_path.removesuffix(".yaml").rpartition("/")
        return of_plugin(group, name)

    def load_config(self, config_path: str) -> ConfigResult:
        """Return a config of defaults."""
        keys = OmegaConf.create(self.keys(config_path))
        return ConfigResult(self.provider, self.full_path(), keys, {"package": None})

    def available(self) -> bool:
        """Whether there is such a place: always."""
        return True

    def is_group(self, config_path: str) -> bool:
        """Whether a path is a group that plugins can add to."""
        return config_path in OPEN

    def is_config(self, config_path: str) -> bool:
        """Whether a plugin registered what the path names."""
        return bool(self.keys(config_path))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of a group."""
        names: list[str] = []
        for name in sorted(OPEN.get(config_path, ())):
            self._list_add_result(names, f"{config_path}/{name}", name, results_filter)
        return names


class OwnFolders(SearchPathPlugin):
    """Adds the folders of the command at hand to where Hydra looks, after ours."""

    paths: ClassVar[list[str]] = []

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add them."""
        search_path.prepend("hw3", f"hw3://{conf_dir()}")
        for path in self.paths:
            search_path.append("hw3", path)
        search_path.append("hw3", f"{OwnRecords.scheme()}://")


@contextmanager
def own_folders(overrides: Iterable[Override]) -> Iterator[None]:
    """Let Hydra look into the folders that hydra.searchpath names among the overrides.

    Raises:
        ConfigError: for a folder that is not there.
    """
    for plugin in (OwnFiles, OwnRecords, OwnFolders):
        Plugins.instance().register(plugin)
    before = OwnFolders.paths
    OwnFolders.paths = [path for o in overrides for path in search_paths(o.value())]
    try:
        yield
    finally:
        OwnFolders.paths = before


def search_paths(value: object) -> list[str]:
    """Return the value of hydra.searchpath as paths with their scheme."""
    if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
        raise ConfigError(
            f"{SEARCHPATH} must be a list of folders such as [mine], got {quoted(value)}"
        )
    return [path if path.startswith("pkg://") else f"hw3://{folder(path)}" for path in value]


def folder(text: str) -> Path:
    """Return a folder of one's own, absolute."""
    path = expanded(text.removeprefix("file://")).absolute()
    if not path.is_dir():
        raise ConfigError(f"{SEARCHPATH} must name folders, and {quoted(text)} is none")
    return path


def read_text(path: Path) -> str:
    """Return the text of a YAML file, without a byte-order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line} is no UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


@cache
def read_yaml(path: Path, text: str) -> DictConfig:
    """Return the mapping that a YAML file holds, nothing for an empty one."""
    try:
        found = OmegaConf.load(io.StringIO(text))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{path}{line}: {error.problem}") from error
    except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no YAML mapping: {first_line(error)}") from error
    if not isinstance(found, DictConfig):
        raise ConfigError(f"{path} must hold keys with values, and it holds a list")
    return found
