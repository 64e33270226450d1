"""Train a network, measure it on the test split once, and say which classes it takes for which."""

from collections.abc import Sequence

from hw3.analysis.confusion import (
    DRAWN,
    MEASURE,
    ClassScore,
    Mistake,
    MostConfused,
    likely_mistakes,
    most_confused,
    per_class,
)
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.core.table import Table
from hw3.core.terminal import say_kept
from hw3.core.words import p_is, p_text, percent, percent_range
from hw3.nn.arrays import IntArray
from hw3.records.confusion import Confusion
from hw3.records.layout import CONFUSION
from hw3.records.rundir import RunDir
from hw3.tasks import Steps, Task
from hw3.tasks.train import train_and_draw
from hw3.testset.ledger import ledger_of
from hw3.testset.look import MOST, open_and_record
from hw3.testset.seal import check_available, refuse_untestable


def run(config: Config, run_dir: RunDir) -> Steps[str]:
    """Train, open the test split once, write the confusion; print and log what it says."""
    check_available(config.dataset, config.data_path, ledger_of(run_dir.path))
    experiment, outcome = yield from train_and_draw(config, run_dir)
    if outcome.status == "completed":
        reason = "confusion matrix of a finished network"
        outcome, counts = open_and_record(config, run_dir, experiment, outcome, reason)
        text = "\n".join(answers(counts, experiment.dataset.class_names))
        say_kept(text)
        run_dir.log(text)
    return run_dir.finish(outcome)


def answers(counts: IntArray, names: Sequence[str]) -> list[str]:
    """Return what counts (n_classes, n_classes), truth in rows, say of each class.

    Of very many classes, only how well those with the lowest recall are recognised.
    """
    scores = list(zip(names, per_class(counts), strict=True))
    if len(names) > DRAWN:
        worst = sorted(scores, key=lambda score: (score[1].recall is None, score[1].recall))
        return [
            f"of the {DRAWN} classes with the lowest recall, of {len(names):,} (with its 95 % "
            f"Wilson interval; {CONFUSION} holds all):",
            *(f"  {score_text(name, score)}" for name, score in worst[:DRAWN]),
        ]
    return [
        "the class most likely decided by mistake, for each true class:",
        *(f"  {mistake_text(mistake, names)}" for mistake in likely_mistakes(counts)),
        f"the two classes most likely confused, by {MEASURE}: "
        f"{pair_text(most_confused(counts), names)}",
        "of each class (recall with its 95 % Wilson interval):",
        *(f"  {score_text(name, score)}" for name, score in scores),
    ]


def mistake_text(mistake: Mistake, names: Sequence[str]) -> str:
    """Return "Shirt -> T-shirt/top 13.1 % (131 of 1000)", and what may as well be the answer."""
    true = names[mistake.true]
    if mistake.decided is None:
        return f"{true} -> none (0 of {mistake.n})"
    share = f"{percent(mistake.rate, 1)} ({mistake.count} of {mistake.n})"
    text = f"{true} -> {names[mistake.decided]} {share}"
    if mistake.runner_up is None or mistake.is_told_apart:
        return text
    return f"{text}, not told apart from {names[mistake.runner_up]} ({mistake.runner_up_count})"


def pair_text(found: MostConfused | None, names: Sequence[str]) -> str:
    """Return the pair, the runner-up, and what the test of their difference says."""
    if found is None:
        return "none"
    first, second = (
        f"{names[pair.a]} and {names[pair.b]} ({pair.measure:.3f})"
        for pair in (found.first, found.runner_up)
    )
    verdict = "within" if found.is_within_noise else "larger than"
    return (
        f"{first}; the runner-up is {second}, and the difference is {verdict} the noise of this "
        f"test split (two-sided {p_is(found.p)})"
    )


def mistakes_table(found: Confusion) -> Table:
    """Return for each class what it is most often taken for."""
    rows = []
    for m in likely_mistakes(found.counts):
        other = "none" if m.runner_up is None else found.names[m.runner_up]
        verdict = None if m.p is None else "yes" if m.is_told_apart else "no"
        decided = None if m.decided is None else found.names[m.decided]
        count = f"{m.count} of {m.n}"
        cells = (percent(m.rate, 1), count, f"{other}, {m.runner_up_count}", p_text(m.p), verdict)
        rows.append((found.names[m.true], decided, *cells))
    caption = (
        "For each class, the class most likely decided for it by mistake; p: exact binomial test "
        f"that the next one is as likely, corrected for the {len(rows)} tests (Holm)"
    )
    header = (
        "true class",
        "most often taken for",
        "rate",
        "images",
        "next most often",
        "p",
        "told apart",
    )
    return Table("mistakes", caption, header, rows)


def classes_table(found: Confusion) -> Table:
    """Return how well each class is recognised."""
    rows = [
        (
            name,
            percent(score.precision, 1),
            percent(score.recall, 1),
            percent_range(score.recall_low, score.recall_high, 1),
            percent(score.f1, 1),
        )
        for name, score in zip(found.names, per_class(found.counts), strict=True)
    ]
    header = ("class", "precision", "recall", "95 % interval of the recall", "F1")
    return Table("classes", "Precision, recall and F1 on the test set", header, rows)


def score_text(name: str, score: ClassScore) -> str:
    """Return a class's precision, recall and F1 in percent; a dash for what is not defined."""
    interval = percent_range(score.recall_low, score.recall_high, 1)
    return (
        f"{name}: precision {percent(score.precision, 1)}, recall {percent(score.recall, 1)} "
        f"({interval}), F1 {percent(score.f1, 1)}"
    )


def check(config: Config) -> None:
    """Raise ConfigError without a test split, and for more classes than a matrix can hold."""
    refuse_untestable(config.dataset)
    if (n := len(config.source.class_names)) > MOST:
        raise ConfigError(
            f"task=confusion writes a matrix of at most {MOST:,} classes, and "
            f"{config.dataset.label} has {n:,}; use task=train, and then python -m "
            "hw3.evaluate split=test"
        )


TASK = Task(run, check, opens_test_split=True)
