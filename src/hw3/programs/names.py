"""Which of a function's parameters is which of ours."""

from collections.abc import Mapping, Sequence

CONTRACT: Mapping[str, tuple[str, ...]] = {
    "init": ("sizes",),
    "loss": ("weights", "x", "y"),
    "gradients": ("weights", "x", "y"),
    "step": ("weights", "x", "y", "lr"),
    "outputs": ("weights", "x"),
    "softmax": ("z",),
    "train": (),
    "retrain": (),
    "split": ("x", "y"),
    "choose": ("accuracies",),
    "confusion": ("labels", "predicted"),
    "class_accuracy": ("matrix",),
    "save": ("weights", "path"),
    "load": ("path",),
    "read": ("path",),
}
SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("w", "params", "parameters", "theta", "net", "model"), "weights"),
    **dict.fromkeys(("inputs", "data", "x_train", "xs"), "x"),
    **dict.fromkeys(("labels", "targets", "t", "y_train", "ys", "y_true", "actual"), "y"),
    **dict.fromkeys(("y_pred", "y_hat", "pred", "preds", "predictions"), "predicted"),
    **dict.fromkeys(("num_classes", "classes", "k", "nb_classes"), "n_classes"),
    **dict.fromkeys(("eta", "learning_rate", "rate", "alpha"), "lr"),
    **dict.fromkeys(("lambda_", "lam", "lambd", "reg", "weight_decay"), "l2"),
    **dict.fromkeys(("act", "activation_name"), "activation"),
    **dict.fromkeys(("layer_sizes", "layers", "layer_dims"), "sizes"),
    **dict.fromkeys(("n_epochs", "num_epochs"), "epochs"),
    **dict.fromkeys(("batch", "mini_batch_size", "minibatch_size"), "batch_size"),
    **dict.fromkeys(("xval", "x_valid", "x_validation"), "x_val"),
    **dict.fromkeys(("yval", "y_valid", "y_validation"), "y_val"),
}


def ours(function: str, parameters: Sequence[str]) -> dict[str, str]:
    """Return our name of each parameter: by its name, a synonym, or else its place."""
    found = {}
    for name in parameters:
        low = name.lower()
        known_as = low if low in CONTRACT[function] else SYNONYMS.get(low, low)
        is_label = known_as == "y" and "labels" in CONTRACT[function]
        found[name] = "labels" if is_label else known_as
    missing = [name for name in CONTRACT[function] if name not in found.values()]
    known = {"activation", "l2", "seed", "sizes", "epochs", "batch_size", *SYNONYMS.values()}
    strangers = [p for p, name in found.items() if name not in known.union(CONTRACT[function])]
    return found | dict(zip(strangers, missing, strict=False))
