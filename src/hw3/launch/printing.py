"""Hydra's commands that print and end: --help, --cfg job, --info."""

import argparse
import sys
from collections.abc import Sequence

import hydra

from hw3.config.compose import ROOT
from hw3.config.presets import conf_dir
from hw3.core.errors import ConfigError
from hw3.launch import command

PRINTING = ("help", "hydra_help", "version", "cfg", "info")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are ours."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise ConfigError with argparse's words."""
        raise ConfigError(f"{message}; python -m hw3.run --help lists what can be given")


def read_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the flags of a command line, and under `overrides` what is none.

    Raises:
        ConfigError: for a flag that is not ours, or without its value.
    """
    parser = Parser(add_help=False, allow_abbrev=False)
    for flags in (("--help", "-h"), ("--hydra-help",), ("--version",), ("--resolve",)):
        parser.add_argument(*flags, action="store_true")
    parser.add_argument("--multirun", "-m", action="store_true")
    parser.add_argument("--cfg", "-c", choices=("job", "hydra", "all"))
    parser.add_argument("--package", "-p")
    parser.add_argument("--info", "-i", nargs="?", const="all")
    parser.add_argument("overrides", nargs="*")
    asked, unknown = parser.parse_known_intermixed_args(arguments)
    foreign = [word for word in unknown if word.startswith("-")]
    if foreign:
        raise ConfigError(
            f"{foreign[0].partition('=')[0]} is not one of our flags; allowed: -m, --multirun, and "
            "to print only --help, --cfg job, --info"
        )
    if (asked.package or asked.resolve) and not asked.cfg:
        raise ConfigError("--package and --resolve are of --cfg, which prints a config: add it")
    return asked


def is_printing(asked: argparse.Namespace) -> bool:
    """Whether the flags ask for something to be printed, and for no run."""
    return any(getattr(asked, name) for name in PRINTING)


def print_asked(asked: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Hand what is to be printed to Hydra; a config that is printed is checked before."""
    sys.argv[1:] = ["--help"]
    if not asked.help:
        sys.argv[1:] = [word for word in arguments if word not in asked.overrides]
    if asked.cfg or asked.info:
        if asked.multirun:
            raise ConfigError("-m runs jobs, and --cfg and --info show the config of one; drop -m")
        found = command.parse(asked.overrides, only_first=True)
        sys.argv += found.overrides
    place = str(conf_dir())
    hydra.main(version_base="1.3", config_path=place, config_name=ROOT)(lambda cfg: None)()
