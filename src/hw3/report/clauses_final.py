"""The clauses of problem 1 on the choice, the final network and its test."""

from hw3.analysis.intervals import wilson
from hw3.choice import SELECTION, configurations
from hw3.load import load_run
from hw3.report.audit import Clauses, Finding
from hw3.report.blocks import percent
from hw3.report.integrity import check_integrity, expected_rows, history, init_of, same, sizes_of
from hw3.report.openings import check_opening
from hw3.report.records import EXPERIMENTS, Records
from hw3.rundir import flatten, read_record
from hw3.tasks.train import rows_digest

CLAUSES = Clauses()
# What a final run's config may have otherwise than the winner's.
FREE = {"name", "task", "sweep", "dataset.val", "data_dir", "device", "threads", "log_counts"}
FREE |= {"allow_unfinished", "fail_fast", "offline_dataset", "instead_of"}


@CLAUSES.add("1m", "The best configuration is chosen by validation", "final", "sweep")
def choice(records: Records, finding: Finding) -> None:
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
    leader = configurations(records.sweep)[0].label
    winner = selection["winner"]
    finding.expect(leader == winner, f"the sweep puts {leader} first, and {winner} was chosen")
    accuracy = {row["configuration"]: row["val_accuracy"] for row in selection["table"]}[winner]
    finding.say(
        f"{winner}, {percent(accuracy)} of the validation images, of {len(selection['table'])} "
        f"configurations; rule: {selection['rule']}"
    )


@CLAUSES.add(
    "1m retrain", "The winner is trained again on all 60,000 images, from scratch", "final", "sweep"
)
def retrain(records: Records, finding: Finding) -> None:
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
    frame, before = history(final), history(winner)
    first, trained = float(frame["train_loss"].iloc[0]), float(before["train_loss"].iloc[-1])
    finding.expect(int(frame["epoch"].iloc[0]) == 1, "its history does not begin at epoch 1")
    finding.expect(
        len(before) < 2 or first > trained, "it began as good as the winner ended: a warm start"
    )
    finding.say(
        f"{sizes[0]:,} images, config of {name}; a fresh start: its loss is {first:.4f} after "
        f"epoch 1, where going on from the winner would begin near its last, {trained:.4f}"
    )


@CLAUSES.add(
    "1m test", "The test set is opened once for it, after the choice was recorded", "final"
)
def opening(records: Records, finding: Finding) -> None:
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
    check_opening(records, records.final, finding, chosen_at=selection["time"])


@CLAUSES.add("1 report", "Network, batch, rate, start and test result are stated", "final")
def stated(records: Records, finding: Finding) -> None:
    assert records.final
    run = records.final
    test, n = run.metrics["test"], run.metrics["n_parameters"]
    right = same(test["accuracy"], test["correct"] / test["n"])
    finding.expect(right, "accuracy is not its count")
    told, ends = test["wilson_95"], wilson(test["correct"], test["n"])
    finding.expect(all(map(same, told, ends)), "the interval is not that of the count")
    sizes = "-".join(map(str, sizes_of(run)))
    finding.say(
        f"{sizes}, {n:,} parameters, {init_of(run)}, batch {run.tree['batch_size']}, initial rate "
        f"{run.tree['lr']['initial']:g}; test {test['correct']} of {test['n']} correct, "
        f"{percent(test['accuracy'])}"
    )


@CLAUSES.add("1m records", "The record of the final run agrees with itself", "final")
def final_agrees(records: Records, finding: Finding) -> None:
    check_integrity(records, ["final"], finding)
