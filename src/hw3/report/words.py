"""What several sections say of a run: its network, its training, its most frequent mistake."""

import numpy as np

from hw3.records.run import Run
from hw3.report.integrity import changes, init_of

CONFUSION_CAPTION = (
    "Rows are the true class, columns the decision; the rate within the true class and, in "
    "brackets, the count; an empty cell is 0. Colour shows the mistakes; the most confused pair is "
    "outlined"
)


def network_facts(run: Run) -> dict[str, str]:
    """Return the layers of a network and its training, in words."""
    tree, sizes, metrics = run.tree, run.layer_sizes, run.metrics
    n_train, n_val = metrics["n_train"], metrics["n_val"]
    hidden = " + ".join(f"{n} {tree['act']['name']}" for n in sizes[1:-1]) or "none"
    output = "softmax" if sizes[-1] > 1 else "sigmoid"
    updates = -(-n_train // tree["batch_size"])  # the last batch may be smaller
    return {
        "layers": "-".join(map(str, sizes)) + ", fully connected",
        "neurons": f"{hidden} hidden, {sizes[-1]} {output} output",
        "parameters": f"{metrics['n_parameters']:,} weights and biases",
        "initial weights": init_of(run).replace("_", " "),
        "loss": f"cross-entropy after {output}",
        "data": f"{metrics['dataset']}: {n_train:,} train, {n_val:,} validate"
        + (f" ({tree['dataset']['split']} split)" if n_val else ""),
        "batch size": f"{tree['batch_size']}: {updates:,} updates an epoch",
        "epochs": str(metrics["epochs"]),
        "optimizer": f"{tree['optimizer']['name']}, initial rate {tree['lr']['initial']:g}, "
        f"{rate_text(run)}",
        "regulariser": regularizer_text(run),
        "backend": f"{tree['model']['backend']}, {tree['dtype']}, seed {tree['seed']}",
    }


def rate_text(run: Run) -> str:
    """Return how the applied rate changed."""
    applied = run.history["lr"].tolist()
    changed = changes(applied)
    if not changed:
        return "constant"
    if len(changed) > 4:
        return f"changed each epoch ({run.tree['lr']['name'].replace('_', ' ')})"
    steps = ", ".join(f"{applied[i]:g} after epoch {i}" for i in changed)
    return f"then {steps}"


def regularizer_text(run: Run) -> str:
    """Return the penalty and the dropout, or that there is none."""
    spec = run.tree["regularizer"]
    names = {"l1": "L1", "l2": "L2", "dropout": "dropout"}
    used = [f"{name} {spec[key]:g}" for key, name in names.items() if spec[key]]
    if spec["l2"]:
        formula = {"full": "l2 · Σw²", "half": "l2 · Σw² / 2"}[spec["convention"]]
        used.append(f"with L2 as {formula}, biases left out")
    return ", ".join(used) or "none"


def worst_text(names: list[str], counts: np.ndarray) -> str:
    """Return the most frequent mistake of a confusion matrix in words."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "no mistake was made."
    i, j = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return f"the most frequent mistake is {names[i]} taken for {names[j]}, {wrong[i, j]} times."
