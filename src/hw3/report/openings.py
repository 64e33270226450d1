"""How often the test split was opened, and when: the ledger against a run's record."""

from datetime import datetime
from typing import Any

from hw3.load import Run
from hw3.report.audit import Finding
from hw3.report.records import Records


def openings_of(records: Records, run: Run) -> list[dict[str, Any]]:
    """Return the ledger's lines on a run's weights, oldest first."""
    weights = run.metrics["weights_sha256"]
    return [o for o in records.ledger if o.get("weights_sha256") == weights]


def check_opening(
    records: Records, run: Run, finding: Finding, chosen_at: str | None = None
) -> None:
    """Hold the ledger against the run: one look by it, after its choice, with the same count.

    Earlier looks by other networks are told and no fault: the choice is held against validation
    figures by a clause of its own, and a look at a network can only have changed what was swept.
    """
    test = run.metrics["test"]
    own = [
        o for o in openings_of(records, run) if o.get("config_hash") == run.metrics["config_hash"]
    ]
    finding.expect(own, "the ledger has no opening by this run")
    finding.expect(len(own) < 2, f"this run opened it {len(own)} times")
    for line in own:
        counts = (line["correct"], line["n"])
        finding.expect(
            counts == (test["correct"], test["n"]),
            f"the ledger says {counts[0]} of {counts[1]}, the run {test['correct']} of {test['n']}",
        )
        if chosen_at:
            is_after = moment(line["time"]) >= moment(chosen_at)
            finding.expect(is_after, f"opened {line['time']}, chosen {chosen_at}")
    if own:
        finding.say(ledger_text(records, run, own[0], chosen_at))


def ledger_text(records: Records, run: Run, own: dict[str, Any], chosen_at: str | None) -> str:
    """Return the openings of the run's test split in words."""
    split = [o for o in records.ledger if o["dataset"] == run.tree["dataset"]["name"]]
    before = [o for o in split if moment(o["time"]) < moment(own["time"])]
    text = f"opened {own['time']} by this run"
    text += f", chosen {chosen_at}" if chosen_at else ""
    text += f"; openings of {own['dataset']} in the ledger: {len(split)}, earlier: {len(before)}"
    listed = "; ".join(f"{o['time']} {o.get('reason')} ({o.get('run')})" for o in before[-3:])
    return text + (f" (the last: {listed})" if before else "")


def moment(text: str) -> datetime:
    """Return a recorded time."""
    return datetime.fromisoformat(text)
