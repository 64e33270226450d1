"""The flags of the command `run`: -m, and Hydra's own that print and end."""

import io
import logging
import sys
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path

import hydra

from hw3.config.compose import ROOT, named_folders, register_job_folder
from hw3.config.hydras import one_line_errors, own_hydra
from hw3.config.overrides import in_quotes, override_key
from hw3.config.own import SEARCHPATH, own_folders
from hw3.config.presets import conf_dir
from hw3.core.errors import ConfigError
from hw3.core.plugins import load_plugins, named_plugins
from hw3.core.words import SHORT, one_line
from hw3.launch.command import Command

INFOS = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
ALONE = ("help", "hydra_help", "version")  # print, whatever else is given


def flags_parser() -> ArgumentParser:
    """Return the parser of the flags that there are; Hydra has more, which go round our checks."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("overrides", nargs="*")
    for names in (["-m", "--multirun"], ["-h", "--help"], ["--hydra-help"], ["--version"]):
        parser.add_argument(*names, action="store_true")
    parser.add_argument("-c", "--cfg", choices=("job", "hydra", "all"))
    parser.add_argument("--resolve", action="store_true")
    parser.add_argument("-p", "--package")
    parser.add_argument("--config-dir", "-cd")
    parser.add_argument("-i", "--info", nargs="?", const="all", choices=INFOS)
    return parser


def read_flags(arguments: Sequence[str]) -> Namespace:
    """Return the flags and the overrides among the arguments.

    Raises:
        ConfigError: for a flag that there is not, that lacks its value, or that means nothing here.
    """
    try:
        asked, unknown = flags_parser().parse_known_intermixed_args(list(arguments))
    except ArgumentError as error:
        raise ConfigError(str(error)) from error
    if {"-sc", "--shell-completion"} & {flag.partition("=")[0] for flag in unknown}:
        raise ConfigError('the shells complete hw3 run ...: eval "$(hw3 --completion bash)"')
    if unknown:
        raise ConfigError(
            f"{one_line(min(unknown).partition('=')[0], SHORT)} is not one of our flags; allowed: "
            "-m, --multirun, --config-dir, and to print only --help, --cfg job, --info"
        )
    if asked.config_dir is not None:
        path = in_quotes(str(Path(asked.config_dir).absolute()))
        asked.overrides.insert(0, f"{SEARCHPATH}=[{path}]")
    for flag in ("package", "resolve"):
        if getattr(asked, flag) and not asked.cfg:
            raise ConfigError(f"--{flag} is about what --cfg prints: add --cfg job")
    if asked.resolve and asked.cfg == "hydra":
        raise ConfigError("--resolve needs the keys of the job too: use --cfg all --resolve")
    return asked


def is_printing(asked: Namespace) -> bool:
    """Whether the flags ask to print something and to run nothing."""
    return any(getattr(asked, flag) for flag in (*ALONE, "cfg", "info"))


def print_by_hydra(asked: Namespace) -> int:
    """Hand --help, --cfg job, --info and the like to Hydra, which prints and exits."""
    main = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=ROOT)
    load_plugins(named_plugins(asked.overrides))
    arguments = hydras_arguments(asked)
    with one_line_errors(), own_hydra(), own_folders(named_folders(asked.overrides)):
        before, said, root = sys.argv, io.StringIO(), logging.getLogger()
        handlers, level = list(root.handlers), root.level
        sys.argv = [*sys.argv[:1], *arguments]
        try:
            with redirect_stderr(said):
                main(lambda cfg: None)()
        except SystemExit as done:  # after a help, or an error with a traceback
            if done.code:
                lines = [x for x in said.getvalue().splitlines() if "HYDRA_FULL_ERROR" not in x]
                raise ConfigError(f"Hydra cannot print this: {' '.join(lines[-1:])}") from done
        finally:
            sys.argv = before
            root.handlers[:] = handlers  # --info adds one, for the stdout of now
            root.setLevel(level)
    return 0


def hydras_arguments(asked: Namespace) -> list[str]:
    """Return the command line that Hydra is to see; a config that it shows is checked before.

    Raises:
        ConfigError: for a config that cannot run, and for -m, which has no one config to show.
    """
    for flag in ALONE:
        if getattr(asked, flag):
            return [f"--{flag.replace('_', '-')}"]
    if asked.multirun:
        raise ConfigError("-m runs jobs, and --cfg and --info show the config of one; drop -m")
    command = Command.parse(asked.overrides, is_shown=True)
    register_job_folder(command.configs[0])
    values = {"--cfg": asked.cfg, "--package": asked.package, "--info": asked.info}
    flags = [part for flag, value in values.items() if value for part in (flag, value)]
    given = [text for text in command.overrides if override_key(text) != SEARCHPATH]  # with ours
    return [*flags, *(["--resolve"] if asked.resolve else []), *given]
