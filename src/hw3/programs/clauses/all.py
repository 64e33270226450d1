"""All clauses of a check, in the order in which they are shown."""

from collections.abc import Sequence

from hw3.programs.clause import Clause
from hw3.programs.clauses import (
    beginning,
    calls,
    data,
    epochs,
    final,
    gradients,
    losses,
    outputs,
    penalty,
    rates,
)
from hw3.programs.clauses.rule import if_plain
from hw3.programs.clauses.update import update

TOLD = (("gradients",), ("step",))
STEPS = ("repeat", "arguments", "softmax", "loss", "gradients")  # a step is right
BEGUN = (*STEPS, "first weights")
CLAUSES: Sequence[Clause] = (
    Clause(
        "repeat",
        "Equal calls give equal numbers, also for units at 0.",
        [("loss",), *TOLD],
        calls.repeated,
    ),
    Clause(
        "arguments",
        "A call leaves its arguments as they were.",
        [("loss",), *TOLD, ("outputs",)],
        calls.inputs_kept,
    ),
    Clause(
        "softmax",
        "Each row of softmax sums to 1, for any logits.",
        [("softmax",)],
        outputs.softmax,
    ),
    Clause("loss", "The loss is one that is known.", [("loss",)], gradients.loss, STEPS[:3]),
    Clause(
        "gradients",
        "Gradients are those of the program's own loss, or of a network that is known.",
        [*TOLD, ("train",)],
        gradients.gradients,
        STEPS[:4],
    ),
    Clause(
        "one output",
        "With one output, (n, 1) is not compared with (n,).",
        [("loss",)],
        gradients.one_output,
        STEPS,
    ),
    Clause(
        "rows",
        "A batch is the mean or the sum of its rows, in any order.",
        TOLD,
        calls.rows_alike,
        STEPS,
    ),
    Clause(
        "logits",
        "Logits moved by +1000 and -1000 give finite numbers.",
        [("loss",), *TOLD, ("outputs",)],
        outputs.moved_logits,
        STEPS,
    ),
    Clause(
        "l2",
        "L2 adds a multiple of the squared weights, not of biases.",
        [("loss",), *TOLD],
        penalty.penalty,
        STEPS,
    ),
    Clause(
        "outputs",
        "Outputs at evaluation are those of the network, without dropout.",
        [("outputs",)],
        outputs.evaluation,
        ("repeat", "loss"),
    ),
    Clause(
        "first weights",
        "Units begin with weights of their own, of a spread that suits the layer.",
        [("init",)],
        beginning.first_weights,
    ),
    Clause(
        "update",
        "A step of training moves each array along its gradient.",
        [("train",)],
        update,
        BEGUN,
    ),
    Clause(
        "epochs",
        "An epoch visits each training row once, and no other.",
        [("train",)],
        if_plain(epochs.visits, "train"),
        (*BEGUN, "update"),
    ),
    Clause(
        "rates",
        "The rate is halved twice, between epochs, in every layer.",
        [("train",)],
        if_plain(rates.rates, "train"),
        (*BEGUN, "epochs"),
    ),
    Clause(
        "order",
        "Rows are shuffled anew in each epoch.",
        [("train",)],
        if_plain(epochs.shuffled, "train"),
        (*BEGUN, "epochs"),
    ),
    Clause(
        "losses",
        "The loss of an epoch is that of its rows.",
        [("train",)],
        losses.losses,
        (*BEGUN, "epochs"),
    ),
    Clause("test rows", "Training does not look at test rows.", [("train",)], final.test_rows),
    Clause(
        "final run",
        "The final run has all rows, fresh weights and the rate that was chosen.",
        [("retrain",)],
        if_plain(final.retrained, "retrain", is_random=False),
        (*BEGUN, "epochs", "rates"),
    ),
    Clause("choice", "The best is the best after the last epoch.", [("choose",)], data.choose),
    Clause(
        "split", "Training and validation share no row, and lose none.", [("split",)], data.split
    ),
    Clause(
        "confusion",
        "Rows of the confusion matrix are true classes: counts, or shares of the row.",
        [("confusion",)],
        data.confusion,
    ),
    Clause(
        "class accuracy",
        "The accuracy of a class is the share of its own rows.",
        [("class_accuracy",)],
        data.class_accuracy,
        ("confusion",),
    ),
    Clause(
        "reload",
        "A net that is saved and loaded has the same outputs.",
        [("save", "load", "outputs")],
        data.reloaded,
        ("outputs",),
    ),
    Clause(
        "data file", "The data file is read whole, and not opened to write.", [("read",)], data.read
    ),
)
