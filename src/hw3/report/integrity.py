"""Whether the records of a part agree with themselves: a clause of its own for each part."""

from typing import Any

from hw3.core.words import counted
from hw3.records.integrity import faults
from hw3.records.run import Sweep
from hw3.report.clause import Clause, Finding
from hw3.report.parts import Part
from hw3.sweeps.summary import summary_faults


def agreement(part: Part[Any]) -> Clause:
    """Return the clause that the records of a part agree with themselves."""

    def test(finding: Finding) -> None:
        runs, folder = finding.records.found(part).runs, finding.records.folder(part)
        for run in runs:
            finding.expect(run.is_completed, f"{run.name} is {run.status}")
            for fault in faults(run):
                finding.fault(f"{run.name}: {fault}")
        for fault in summary_faults(Sweep(folder, runs), must_be=part.is_summarised):
            finding.fault(f"{folder.name}: {fault}")
        finding.say(
            f"{counted(len(runs), 'run')} checked: files, config and weights against the recorded "
            "hashes, the outcome against the history"
        )

    title = f"The records of {part.experiment} agree with themselves"
    return Clause(f"{part.label} records", title, (part,), test)
