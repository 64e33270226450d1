"""Which of a function's parameters is which of ours."""

import pytest

from hw3.programs.names import ours


@pytest.mark.parametrize(
    ("function", "parameters", "known"),
    [
        ("loss", ("weights", "x", "y"), ("weights", "x", "y")),
        ("loss", ("W", "X", "Y", "lambd"), ("weights", "x", "y", "l2")),
        ("step", ("theta", "data", "t", "learning_rate"), ("weights", "x", "y", "lr")),
        ("gradients", ("network", "batch", "labels"), ("weights", "batch_size", "y")),
        ("outputs", ("a", "b"), ("weights", "x")),
        ("confusion", ("y_true", "y_pred"), ("labels", "predicted")),
        ("confusion", ("y_pred", "y_true"), ("predicted", "labels")),
        ("confusion", ("predictions", "y"), ("predicted", "labels")),
        ("confusion", ("actual", "guesses", "num_classes"), ("labels", "predicted", "n_classes")),
        ("class_accuracy", ("cm",), ("matrix",)),
    ],
)
def test_parameters_are_known_by_name_and_else_by_place(function, parameters, known):
    assert tuple(ours(function, parameters).values()) == known
