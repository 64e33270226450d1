"""Measuring a finished training on the test split, once: what all tasks that test share."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from hw3.analysis.confusion import DRAWN, N_EXAMPLES, confusion_counts, most_confused_pairs
from hw3.analysis.intervals import wilson
from hw3.analysis.sequences import leakage
from hw3.config.schema import Config
from hw3.config.words import figure_title
from hw3.core.terminal import doing, say
from hw3.core.words import percent
from hw3.datasets.types import Dataset, Split
from hw3.nn.arrays import IntArray
from hw3.records.layout import CONFUSION, CONFUSION_FIGURE, MISTAKES, WORST_PAIR
from hw3.records.outcome import Look, Outcome
from hw3.records.rundir import RunDir
from hw3.testset.ledger import ledger_of
from hw3.testset.seal import Subject, TestResult, open_test, times
from hw3.training.build import Experiment

MOST = 1000  # classes of which a matrix is written


def open_and_record(
    config: Config, run_dir: RunDir, experiment: Experiment, outcome: Outcome, reason: str
) -> tuple[Outcome, IntArray]:
    """Open the test split; write and say what came of it.

    Returns:
        the outcome with what was found, and the confusion counts (n_classes, n_classes), which
        are left out where there are more than MOST classes.
    """
    names = experiment.dataset.class_names
    title = figure_title(config, experiment.network.layer_sizes)
    with doing("measuring on the test split"):
        result = measure_on_test(config, run_dir.path, experiment, reason)
        counts: IntArray = np.zeros((0, 0), np.int64)
        if len(names) <= MOST:
            counts = save_confusion(run_dir, experiment, result)
        if len(names) <= DRAWN:
            from hw3.plots.confusion import confusion  # plotting libraries stay out of the training

            figure = confusion(counts, names, f"test split, {title}")
            run_dir.save_figure(CONFUSION_FIGURE, figure)
        save_examples(run_dir, experiment.dataset, result, counts)
    say(result_text(result))
    run_dir.log(result_text(result))
    return replace(outcome, test=look(result, experiment.dataset.train)), counts


def measure_on_test(
    config: Config, folder: Path, experiment: Experiment, reason: str
) -> TestResult:
    """Open the test split for a network that this run has finished training."""
    run = os.path.relpath(folder)
    subject = Subject(run, config.hash, experiment.backend, experiment.loss)
    return open_test(
        subject,
        config.dataset,
        config.data_path,
        dtype=config.dtype,
        reason=config.reason or reason,
        ledger=ledger_of(folder),
        is_resumable=True,
    )


def look(result: TestResult, train: Split) -> Look:
    """Return what metrics.json says of the test split; in_training counts its training images."""
    opening = result.opening
    return Look(
        correct=opening.correct,
        n=opening.n,
        opened=opening.time,
        opened_before=result.opened_before,
        in_training=round(leakage(train.inputs, result.inputs) * opening.n),
    )


def result_text(result: TestResult) -> str:
    """Return the assignment's sentence, with the interval and the count of openings."""
    correct, n = result.opening.correct, result.opening.n
    low, high = wilson(correct, n)
    return (
        f"{correct} correct out of {n} means accuracy is {percent(correct / n)} "
        f"(95 % interval {percent(low)} to {percent(high)}, Wilson); the test split of "
        f"{result.opening.dataset} was opened {times(result.opened_before)}"
    )


def save_confusion(run_dir: RunDir, experiment: Experiment, result: TestResult) -> np.ndarray:
    """Write confusion.csv, counts with the truth in rows; return them."""
    names = experiment.dataset.class_names
    counts: np.ndarray = confusion_counts(result.labels, result.decisions, len(names))
    run_dir.save_table(CONFUSION, ["true class", *names], zip(names, *counts.T, strict=True))
    return counts


def save_examples(run_dir: RunDir, dataset: Dataset, result: TestResult, counts: IntArray) -> None:
    """Write mistakes.png and worst_pair.png while the images are at hand.

    The first mistakes in the file's order, so that none is picked by eye; and those between the two
    classes that are most confused, half a figure each way.
    """
    wrong, names = np.flatnonzero(result.decisions != result.labels), dataset.class_names
    if not len(wrong) or dataset.image_shape is None:
        return
    title = f"the first {{shown}} of {len(wrong)} mistakes on {len(result.labels)} test images"
    draw_examples(run_dir, MISTAKES, dataset, result, wrong[:N_EXAMPLES], title)
    pairs = most_confused_pairs(counts)[:1] if len(names) <= DRAWN else []
    if pairs and pairs[0].measure:
        a, b = pairs[0].a, pairs[0].b
        ways = [
            wrong[(result.labels[wrong] == i) & (result.decisions[wrong] == j)]
            for i, j in ((a, b), (b, a))
        ]
        rows = np.concatenate([way[: N_EXAMPLES * 2 // 5] for way in ways])
        n = sum(map(len, ways))
        title = f"{names[a]} and {names[b]}: {{shown}} of {n} test images taken for the other"
        draw_examples(run_dir, WORST_PAIR, dataset, result, rows, title)


def draw_examples(
    run_dir: RunDir,
    file: str,
    dataset: Dataset,
    result: TestResult,
    rows: IntArray,
    title: str,
) -> None:
    """Write a figure of some test images, each with its class and the decision."""
    from hw3.plots.examples import examples  # plotting libraries stay out of the training

    assert dataset.image_shape is not None  # save_examples has seen it
    names = dataset.class_names
    pairs = zip(result.labels[rows], result.decisions[rows], strict=True)
    captions = [caption(names[true], names[decided]) for true, decided in pairs]
    images = result.inputs[rows].reshape(-1, *dataset.image_shape)
    run_dir.save_figure(file, examples(images, captions, title.format(shown=len(rows))))


def caption(true: str, decided: str) -> str:
    """Return "7 → 2", on two lines where the names are long."""
    return f"{true} → {decided}" if len(true + decided) < 6 else f"{true}\n→ {decided}"
