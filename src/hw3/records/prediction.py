"""What the network of a run says of new rows."""

from collections.abc import Iterator
from pathlib import Path

from hw3.core.errors import DataError
from hw3.datasets.hdf5 import scaled_pixels
from hw3.datasets.own import read_rows, scaled
from hw3.datasets.sources import SOURCES
from hw3.nn.arrays import FloatArray
from hw3.records.layout import CONFIG, PARAMS
from hw3.records.network import checked, class_probabilities
from hw3.records.run import Run, load_run
from hw3.records.weights import stored_sizes

FEW = 20  # classes of which each has a column


def predicted_rows(weights: Path, act: str | None, rows: Path) -> Iterator[list[str]]:
    """Yield a header and, of each row of a file, its class, that one's probability, and all.

    The file has the columns that the run was trained on, whatever else it holds; they are scaled
    as they were then. The probabilities of very many classes are left out.

    Raises:
        DataError: if the weights are of no run, or the rows are not of its kind.
    """
    n_features = stored_sizes(weights)[0]
    if not (weights.parent / CONFIG).is_file():
        raise DataError(
            f"{weights} lies in no folder of a run, whose record would say which columns and "
            "classes it knows; name one with weights=<folder of a run>"
        )
    run = load_run(weights.parent)
    spec, facts = run.config.dataset, run.environment.data
    names = facts.class_names or SOURCES.get(spec.name).class_names
    inputs = read_rows(rows, spec.own, facts.feature_names, n_features)
    if facts.pixels and facts.pixels != "divided by 16":
        inputs = scaled_pixels(rows, inputs)
    yield from table(names, class_probabilities(weights, act, inputs))


def probabilities_of(run: Run, inputs: object) -> FloatArray:
    """Return the probability of each class, (n, n_classes), of inputs as in their file.

    Raises:
        DataError: for inputs that do not fit, or where the run has no weights yet.
    """
    path = run.folder / PARAMS
    if run.tree.get("dataset", {}).get("scale") is not None:
        inputs = checked(inputs, stored_sizes(path)[0], path)
        inputs = scaled(inputs, run.config.dataset.scale)
    return class_probabilities(path, None, inputs)


def table(names: tuple[str, ...], found: FloatArray) -> Iterator[list[str]]:
    """Yield the lines of a table of class probabilities (n, n_classes)."""
    is_whole = len(names) <= FEW
    yield ["class", "probability", *(names if is_whole else ())]
    for row in found:
        best = int(row.argmax())
        yield [names[best], *(f"{p:.4f}" for p in [row[best], *(row if is_whole else ())])]
