"""Split, choice, confusion matrix, files: what stands around the training."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hw3.nn.arrays import FloatArray, IntArray
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.clauses.outputs import array_of
from hw3.programs.convention import place
from hw3.programs.form import WrongForm
from hw3.programs.program import ProgramError
from hw3.programs.reference import Rows
from hw3.programs.subject import Subject, taken
from hw3.programs.wire import Tree

N_ROWS = (60_000, 10_200, 1_000)  # MNIST's, those of the sequences, and few
CLASSES = 4


def told(subject: Subject, name: str, **known: Tree) -> Tree:
    """Return what a function makes of arguments."""
    return subject.program.call(name, **taken(subject.program, name, known)).value


def split(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Split numbered rows, as many as the data sets have, or few."""
    seen = [split_of(subject, n) for n in N_ROWS]
    yield next((s for s in seen if s.verdict == "PASS"), seen[0])


def split_of(subject: Subject, n: int) -> Seen:
    """Say what became of n rows that bear their number."""
    data, k = subject.convention.data, max(2, subject.convention.sizes[-1])
    labels = np.arange(n) % k
    rows = Rows(np.repeat(np.arange(n, dtype=float)[:, None], 3, axis=1) / n, labels, k)
    value = told(subject, "split", x=data.x(rows.x), y=data.y(rows), seed=1)
    value = parts(value)
    if len(value) == 2:
        train, val = (indices(v) for v in value)
    else:
        train, val = (numbers_in(v, n, data.in_columns) for v in (value[0], value[2]))
        for numbers, given in ((train, value[1]), (val, value[3])):
            if not follows(labels[numbers], given, k):
                return wrong("labels no longer belong to their rows after the split", bugs.SPLIT)
    both = np.intersect1d(train, val)
    if len(both):
        return wrong(
            f"of {n:,} rows {len(both):,} {be(len(both))} in training and in validation",
            bugs.SPLIT,
        )
    n_used = len(np.union1d(train, val))
    if n_used < n:
        return wrong(
            f"of {n:,} rows {n - n_used:,} {be(n - n_used)} in neither part",
            bugs.SPLIT,
        )
    if len(train) + len(val) > n:
        return wrong("rows are in a part twice", bugs.SPLIT)
    if not len(val) or not len(train):
        return wrong(f"of {n:,} rows {len(val):,} are for validation", bugs.SPLIT)
    return fine(
        f"{len(train):,} rows to train and {len(val):,} to validate, none in both, none left out"
    )


def parts(value: Tree) -> list[Tree]:
    """Return what `split` returned as x_train, y_train, x_val, y_val, or as two sets of indices.

    Pairs of inputs and labels are taken apart, and inputs may stand before all labels.

    Errors: WrongForm.
    """
    found = list(value.values()) if isinstance(value, dict) else value
    if isinstance(found, list | tuple) and all(
        isinstance(v, list | tuple) and len(v) == 2 for v in found
    ):
        found = [v for pair in found for v in pair]  # type: ignore[union-attr]
    if not isinstance(found, list | tuple) or len(found) not in (2, 4):
        raise WrongForm(
            "split(x, y) is to return (x_train, y_train, x_val, y_val), or two arrays of indices"
        )
    if len(found) == 4 and are_inputs(found[1]):
        found = [found[0], found[2], found[1], found[3]]
    return list(found)


def are_inputs(value: Tree) -> bool:
    """Whether a part is of inputs, whose three numbers are one."""
    x = array_of(value, "split(x, y)")
    return x.ndim == 2 and bool((x == x[:, :1]).all() or (x == x[:1]).all()) and 3 in x.shape


def indices(value: Tree) -> IntArray:
    """Return indices, which may be a mask."""
    found = array_of(value, "split(x, y)").ravel()
    is_mask = isinstance(value, np.ndarray) and value.dtype.kind == "b"
    return np.flatnonzero(found) if is_mask else found.astype(int)


def be(n: int) -> str:
    """Return "is" for one, else "are"."""
    return "is" if n == 1 else "are"


def numbers_in(value: Tree, n: int, in_columns: bool) -> IntArray:
    """Return the numbers that the rows of a part bear."""
    x = array_of(value, "split(x, y)")
    x = x.T if (in_columns and x.ndim == 2 and x.shape[0] == 3) else x
    return np.rint(x.reshape(len(x), -1)[:, 0] * n).astype(int) if x.size else np.zeros(0, int)


def follows(labels: IntArray, given: Tree, k: int) -> bool:
    """Whether labels, as numbers or one-hot in rows or columns, are these."""
    y = array_of(given, "split(x, y)")
    if y.size == len(labels) * k and k > 1 and y.ndim == 2:
        y = (y if y.shape == (len(labels), k) else y.T).argmax(axis=1)
    return y.size == len(labels) and bool((y.ravel() == labels).all())


def choose(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Choose between configurations of which each is the best by another rule."""
    accuracies = np.array(
        [
            [0.60, 0.99, 0.70, 0.71],  # the highest of any epoch
            [0.50, 0.60, 0.70, 0.90],  # the highest after the last
            [0.93, 0.91, 0.90, 0.80],  # the highest first, and in the mean
            [0.10, 0.20, 0.30, 0.40],  # the lowest
        ]
    )
    order = rng.permutation(4)
    value = array_of(told(subject, "choose", accuracies=accuracies[order]), "choose(accuracies)")
    if value.size != 1 or int(value.ravel()[0]) not in range(4):
        raise WrongForm("choose(accuracies) is to return the number of a configuration, its row")
    rule = int(order[int(value.ravel()[0])])
    if rule == 1:
        yield fine("the configuration with the highest accuracy after the last epoch is chosen")
    else:
        words = {0: "the maximum over the epochs", 2: "the first epoch, or the mean"}.get(
            rule, "the lowest"
        )
        yield wrong(
            f"the choice goes by {words}, not by the accuracy after the last epoch", bugs.FINAL
        )


def confusion(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Count known predictions, of which no class is as frequent as another."""
    labels, predicted = predictions(rng)
    counts = np.zeros((CLASSES, CLASSES))
    np.add.at(counts, (labels, predicted), 1)
    got = array_of(confusion_of(subject, labels, predicted), "confusion(labels, predicted)")
    if got.shape != counts.shape:
        yield wrong(f"the matrix of {CLASSES} classes is {got.shape}", bugs.CONFUSION)
        return
    scale = 100 if np.isclose(got.sum(), 100 * CLASSES) or np.isclose(got.sum(), 100) else 1
    got = got / scale
    rows, columns = counts / counts.sum(1, keepdims=True), counts / counts.sum(0)
    total = counts / counts.sum()
    for known, words in ((counts, "counts"), (rows, "shares of each true class")):
        if np.allclose(got, known, atol=1e-4):
            yield fine(f"rows are true classes, entries {words}")
            return
    wrongs = {
        "the arguments are swapped: rows are predicted classes": (counts.T, columns.T),
        "it is divided by the number of all rows, so that its rows do not sum to 1": (
            total,
            total.T,
        ),
        "each column sums to 1, not each row": (columns, rows.T),
    }
    for words, cases in wrongs.items():
        if any(np.allclose(got, case, atol=1e-4) for case in cases):
            yield wrong(words, bugs.CONFUSION)
            return
    yield wrong(
        "the matrix is not that of the labels and predictions",
        bugs.CONFUSION,
        f"yours: {got.tolist()}",
        f"counts: {counts.tolist()}",
    )


def predictions(rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return labels, and predictions that miss some classes more than others."""
    labels = rng.permutation(np.repeat(np.arange(CLASSES), [37, 29, 21, 10]))
    predicted = np.where(
        rng.random(97) < 0.6, labels, rng.choice(CLASSES, 97, p=[0.1, 0.2, 0.3, 0.4])
    )
    return labels, predicted


def confusion_of(subject: Subject, labels: IntArray, predicted: IntArray) -> Tree:
    """Return the program's confusion matrix."""
    return told(
        subject, "confusion", labels=labels, predicted=predicted, y=labels, n_classes=CLASSES
    )


def class_accuracy(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Read the accuracy of each class from a matrix."""
    labels, predicted = predictions(rng)
    counts = np.zeros((CLASSES, CLASSES))
    np.add.at(counts, (labels, predicted), 1)
    matrix: Tree = (
        confusion_of(subject, labels, predicted) if subject.gives("confusion") else counts
    )
    got = array_of(told(subject, "class_accuracy", matrix=matrix), "class_accuracy(matrix)").ravel()
    got = got / 100 if got.size and got.max() > 1.5 else got
    right, by_column = np.diag(counts) / counts.sum(1), np.diag(counts) / counts.sum(0)
    if got.shape == right.shape and np.allclose(got, right, atol=1e-4):
        yield fine("each class's accuracy is the share of its own rows")
    elif got.shape == right.shape and np.allclose(got, by_column, atol=1e-4):
        yield wrong(
            "each class's accuracy is read from its column: of what was predicted as it",
            bugs.CONFUSION,
        )
    else:
        yield wrong(
            "the accuracies of the classes are not those of the matrix",
            bugs.CONFUSION,
            f"yours: {np.round(got, 4).tolist()}",
            f"true: {np.round(right, 4).tolist()}",
        )


def reloaded(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Save a net, load it in a new process, and compare its outputs."""
    acts = ("relu", "tanh") if subject.named("save", "activation") else (subject.convention.act,)
    at = place(subject, rng)
    for act in acts:
        told_act = subject.with_act(act)
        wanted = array_of(told_act.ask("outputs", at).value, "outputs(...)")
        x = subject.convention.data.x(at.rows.x)
        answer = subject.program.round_trip(subject.convention.form.pack(at.params), act, x)
        got = array_of(answer.value, "outputs(load(path), x)")
        if got.shape != wanted.shape or not np.allclose(got, wanted, rtol=1e-4, atol=1e-6):
            others = [
                a
                for a in ("relu", "tanh", "sigmoid")
                if a != act and subject.named("outputs", "activation")
            ]
            as_other = [a for a in others if is_of(subject.with_act(a), at, got)]
            how = f": they are those of {as_other[0]}" if as_other else ""
            yield wrong(
                f"a {act} net that is saved and loaded has other outputs{how}", bugs.RELOADED
            )
        else:
            yield fine(
                f"a {act} net that is saved, and loaded in a new process, has the same outputs"
            )


def is_of(subject: Subject, at: object, got: FloatArray) -> bool:
    """Whether outputs are those of the program with another activation."""
    try:
        found = array_of(subject.ask("outputs", at).value, "outputs(...)")  # type: ignore[arg-type]
    except (ProgramError, WrongForm):
        return False
    return found.shape == got.shape and np.allclose(found, got, rtol=1e-4, atol=1e-6)


def read(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Read a file of the course's layout, and look at how it is opened."""
    from hw3.core.hdf5 import writing_hdf5  # h5py is slow to import

    n, k = 30, 10
    x, labels = rng.random((n, 784)).astype(np.float32), rng.integers(0, k, n)
    path = Path(subject.program.folder) / "traindata.hdf5"
    with writing_hdf5(path) as file:
        file["xdata"], file["ydata"] = x, np.eye(k, dtype=np.float32)[labels]
    before = path.read_bytes()
    answer = subject.program.call("read", **taken(subject.program, "read", {"path": str(path)}))
    modes = {file.mode for file in answer.opened if Path(file.path).name == path.name}
    if path.read_bytes() != before or modes - {"r"}:
        yield wrong(
            f"the data file is opened to write (mode {', '.join(sorted(modes - {'r'})) or '?'})",
            bugs.ROWS,
        )
        return
    value = answer.value
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise WrongForm("read(path) is to return x and y first")
    got = array_of(value[0], "read(path)")
    if got.size != x.size:
        yield wrong(f"{got.size // 784} of {n} images are read")
    elif not follows(labels, value[1], k):
        yield wrong("the labels are not those of the file")
    else:
        yield fine(f"all {n} images and labels are read, and the file is opened to read")
