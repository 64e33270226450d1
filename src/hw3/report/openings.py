"""How often the test split was opened, and when: the ledger against a run's record."""

from collections.abc import Sequence
from datetime import datetime

from hw3.ledger import Opening, broken_links
from hw3.load import Run
from hw3.report.audit import Finding
from hw3.report.records import Records


def check_opening(
    records: Records, run: Run, finding: Finding, chosen_at: str | None = None
) -> None:
    """Hold the ledger against the run: one look by it, after its choice, with the same count.

    A look at one of the networks to choose from, before the choice, is a fault. Other looks are
    told: at other networks they can only have changed what was swept, and those at this one after
    its own add nothing to what was known.
    """
    if run.status != "completed":
        finding.expect(False, f"{run.name} is {run.status}: nothing was measured")
        return
    metrics, test = run.metrics, run.metrics["test"]
    identity = (metrics["weights_sha256"], metrics["config_hash"])
    own = [o for o in records.ledger if (o.weights_sha256, o.config_hash) == identity]
    finding.expect(own, "the ledger has no opening by this run")
    finding.expect(len(own) < 2, f"this run opened it {len(own)} times")
    for number in broken_links(records.ledger):
        finding.expect(
            False, f"line {number} of the ledger does not follow the line before it: it was edited"
        )
    for line in own:
        finding.expect(
            (line.correct, line.n) == (test["correct"], test["n"]),
            f"the ledger says {line.correct} of {line.n}, the run {test['correct']} of {test['n']}",
        )
    if chosen_at:
        check_order(records, own, finding, chosen_at)
    if own:
        finding.say(ledger_text(records, run, own[0], chosen_at))


def check_order(records: Records, own: Sequence[Opening], finding: Finding, chosen_at: str) -> None:
    """Find looks that came before the choice: by the run itself, or at a network of the sweep."""
    candidates = {run.metrics["weights_sha256"]: run.name for run in records.runs("sweep")}
    for o in records.ledger:
        if moment(o.time) < moment(chosen_at) and o in own:
            finding.expect(False, f"opened {o.time}, chosen {chosen_at}")
        elif moment(o.time) < moment(chosen_at) and o.weights_sha256 in candidates:
            name = candidates[o.weights_sha256]
            finding.expect(False, f"{name} was measured on it {o.time}, before the choice")


def ledger_text(records: Records, run: Run, own: Opening, chosen_at: str | None) -> str:
    """Return the openings of the run's test split in words."""
    split = [o for o in records.ledger if o.dataset == run.tree["dataset"]["name"]]
    before = [o for o in split if moment(o.time) < moment(own.time)]
    text = f"opened {own.time} by this run"
    text += f", chosen {chosen_at}" if chosen_at else ""
    text += f"; openings of {own.dataset} in the ledger: {len(split)}, earlier: {len(before)}"
    listed = "; ".join(f"{o.time} {o.reason} ({o.run})" for o in before[-3:])
    return text + (f" (the last: {listed})" if before else "")


def moment(text: str) -> datetime:
    """Return a recorded time."""
    return datetime.fromisoformat(text)
