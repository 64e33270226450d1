"""The clauses of problem 1 on the choice, the final network and its test."""

from hw3.config.keys import flatten
from hw3.records.layout import METRICS
from hw3.records.read import read_record
from hw3.records.run import load_run
from hw3.report.audit import Clauses, Finding
from hw3.report.blocks import percent
from hw3.report.integrity import (
    check_integrity,
    data_of,
    expected_rows,
    init_of,
    same,
)
from hw3.report.openings import check_counts, check_opening
from hw3.report.records import EXPERIMENTS, Records
from hw3.sweeps.choice import SELECTION, configurations
from hw3.tasks.train import rows_digest

CLAUSES = Clauses()
# What a final run's config may have otherwise than the winner's.
FREE = {"name", "task", "sweep", "dataset.val", "data_dir", "device", "threads", "log_counts"}
FREE |= {"allow_unfinished", "fail_fast", "offline_dataset", "instead_of"}


@CLAUSES.add("1m", "final", "sweep")
def choice(records: Records, finding: Finding) -> None:
    """The best configuration is chosen by validation."""
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
    sweep_folder = records.root / EXPERIMENTS["sweep"][0]
    for row in selection["table"]:
        jobs = [load_run(sweep_folder / name) for name in row["jobs"]]
        mean = sum(job.metrics["final"]["val_accuracy"] for job in jobs) / len(jobs)
        finding.expect(
            same(mean, row["val_accuracy"]),
            f"{row['configuration']}: {row['val_accuracy']:.4f} when chosen, {mean:.4f} on disk",
        )
    assert records.sweep
    leader, winner = configurations(records.sweep)[0], selection["winner"]
    chosen, leading = set(selection["winner_jobs"]), {run.name for run in leader.runs}
    finding.expect(
        chosen and chosen <= leading,  # by its jobs: a label depends on what else was swept
        f"the sweep puts {leader.label} first, and {winner} was chosen",
    )
    told = {row["configuration"]: row for row in selection["table"]}[winner]
    considered = {name for row in selection["table"] for name in row["jobs"]}
    later = {run.name for run in records.sweep.runs} - considered - set(selection["left_out"])
    finding.expect(
        not later,
        f"{len(later)} of the sweep's {len(records.sweep.runs)} jobs came in after the choice, "
        "and so after its look at the test set",
    )
    same_jobs = set(told["jobs"]) == chosen
    finding.expect(same_jobs, f"its jobs are not those of {winner}")
    beside = len(list(sweep_folder.glob(f"*/{METRICS}"))) - len(records.runs("sweep"))
    finding.say(
        f"{winner}, {percent(told['val_accuracy'])} of the validation images, best of "
        f"{len(selection['table'])} configurations; rule: {selection['rule']}"
        + (f"; {beside} runs that its last command left out lie beside them" if beside else "")
    )


@CLAUSES.add("1m retrain", "final", "sweep")
def retrain(records: Records, finding: Finding) -> None:
    """The winner is trained again on all 60,000 images, from scratch."""
    final = records.final
    assert final
    metrics = final.metrics
    sizes = (metrics["n_train"], metrics["n_val"])
    finding.expect(sizes == (60_000, 0), f"it trained on {sizes[0]:,}, validated on {sizes[1]:,}")
    train, _ = expected_rows(final)
    recorded = metrics["train_rows_sha256"]
    finding.expect(len(train) == 60_000 and recorded == rows_digest(train), "its rows are not all")
    name = (read_record(final.folder / SELECTION) or {})["winner_jobs"][0]
    winner = load_run(records.root / EXPERIMENTS["sweep"][0] / name)
    ours, theirs = flatten(final.tree), flatten(winner.tree)
    other = [k for k in {*ours, *theirs} - FREE if ours.get(k) != theirs.get(k)]
    finding.expect(not other, f"its config is not {name}'s: {', '.join(sorted(other))}")
    finding.expect(data_of(final) == data_of(winner), f"it read other data than {name}")
    frame, before = final.history, winner.history
    first, trained = float(frame["train_loss"].iloc[0]), float(before["train_loss"].iloc[-1])
    finding.expect(int(frame["epoch"].iloc[0]) == 1, "its history does not begin at epoch 1")
    finding.expect(
        len(before) < 2 or first > trained, "it began as good as the winner ended: a warm start"
    )
    finding.say(
        f"{sizes[0]:,} images, config of {name}; a fresh start: its loss is {first:.4f} after "
        f"epoch 1, where going on from the winner would begin near its last, {trained:.4f}"
    )


@CLAUSES.add("1m test", "final")
def opening(records: Records, finding: Finding) -> None:
    """The test set is opened once for it, after the choice was recorded."""
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
    check_opening(records, records.final, finding, chosen_at=selection["time"])


@CLAUSES.add("1 report", "final")
def stated(records: Records, finding: Finding) -> None:
    """Network, batch, rate, start and test result are stated."""
    assert records.final
    run = records.final
    check_counts(run, finding)
    test, sizes = run.metrics["test"], "-".join(map(str, run.layer_sizes))
    finding.say(
        f"{sizes}, {run.metrics['n_parameters']:,} parameters, {init_of(run)}, batch "
        f"{run.tree['batch_size']}, initial rate {run.tree['lr']['initial']:g}; test "
        f"{test['correct']} of {test['n']} correct, {percent(test['accuracy'])}, as in its matrix; "
        f"{test['in_training']} test images occur in training"
    )


@CLAUSES.add("1m records", "final")
def final_agrees(records: Records, finding: Finding) -> None:
    """The record of the final run agrees with itself."""
    check_integrity(records, ["final"], finding)
