"""How often the test split was opened, and when: the ledger against a run's record."""

from datetime import datetime
from pathlib import Path

import numpy as np

from hw3.analysis.intervals import wilson
from hw3.records.layout import METRICS
from hw3.records.read import read_record
from hw3.records.run import Run
from hw3.report.audit import Finding
from hw3.report.integrity import same
from hw3.report.records import EXPERIMENTS, Records, read_confusion
from hw3.sweeps.choice import SELECTION
from hw3.testset.ledger import LEDGER, Opening, broken_links


def check_opening(
    records: Records, run: Run, finding: Finding, chosen_at: str | None = None
) -> None:
    """Hold the ledger against the run: one look by it, after its choice, with the same outcome.

    A look at one of the networks to choose from, before the choice, is a fault. Other looks are
    told: at other networks they can only have changed what was swept, and those at this one after
    its own add nothing to what was known.
    """
    if run.status != "completed":
        finding.expect(False, f"{run.name} is {run.status}: nothing was measured")
        return
    own = [o for o in same_network_looks(records, run) if Path(o.run).name == run.name]
    finding.expect(
        own, f"the ledger has no opening by this run (it should be {records.root / LEDGER})"
    )
    finding.expect(len(own) < 2, f"this run opened it {len(own)} times")
    for number in broken_links(records.ledger):
        finding.expect(
            False, f"line {number} of the ledger does not follow the line before it: it was edited"
        )
    for line in own[:1]:
        check_line(records, run, line, finding)
        if chosen_at:
            check_order(records, line, finding, chosen_at)
        finding.say(ledger_text(records, run, line, chosen_at))


def same_network_looks(records: Records, run: Run) -> list[Opening]:
    """Return the openings for a run's weights by runs of its config, oldest first."""
    identity = (run.metrics["weights_sha256"], run.metrics["config_hash"])
    return [o for o in records.ledger if (o.weights_sha256, o.config_hash) == identity]


def check_line(records: Records, run: Run, line: Opening, finding: Finding) -> None:
    """Hold a line of the ledger against what the run says of the test split."""
    test, earlier = run.metrics["test"], looks_before(records, line)
    finding.expect(
        (line.correct, line.n) == (test["correct"], test["n"]),
        f"the ledger says {line.correct} of {line.n}, the run {test['correct']} of {test['n']}",
    )
    finding.expect(
        line.time == test["opened"], f"the ledger says {line.time}, the run {test['opened']}"
    )
    finding.expect(
        len(earlier) == test["opened_before"],
        f"the ledger holds {len(earlier)} earlier looks, the run knew of {test['opened_before']}",
    )
    name = run.tree["dataset"]["name"]
    finding.expect(line.dataset == name, f"the ledger says {line.dataset}, the config {name}")


def looks_before(records: Records, line: Opening) -> list[Opening]:
    """Return the openings of the same split that stand before a line."""
    before = records.ledger[: records.ledger.index(line)]
    return [o for o in before if o.dataset == line.dataset]


def check_order(records: Records, own: Opening, finding: Finding, chosen_at: str) -> None:
    """Find looks that came before the choice: by the run itself, or at a network of the sweep.

    Networks that the sweep's last command left out were there to choose from as well, and so were
    those that earlier final runs made of its configurations.
    """
    is_early = moment(own.time) < moment(chosen_at)
    finding.expect(not is_early, f"opened {own.time}, chosen {chosen_at}")
    sweep, finals = (records.root / EXPERIMENTS[part][0] for part in ("sweep", "final"))
    jobs = {path.parent.name for path in sweep.glob(f"*/{METRICS}")}
    candidates = {}
    for path in sorted([*sweep.glob(f"*/{METRICS}"), *finals.glob(f"*/{METRICS}")]):
        selection = read_record(path.parent / SELECTION) or {}
        if path.parent.name in jobs or jobs & set(selection.get("winner_jobs", ())):
            weights = (read_record(path) or {}).get("weights_sha256")
            candidates[weights] = path.parent.name
    for o in looks_before(records, own):
        peeked = o.weights_sha256 in candidates and moment(o.time) < moment(chosen_at)
        if peeked:
            name = candidates[o.weights_sha256]
            finding.expect(False, f"{name} was measured on it {o.time}, before the choice")


def check_counts(run: Run, finding: Finding) -> None:
    """Hold a run's test accuracy and its interval against the counts of its confusion matrix."""
    test = run.metrics["test"]
    _, counts = read_confusion(run)
    right, n = int(np.trace(counts)), int(counts.sum())
    finding.expect(
        (right, n) == (test["correct"], test["n"]),
        f"the matrix holds {right} of {n}, the run counted {test['correct']} of {test['n']}",
    )
    finding.expect(same(test["accuracy"], right / n), "the accuracy is not that of its count")
    ends = wilson(right, n)
    is_wilson = all(map(same, test["wilson_95"], ends))
    finding.expect(is_wilson, "the interval is not that of its count")
    seen = test["in_training"]
    finding.expect(100 * seen < n, f"{seen} of {n} test images are training images as well")


def ledger_text(records: Records, run: Run, own: Opening, chosen_at: str | None) -> str:
    """Return the openings of the run's test split in words."""
    before = looks_before(records, own)
    again = same_network_looks(records, run)
    text = f"opened {own.time} by this run"
    text += f", chosen {chosen_at}" if chosen_at else ""
    n = sum(o.dataset == own.dataset for o in records.ledger)
    text += f"; openings of {own.dataset} in the ledger: {n}, earlier: {len(before)}"
    listed = "; ".join(f"{o.time} {o.reason} ({o.run})" for o in before[-3:])
    text += f" (the last: {listed})" if before else ""
    if len(again) > 1:
        text += f"; the same network was measured {len(again) - 1} times more, elsewhere"
    return text


def moment(text: str) -> datetime:
    """Return a recorded time."""
    return datetime.fromisoformat(text)
