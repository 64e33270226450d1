"""What can follow on a command line, for the Tab of a shell; Hydra knows the groups and keys."""

import re
from collections.abc import Sequence
from glob import escape, glob
from os.path import isdir

from hw3.config.presets import conf_dir
from hw3.core.errors import Hw3Error

# Each prints what `hw3 --complete` finds. Bash alone splits words at "=", and a word's beginning
# must then be left out; to take "=" out of COMP_WORDBREAKS would change all other commands.
SCRIPTS = {
    "bash": r"""_hw3() {
    local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} words before=
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    case ${words[-1]} in *=*) [[ $COMP_WORDBREAKS == *=* ]] && before=${words[-1]%=*}= ;; esac
    IFS=$'\n' COMPREPLY=($(hw3 --complete "${words[@]:1}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -o nospace -F _hw3 hw3""",
    "zsh": r"""(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_hw3() {
    local -a found=("${(@f)$(hw3 --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    compadd -Q -S '' -- "${(@)found:#}"
}
compdef _hw3 hw3""",
    "fish": """complete -c hw3 -f \\
    -a '(hw3 --complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'""",
}


def completions(words: Sequence[str], verbs: Sequence[str], usage: str) -> list[str]:
    """Return what the last of some words may become; those before it are complete.

    Args:
        words: of the command line, without `hw3`.
        verbs: the commands that there are.
        usage: the docstring of the command that the first word names.
    """
    *before, word = words
    if not before:
        return [f"{verb} " for verb in verbs if verb.startswith(word)]
    key, is_value, value = word.partition("=")
    named = set(re.findall(r"\b(\w+)=(?!value)", usage.partition("\n\n")[2].partition("\n\n")[0]))
    own = named.union(re.findall(r"(?m)^  (\w+)  ", usage))  # as the command's help lists them
    if is_value and (key in own or key.endswith("dir")) and not (conf_dir() / key).is_dir():
        return [f"{key}={path}" for path in paths(value)]
    keys = own if "=value" in usage else named  # else the list tells of folders too
    found = {f"{name}=" for name in keys if name.startswith(word)}
    if "key=value" in usage:  # and those of the config
        return sorted({*found, *hydras(before[1:], word)})
    return sorted(found) or paths(word)


def paths(text: str) -> list[str]:
    """Return the paths that begin with a text, those of folders with a slash."""
    found = sorted(glob(f"{escape(text)}*"))
    return [f"{path}/" if isdir(path) else path for path in found]


def hydras(before: Sequence[str], word: str) -> list[str]:
    """Return the groups, files and keys of the config, as the words before have composed it."""
    from hydra.plugins.completion_plugin import DefaultCompletionPlugin  # slow, and a shell waits

    from hw3.config.compose import BARE, ROOT, hydra_session

    begun, comma, last = word.rpartition(",")  # of several values, the last
    asked = f"{begun.partition('=')[0]}={last}" if comma else word
    given = [text for text in before if "=" in text and "," not in text]
    bare = BARE if "hydra" not in " ".join([*given, word]) else []
    try:
        with hydra_session(given) as session:
            line = " ".join([*bare, *given, asked])
            found = DefaultCompletionPlugin(session.loader)._query(ROOT, line)
    except (Hw3Error, SystemExit):  # what cannot be read is told when it is run
        return []
    if comma:
        return [f"{begun},{text.partition('=')[2]}" for text in found]
    if word and "hydra".startswith(word[:5]):
        from hw3.launch.command import HYDRAS, PARTS

        found = [text for text in found if text.startswith(HYDRAS) and "_target_" not in text]
        ours = [f"{key}{'.' if '.' in key and key in PARTS else '='}" for key in HYDRAS]
        return found + [
            text for text in ours if text.startswith(word) and text not in (word, *found)
        ]
    return [text for text in found if text not in ("hydra", "hydra.")]
