"""Check somebody's hand-written network: what holds, what does not, and which known bug it is.

usage: python -m hw3.check <program.py or weights.npz or weights.h5> [name=value ...]

A program is a Python file that defines some of these, each called by the names of its parameters:
init(sizes), loss(weights, x, y), gradients(weights, x, y), step(weights, x, y, lr),
outputs(weights, x), softmax(z), train(...), retrain(...), split(x, y), choose(accuracies),
confusion(labels, predicted), class_accuracy(matrix), save(weights, activation, path), load(path),
read(path). docs/check.md says what each returns, with an adapter of ten lines. Layouts, rows or
columns, sums or means, and the like are found out and never held against it. It runs in a process
of its own, with limits and without network, which guards against accidents and is no jail.

  seed        of the random data, which are others each time; 0 or more
  time        seconds for all of it: 60
  memory      that the program may use: 4GB
  json        a file for the report, to be read by programs
  gradescope  a file for the results as Gradescope's autograder reads them, written whatever happens
  page        a file for the report as a page

Exit status 0 for PASS, 1 for FAIL, 3 for INCONCLUSIVE, 2 for what cannot be checked.

example: python -m hw3.check my_net.py page=check.html
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.core.terminal import doing, own_arguments, run_command, say
from hw3.core.words import quoted

KEYS = dict.fromkeys(("seed", "time", "memory", "json", "gradescope", "page"), "")


def main(argv: Sequence[str] | None = None) -> int:
    """Print what a check finds; return the exit status."""
    return run_command(check, argv)


def check(arguments: Sequence[str]) -> int:
    """Check the file that the arguments name."""
    files = [text for text in arguments if "=" not in text or Path(text).is_file()]
    own, others = own_arguments([text for text in arguments if text not in files], KEYS)
    if len(files) != 1 or others:
        got = quoted(" ".join(arguments))
        raise ConfigError(f"the arguments are <program.py> and of {', '.join(KEYS)}=; got {got}")
    with doing(f"checking {files[0]}"):
        from hw3.programs.outputs import Outputs
        from hw3.programs.request import report_of

        outputs = Outputs.to(**{key: own[key] for key in ("json", "gradescope", "page")})
        try:
            report = report_of(Path(files[0]), own["seed"], own["time"], own["memory"])
        except Exception as error:  # whatever it is, a grader waits for its file
            outputs.write_failure(files[0], error)
            for line in getattr(error, "details", ()):
                say(line)
            raise
        written = outputs.write(report)
    from hw3.programs.terminal import show

    show(report, written)
    return report.verdict.exit_status


if __name__ == "__main__":
    sys.exit(main())
