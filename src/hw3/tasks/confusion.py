"""Train a network, measure it on the test split once, and say which classes it takes for which."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hw3.analysis.confusion import (
    ClassScore,
    Mistake,
    confusion_rates,
    likely_mistakes,
    most_confused_pairs,
    pairs_differ,
    per_class,
)
from hw3.analysis.selection import ALPHA
from hw3.config.schema import Config
from hw3.core.files import write_json
from hw3.core.terminal import say
from hw3.nn.arrays import IntArray
from hw3.records.rundir import RunDir
from hw3.tasks import Task
from hw3.tasks.train import train_and_draw
from hw3.testset.look import open_and_record
from hw3.testset.seal import check_available

MEASURE = "rate(i -> j) + rate(j -> i)"


def run(config: Config, run_dir: RunDir) -> str:
    """Train, open the test split once, write the confusion and what it says in words."""
    check_available(config.dataset.name, config.data_path)
    experiment, metrics = train_and_draw(config, run_dir)
    if metrics["status"] == "completed":
        reason = "confusion matrix of a finished network"
        metrics["test"], counts = open_and_record(config, run_dir, experiment, reason)
        save_answers(run_dir, counts, experiment.dataset.class_names)
    run_dir.finish(metrics)
    return str(metrics["status"])


def save_answers(run_dir: RunDir, counts: IntArray, names: Sequence[str]) -> None:
    """Write confusion_rates.csv and answers.json; print and log the answers."""
    rates = confusion_rates(counts).T.tolist()
    header = ["true class", *names]
    run_dir.save_table("confusion_rates.csv", header, zip(names, *rates, strict=True))
    found = answers(counts, names)
    write_json(run_dir.path / "answers.json", found)
    text = "\n".join(found["words"])
    say(text)
    run_dir.log(text)


def answers(counts: IntArray, names: Sequence[str]) -> dict[str, Any]:
    """Return what counts (n_classes, n_classes) say, truth in rows, as figures and as words."""
    mistakes, scores = likely_mistakes(counts), per_class(counts)
    pair = most_confused(counts, names)
    return {
        "mistakes": [named_mistake(mistake, names) for mistake in mistakes],
        "most_confused_pair": pair,
        "classes": [{"class": n, **asdict(s)} for n, s in zip(names, scores, strict=True)],
        "words": [
            "the class most likely decided by mistake, for each true class:",
            *(f"  {mistake_text(mistake, names)}" for mistake in mistakes),
            f"the two classes most likely confused, by {MEASURE}: {pair_text(pair)}",
            "of each class (recall with its 95 % Wilson interval):",
            *(f"  {score_text(n, s)}" for n, s in zip(names, scores, strict=True)),
        ],
    }


def named_mistake(mistake: Mistake, names: Sequence[str]) -> dict[str, Any]:
    """Return a mistake with names for its classes; None where there was no mistake."""
    named = {
        key: None if index is None else names[index]
        for key in ("true", "decided", "runner_up")
        for index in [getattr(mistake, key)]
    }
    return asdict(mistake) | named


def mistake_text(mistake: Mistake, names: Sequence[str]) -> str:
    """Return "Shirt -> T-shirt/top 13.1 % (131 of 1000)", and what may as well be the answer."""
    true = names[mistake.true]
    if mistake.decided is None or mistake.rate is None:
        return f"{true} -> none (0 of {mistake.n})"
    share = f"{100 * mistake.rate:.1f} % ({mistake.count} of {mistake.n})"
    text = f"{true} -> {names[mistake.decided]} {share}"
    if mistake.runner_up is None or mistake.p is None or mistake.p < ALPHA:
        return text
    return f"{text}, not told apart from {names[mistake.runner_up]} ({mistake.runner_up_count})"


def most_confused(counts: IntArray, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the most confused pair, its runner-up and whether chance can tell them apart.

    None where no two classes are confused, or too few are there to compare.
    """
    pairs = most_confused_pairs(counts)[:2]
    if len(pairs) < 2 or not pairs[0].measure:
        return None
    first, second = (
        {"classes": [names[p.a], names[p.b]], "measure": p.measure, "counts": two_ways}
        for p in pairs
        for two_ways in [[int(counts[p.a, p.b]), int(counts[p.b, p.a])]]
    )
    p = pairs_differ(counts, *pairs)
    return {
        "measure": MEASURE,
        "first": first,
        "runner_up": second,
        "p": p,
        "is_within_noise": p >= ALPHA,
    }


def pair_text(found: dict[str, Any] | None) -> str:
    """Return the pair, the runner-up, and what the test of their difference says."""
    if found is None:
        return "none"
    first, second = (
        f"{' and '.join(pair['classes'])} ({pair['measure']:.3f})"
        for pair in (found["first"], found["runner_up"])
    )
    verdict = "within" if found["is_within_noise"] else "larger than"
    return (
        f"{first}; the runner-up is {second}, and the difference is {verdict} the noise of this "
        f"test split (two-sided p = {found['p']:.2g})"
    )


def score_text(name: str, score: ClassScore) -> str:
    """Return a class's precision, recall and F1 in percent; a dash for what is not defined."""

    def percent(share: float | None) -> str:
        return "-" if share is None else f"{100 * share:.1f} %"

    low, high = percent(score.recall_low), percent(score.recall_high)
    return (
        f"{name}: precision {percent(score.precision)}, recall {percent(score.recall)} "
        f"({low} to {high}), F1 {percent(score.f1)}"
    )


TASK = Task(run, opens_test_split=True)
