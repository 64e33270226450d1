"""Print the class and the probabilities of new rows, or P(human) of binary sequences.

usage: python -m hw3.predict weights=<folder of a run> rows=<file>
       python -m hw3.predict weights=<file.h5 or folder of a run> sequences=<sequences or file>

  weights    the file; for the folder of a run, its params.h5
  rows       a file with the columns or arrays that the run was trained on; what is printed is CSV
  sequences  one or more of 20 entries, with commas between: text of 0 and 1, or entries -1 and +1
             with spaces between or each list in brackets; or a text file (a sequence per line) or
             an HDF5 file (every data set of it, (n, 20))
  act        the activation, such as relu or tanh, where the file does not name it
  plugins    your modules that register the activation: plugins=[my_module]

example: python -m hw3.predict weights=outputs/iris rows=new.csv > classes.csv
         python -m hw3.predict weights=net.h5 sequences=01101001100101101001
"""

import sys
from collections.abc import Mapping, Sequence

from hw3.core.errors import ConfigError
from hw3.core.plugins import take_plugins
from hw3.core.registry import unknown_key
from hw3.core.terminal import doing, own_arguments, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the arguments ask for; return the exit status."""
    return run_command(predict, argv)


def predict(arguments: Sequence[str]) -> int:
    """Predict what the arguments name."""
    keys = {"weights": "", "rows": "", "sequences": "", "act": ""}
    own, unknown = own_arguments(take_plugins(arguments), keys)
    if unknown:
        raise unknown_key(unknown[0].partition("=")[0], own)
    for key in ("weights", "sequences"):
        if not own[key] and not (own["rows"] and key == "sequences"):
            raise ConfigError(f"{key}=... is missing; see python -m hw3.predict --help")
    if own["rows"] and own["sequences"]:
        raise ConfigError("rows and sequences are two kinds of input; give one")
    if own["rows"]:
        return predict_rows(own)
    with doing("reading the weights"):
        from hw3.datasets.sequences import read_sequences
        from hw3.records.network import predicted
        from hw3.records.weights import weight_file

        sequences = read_sequences(own["sequences"])
        found = predicted(weight_file(own["weights"]), own["act"] or None, sequences)
    for row, p in zip(sequences, found, strict=True):
        print(f"P(human) = {p:.4f}  {''.join('1' if entry > 0 else '0' for entry in row)}")
    return 0


def predict_rows(own: Mapping[str, str]) -> int:
    """Print the classes of rows as CSV."""
    with doing("reading the rows"):
        from hw3.core.files import expanded, table_text
        from hw3.records.prediction import predicted_rows
        from hw3.records.weights import weight_file

        weights = weight_file(own["weights"])
        header, *lines = predicted_rows(weights, own["act"] or None, expanded(own["rows"]))
    print(table_text(header, lines), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
