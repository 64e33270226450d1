"""How often the test split was opened, and when: the ledger against a run's record."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from hw3.core.words import counted
from hw3.datasets.sources import SOURCES
from hw3.datasets.spec import DataSpec
from hw3.records.confusion import read_confusion
from hw3.records.layout import LEDGER, METRICS, QUICK, SELECTION
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.run import Run
from hw3.report.clause import Finding
from hw3.sweeps.choice import read_selection
from hw3.testset.ledger import Opening, before, broken_links, read_ledger


def check_opening(run: Run, finding: Finding, chosen: datetime | None = None) -> Opening | None:
    """Hold the ledger against the run: one look by it, with the same outcome, after its choice.

    Other looks are told: at other networks they can only have changed what was swept, and those
    at this one after its own add nothing to what was known. Returns the look.
    """
    if not run.is_completed:
        finding.fault(f"{run.name} is {run.status}: nothing was measured")
        return None
    ledger, place = finding.records.ledger, finding.records.root / LEDGER
    identity = (run.outcome.weights_sha256, run.outcome.config_hash)
    looks = [o for o in ledger if (o.weights_sha256, o.config_hash) == identity]
    own = [o for o in looks if Path(o.run).name == run.name]
    finding.expect(own, f"the ledger has no opening by this run (it should be {place})")
    finding.expect(len(own) < 2, f"this run opened it {len(own)} times")
    for number in broken_links(ledger):
        finding.fault(f"line {number} of the ledger does not follow the one before: it was edited")
    if not own:
        return None
    check_line(run, own[0], before(ledger, own[0]), finding)
    files, test_file = run.outcome.data_files, test_file_of(run.config.dataset)
    is_seen = not files or not test_file or test_file in files
    finding.expect(is_seen, f"it opened {', '.join(files)}, but not {test_file}")
    when = f", chosen {chosen.isoformat()}" if chosen else ""
    finding.say(f"opened {own[0].time} by this run{when}")
    tell_others(own[0], ledger, finding)
    if len(looks) > 1:
        finding.say(
            f"the same network was measured {counted(len(looks) - 1, 'time')} more, elsewhere"
        )
    return own[0]


def check_line(run: Run, line: Opening, earlier: Sequence[Opening], finding: Finding) -> None:
    """Hold a line of the ledger against what the run says of the test split."""
    test, name = run.look, run.config.dataset.label
    finding.expect(
        (line.correct, line.n) == (test.correct, test.n),
        f"the ledger says {line.correct} of {line.n}, the run {test.correct} of {test.n}",
    )
    finding.expect(line.time == test.opened, f"the ledger says {line.time}, the run {test.opened}")
    finding.expect(
        len(earlier) == test.opened_before,
        f"the ledger holds {len(earlier)} earlier looks, the run knew of {test.opened_before}",
    )
    finding.expect(line.label == name, f"the ledger says {line.dataset}, the config {name}")


def test_file_of(spec: DataSpec) -> str | None:
    """Return the name of the file that holds a test split, None where there is none."""
    if spec.own is None:
        return SOURCES.get(spec.name).test_file
    test = spec.own.test
    return Path(test if isinstance(test, str) else test[0]).name if test else None


def tell_others(own: Opening, ledger: Sequence[Opening], finding: Finding) -> None:
    """Say how often the same split was opened, and the last times before a look."""
    n, earlier = sum(o.split == own.split for o in ledger), before(ledger, own)
    listed = ", ".join(f"{o.time} {o.reason} ({o.run})" for o in earlier[-3:])
    last = f" (the last: {listed})" if earlier else ""
    finding.say(f"openings of {own.dataset} in the ledger: {n}, earlier: {len(earlier)}{last}")


def check_unopened(runs: Sequence[Run], finding: Finding) -> None:
    """Find runs whose process opened a test file, by Python's audit events (core/opened)."""
    told = [run for run in runs if run.outcome.data_files]
    for run in told:
        test_file = test_file_of(run.config.dataset)
        finding.expect(
            test_file not in run.outcome.data_files, f"{run.name} opened {test_file} as it trained"
        )
    if told:
        files = ", ".join(sorted({file for run in told for file in run.outcome.data_files}))
        finding.say(f"{counted(len(told), 'job')} of the sweep opened no data file but {files}")


def check_order(
    own: Opening, chosen: datetime, sweep: Path, finals: Path, finding: Finding
) -> None:
    """Find looks that came before the choice: by the run itself, or at a network of the sweep.

    Networks that the sweep's last command left out were there to choose from as well, and so were
    those that earlier final runs made of its configurations.
    """
    is_early = own.moment < chosen
    finding.expect(not is_early, f"opened {own.time}, chosen {chosen.isoformat()}")
    names = dict(candidates(sweep, finals))
    quick = finding.records.root / QUICK / LEDGER  # a place for other networks than these
    quick_looks = [look for look in read_ledger(quick) if look.split == own.split]
    for look in (*before(finding.records.ledger, own), *quick_looks):
        if look.weights_sha256 in names and look.moment < chosen:
            name = names[look.weights_sha256]
            finding.fault(f"{name} was measured on it {look.time}, before the choice")


def candidates(sweep: Path, finals: Path) -> Iterator[tuple[str, str]]:
    """Yield (digest of the weights, name) of what there was to choose from."""
    jobs = {path.parent.name for path in sweep.glob(f"*/{METRICS}")}
    retrained = [path.parent for path in sorted(finals.glob(f"*/{SELECTION}"))]
    of_jobs = [folder for folder in retrained if jobs & {*read_selection(folder).winner_jobs}]
    for folder in (*(sweep / name for name in sorted(jobs)), *of_jobs):
        outcome = read_outcome(folder)
        if isinstance(outcome, Outcome):
            yield outcome.weights_sha256, folder.name


def check_counts(run: Run, finding: Finding) -> None:
    """Hold what a run counted on the test split against its confusion matrix."""
    test, matrix, seen = run.look, read_confusion(run.folder), run.look.in_training
    finding.expect(
        (matrix.correct, matrix.n) == (test.correct, test.n),
        f"the matrix holds {matrix.correct} of {matrix.n}, "
        f"the run counted {test.correct} of {test.n}",
    )
    is_apart = 100 * seen < test.n
    finding.expect(is_apart, f"{seen} of {test.n} test images are training images as well")
    finding.say(f"{seen} test images occur in training")
