"""Problem 2: Fashion-MNIST, which classes are confused."""

from hw3.analysis.confusion import MEASURE, likely_mistakes, most_confused
from hw3.analysis.intervals import accuracy_text
from hw3.config.words import penalties
from hw3.core.words import counted, p_is, percent, shape
from hw3.records.confusion import Confusion, read_confusion
from hw3.records.integrity import same
from hw3.records.run import Run
from hw3.report.clause import Finding, clause
from hw3.report.openings import check_counts, check_opening
from hw3.report.parts import Part, Records
from hw3.sweeps.folders import newest_run

CONFUSION = Part("fashion_confusion", "2", 40, "all of it", newest_run)


def answer(records: Records) -> list[str]:
    """Problem 2, Fashion-MNIST, test set."""
    run = records.found(CONFUSION).record
    if run is None:
        return []
    accuracy = accuracy_text(run.look.correct, run.look.n)
    return [
        confused_text(read_confusion(run.folder)),
        f"It decides {accuracy} of the test images correctly.",
    ]


def confused_text(found: Confusion) -> str:
    """Return which two classes are confused most: how often, each way, and with what lead."""
    most, names = most_confused(found.counts), found.names
    if most is None:
        return "The network confuses no two classes."
    pair, rival = most.first, most.runner_up
    ways = " and ".join(
        f"{found.counts[i, j]} of {found.counts[i].sum()} images of {names[i]} for {names[j]} "
        f"({percent(found.counts[i, j] / found.counts[i].sum(), 1)})"
        for i, j in ((pair.a, pair.b), (pair.b, pair.a))
    )
    verdict = "within" if most.is_within_noise else "larger than"
    return (
        f"The network confuses {names[pair.a]} and {names[pair.b]} most: it takes {ways}; the lead "
        f"over the next pair, {names[rival.a]} and {names[rival.b]}, is {verdict} the noise of "
        f"this test set (two-sided {p_is(most.p)})."
    )


def check_net(run: Run, hidden: int, l2: float, dropout: float, finding: Finding) -> None:
    """Hold a network on Fashion-MNIST against its hidden ReLU, L2 coefficient and dropout."""
    config, spec, outcome = run.config, run.config.regularizer, run.outcome
    finding.expect(config.dataset.name == "fashion_mnist", f"{run.name}: not Fashion-MNIST")
    used = outcome.n_train + outcome.n_val
    finding.expect(used == 60_000, f"{run.name} used {used:,} of 60,000 images")
    finding.expect(config.act.name == "relu", f"{run.name}: {config.act.name}, not ReLU")
    sizes = (784, hidden, 10)
    finding.expect(run.layer_sizes == sizes, f"{run.name} is {run.layer_sizes}, not {sizes}")
    is_asked = not spec.l1 and same(spec.l2, l2) and same(spec.dropout, dropout)
    finding.expect(
        is_asked,
        f"{run.name}: L1, L2, dropout are {(spec.l1, spec.l2, spec.dropout)}, "
        f"not (0, {l2:g}, {dropout:g})",
    )
    held = ", ".join(penalties(spec)) or "no regulariser"
    convention = f" (L2 convention {spec.convention})" if spec.l2 else ""
    finding.say(
        f"{shape(run.layer_sizes)} {config.act.name}, {held}{convention}, "
        f"{counted(outcome.epochs, 'epoch')} by {config.optimizer.name}"
    )


@clause("2", CONFUSION)
def trained(run: Run, finding: Finding) -> None:
    """One hidden layer of 100 ReLU, dropout 0.3, L2 1e-4."""
    check_net(run, 100, 1e-4, 0.3, finding)


@clause("2a", CONFUSION)
def rates(run: Run, finding: Finding) -> None:
    """Confusion matrix on the test set; its rows sum to 1."""
    found = read_confusion(run.folder)
    n, empty = len(found.names), found.empty
    finding.expect(n == 10, f"{n} classes")
    finding.expect(not empty, f"no test image of {', '.join(empty)}: the row cannot sum to 1")
    finding.claim(f"{n} x {n}, each row divided by its sum")
    finding.say(f"{found.correct} of {found.n} on the diagonal")
    check_counts(run, finding)


@clause("2b", CONFUSION)
def likely(run: Run, finding: Finding) -> None:
    """For each class, the class most likely decided for it by mistake."""
    found = read_confusion(run.folder)
    for name in found.empty:
        finding.fault(f"{name} has no test image, so nothing is decided for it")
    answers = likely_mistakes(found.counts)
    finding.expect(len(answers) == 10, f"{len(answers)} answers for 10 classes")
    finding.say(f"{len(answers)} answers, computed from confusion.csv")


@clause("2c", CONFUSION)
def confused(run: Run, finding: Finding) -> None:
    """The two classes most likely to be confused."""
    found = read_confusion(run.folder)
    answer = most_confused(found.counts)
    finding.expect(answer, "no two classes are confused")
    if answer:
        pair = f"{found.names[answer.first.a]} and {found.names[answer.first.b]}"
        finding.say(f"{pair}, {answer.first.measure:.3f}, by {MEASURE}")


@clause("2 test", CONFUSION)
def opening(run: Run, finding: Finding) -> None:
    """The test set is opened once for it, after its training."""
    check_opening(run, finding)
