"""The choice of a sweep's winner and its retraining: how they are checked and shown."""

from collections.abc import Mapping

from hw3.records.integrity import same
from hw3.records.run import Run, Sweep, load_run
from hw3.report.clause import Finding
from hw3.sweeps.choice import Selection


def check_table(selection: Selection, sweep: Sweep, finding: Finding) -> None:
    """Hold what was chosen from against the sweep: its accuracies, and that nothing came later."""
    for row in selection.table:
        outcomes = [load_run(sweep.folder / name).outcome for name in row.jobs]
        found = [o.val.accuracy for o in outcomes if o.val]
        mean = sum(found) / len(found) if found else 0.0
        finding.expect(
            same(mean, row.val_accuracy),
            f"{row.configuration}: {row.val_accuracy:.4f} when chosen, {mean:.4f} on disk",
        )
    considered = {name for row in selection.table for name in row.jobs}
    later = {run.name for run in sweep.runs} - considered - set(selection.left_out)
    finding.expect(
        not later,
        f"{len(later)} of the sweep's {len(sweep.runs)} jobs came in after the choice, and so "
        "after its look at the test set",
    )


def recipe(run: Run) -> Mapping[str, object]:
    """Return the settings that a final run shares with its winner, and the seed."""
    free = ("dataset.val", "device", "threads")
    own = {key: value for key, value in run.settings.items() if key not in free}
    return own | {"seed": run.config.seed}


def check_fresh_start(final: Run, winner: Run, finding: Finding) -> None:
    """Find a final run that went on from the winner's weights."""
    start, before = final.epochs.epochs[0], winner.epochs
    first, trained = start.train.loss, before.last.train.loss
    finding.expect(start.epoch == 1, "its history does not begin at epoch 1")
    is_fresh = len(before) < 2 or first > trained
    finding.expect(is_fresh, "it began as good as the winner ended: a warm start")
    finding.say(
        f"{final.outcome.n_train:,} images, config of {winner.name}; a fresh start: its loss is "
        f"{first:.4f} after epoch 1, where going on from the winner would begin near its last, "
        f"{trained:.4f}"
    )
