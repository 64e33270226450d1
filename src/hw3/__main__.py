"""All commands as one: hw3 <command> ..., as python -m hw3.<command> ..."""

import ast
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from hw3 import __version__
from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import run_command

HERE = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first argument names; return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and (path := commands().get(arguments[0])):
        name = ".".join(path.relative_to(HERE.parent).with_suffix("").parts)
        status: int = import_module(name).main(arguments[1:])
        return status
    return run_command(answer, ["help" if a in ("-h", "--help") else a for a in arguments])


def commands() -> Mapping[str, Path]:
    """Return the file of each command: of those at the top, all that have a `main`."""
    found = [*HERE.glob("[!_]*.py"), *HERE.glob("*/__main__.py")]
    named = {path.parent.name if path.name == "__main__.py" else path.stem: path for path in found}
    return {k: p for k, p in sorted(named.items()) if "\ndef main(" in p.read_text("utf-8")}


def usage(path: Path) -> str:
    """Return the docstring of a command's file, which need not be imported for it."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def answer(arguments: Sequence[str]) -> int:
    """Print what is asked of hw3 itself."""
    match arguments:
        case [] | ["help", *_]:
            rows = [f"  {name:<11}{usage(f).splitlines()[0]}" for name, f in commands().items()]
            print("usage: hw3 <command> ...; hw3 <command> --help says more\n", *rows, sep="\n")
            print(
                '\n  --version\n  --completion bash|zsh|fish, as in eval "$(hw3 --completion bash)"'
            )
        case ["--version"]:
            print(f"hw3 {__version__}")
        case ["--completion", *shells]:
            from hw3.launch.completion import SCRIPTS

            if (shell := " ".join(shells)) not in SCRIPTS:
                raise unknown_choice("--completion", shell, SCRIPTS)
            print(SCRIPTS[shell])
        case ["--complete", *words] if words:
            from hw3.launch.completion import completions

            path = commands().get(words[0])
            print(*completions(words, list(commands()), usage(path) if path else ""), sep="\n")
        case [flag, *_] if flag.startswith("-"):
            raise ConfigError(f"{flag} is no flag of hw3; see hw3 --help")
        case _:
            raise unknown_choice("the command", arguments[0], commands())
    return 0


if __name__ == "__main__":
    sys.exit(main())
