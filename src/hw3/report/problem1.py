"""Problem 1: MNIST with hand-written backpropagation."""

from collections.abc import Mapping
from math import ceil, log

from hw3.analysis.intervals import accuracy_text
from hw3.config.keys import Role, role_of
from hw3.config.words import penalties
from hw3.core.words import counted, percent, shape
from hw3.datasets.splits import rows_digest
from hw3.records.integrity import same
from hw3.records.layout import CURVES, METRICS
from hw3.records.run import Run, Sweep, load_run
from hw3.report import facts
from hw3.report.clause import Finding, clause, each_run
from hw3.report.openings import check_counts, check_opening, check_order, check_unopened
from hw3.report.parts import Part, Records
from hw3.sweeps.choice import Selection, read_selection
from hw3.sweeps.curves import changes, halvings
from hw3.sweeps.figures import curves_file
from hw3.sweeps.folders import newest_run, started_sweep
from hw3.sweeps.groups import configurations, differing
from hw3.sweeps.summary import Row

SWEEP = Part("mnist_sweep", "1", 50, "six panels, table", started_sweep, is_summarised=True)
FINAL = Part("mnist_final", "1m", 50, "choice, test result, mistakes", newest_run, after=SWEEP)


def answer(records: Records) -> list[str]:
    """Problem 1, MNIST, test set."""
    final, sweep = records.found(FINAL).record, records.found(SWEEP).record
    if final:
        test, chosen = final.look, read_selection(final.folder)
        val = percent(chosen.table[0].val_accuracy)
        return [
            f'The network that validation chose, "{chosen.winner}", trained again on all '
            f"{final.outcome.n_train:,} images, decides "
            f"{accuracy_text(test.correct, test.n)} of the test images correctly.",
            f"On validation it was the best of {chosen.among} with {val}; {chosen.verdict}.",
        ]
    if sweep is None:
        return []
    best, state = Row.of(configurations(sweep)[0]), records.lacking(SWEEP) or "sweep done"
    found = f"{percent(best.val and best.val.mean)} ({best.configuration.label})"
    return [f"{state.partition(':')[0]}, best validation {found}; the final run is to come"]


@clause("1a", SWEEP)
def split(sweep: Sweep, finding: Finding) -> None:
    """50,000 images train; the other 10,000 validate and are never trained on."""
    for run in sweep.runs:
        outcome = run.outcome
        sizes = (outcome.n_train, outcome.n_val)
        finding.expect(sizes == (50_000, 10_000), f"{run.name} used {sizes[0]:,} and {sizes[1]:,}")
        facts.check_rows(run, finding, n_rows=60_000)
        finding.expect(run.config.dataset.name == "mnist", f"{run.name} is not on MNIST")
        finding.expect(run.config.instead_of is None, f"{run.name} ran on stand-in data")
        finding.claim(
            "row numbers taken again from the configs: none in both parts, none left out; their "
            f"sha256 are those recorded (train {outcome.train_rows_sha256[:12]}, "
            f"validation {str(outcome.val_rows_sha256)[:12]})"
        )
    facts.check_data(sweep.runs, finding)


@each_run("1b", SWEEP, FINAL)
def layers(run: Run, finding: Finding) -> None:
    """784 inputs, 10 outputs, fully connected."""
    sizes, hidden = run.layer_sizes, run.config.model.hidden_sizes
    finding.expect((sizes[0], sizes[-1]) == (784, 10), f"{run.name} is {sizes}")
    finding.expect(sizes[1:-1] == hidden, f"{run.name}: the weights are not of {hidden}")
    finding.say(f"the saved weight matrices are of {shape(sizes)}")


@clause("1c", SWEEP)
def activations(sweep: Sweep, finding: Finding) -> None:
    """ReLU and tanh are compared; the slope of ReLU at 0 lies in [0, 1]."""
    for run in sweep.runs:  # another slope is refused where the config is read
        finding.expect(run.config.model.hidden_sizes, f"{run.name} has no hidden layer")
    names = {run.config.act.name for run in sweep.runs}
    finding.expect(names >= {"tanh", "relu"}, f"only {', '.join(sorted(names))} ran")
    slopes = {run.settings.get("act.slope_at_zero") for run in sweep.runs} - {None}
    finding.say(f"{', '.join(sorted(names))}; slope at 0: {', '.join(map(str, slopes)) or '-'}")


@each_run("1d", SWEEP, FINAL)
def loss(run: Run, finding: Finding) -> None:
    """Cross-entropy is the loss."""
    for epoch in run.epochs.epochs:
        for part, found in (("train", epoch.train), ("val", epoch.val)):
            # a wrong decision has p(label) <= 1/2, so it costs at least ln 2
            if found and found.loss < log(2) * (1 - found.accuracy) - 1e-9:
                where = f"{run.name}, epoch {epoch.epoch}: {part} loss {found.loss:g}"
                finding.fault(f"{where} is less than a cross-entropy can be at that accuracy")
    n = run.layer_sizes[-1]
    kind = "softmax" if n > 1 else "binary"
    finding.say(
        f"{kind} cross-entropy is the only loss of a network with {counted(n, 'output')} "
        "(nn/losses.py)"
    )
    finding.claim("each recorded loss is at least ln 2 x error rate, as it must then be")


@clause("1e", SWEEP)
def rates(sweep: Sweep, finding: Finding) -> None:
    """Stochastic gradient descent from three initial rates."""
    found: dict[str, set[float]] = {"tanh": set(), "relu": set()}
    for run in sweep.runs:
        name, rate, applied = run.config.optimizer.name, run.config.lr.initial, run.epochs.rates
        finding.expect(name == "sgd", f"{run.name} is trained by {name}")
        finding.expect(same(applied[0], rate), f"{run.name} began with {applied[0]:g}")
        found.setdefault(run.config.act.name, set()).add(rate)
    for act in ("tanh", "relu"):
        n = counted(len(found[act]), "initial rate")
        finding.expect(len(found[act]) >= 3, f"{act} ran with {n}")
    for act, tried in found.items():
        finding.say(f"{act}: {', '.join(map(str, sorted(tried)))}")


@each_run("1f", SWEEP)
def batches(run: Run, finding: Finding) -> None:
    """Batch size from 50 to 1,000 that divides 50,000."""
    size = run.config.batch_size
    finding.expect(50 <= size <= 1000, f"{run.name}: batch size {size}")
    finding.expect(50_000 % size == 0, f"{run.name}: {size} does not divide 50,000")
    finding.say(f"batch {size}: {ceil(run.outcome.n_train / size)} updates per epoch")


@each_run("1g", SWEEP, FINAL)
def regularizer(run: Run, finding: Finding) -> None:
    """The regulariser is stated."""
    stated = penalties(run.config.regularizer)
    finding.say(", ".join(stated) or "none (L1, L2 and dropout all 0)")
    finding.expect(len(finding.evidence) == 1, "the runs differ in it")


@each_run("1h", SWEEP, FINAL)
def initialisation(run: Run, finding: Finding) -> None:
    """Weights start from values other than zero."""
    sds = facts.start_sds(run.layer_sizes, run.config.init, run.config.seed)
    finding.expect(min(sds) > 0, f"{run.name} starts from equal weights")
    spread = ", ".join(f"{sd:.3f}" for sd in sds)
    name, init = run.config.act.name, run.config.init
    finding.say(f"{name}: {init} drawn again from the seed, standard deviations {spread}")


@each_run("1i", SWEEP, FINAL)
def inputs(run: Run, finding: Finding) -> None:
    """Inputs are not normalised."""
    data = run.environment.data
    is_raw = data.pixels in ("as they are", "divided by 255")  # a unit, no statistics
    finding.expect(is_raw, f"{run.name}: pixels {data.pixels}")
    low, high = data.range
    finding.say(f"pixels {data.pixels}, from {low:g} to {high:g} in {data.file}")


@each_run("1j", SWEEP, FINAL)
def parameters(run: Run, finding: Finding) -> None:
    """No batch normalisation."""
    n, recorded = run.n_parameters, run.outcome.n_parameters
    finding.expect(n == recorded, f"{run.name}: {recorded:,} parameters, {n:,} in the file")
    finding.claim("params.h5 holds one weight matrix and one bias per layer, and nothing else")


@each_run("1k", SWEEP, FINAL)
def schedule(run: Run, finding: Finding) -> None:
    """50 epochs; the rate is halved twice, each time between epochs."""
    applied, kept = run.epochs.rates, run.outcome.final.epoch
    halved, changed = halvings(applied), changes(applied)
    finding.expect(len(applied) == 50, f"{run.name} ran {len(applied)} of 50 epochs")
    finding.expect(kept == len(applied), f"{run.name} went back to the weights of epoch {kept}")
    finding.expect(
        len(halved) == 2 and halved == changed,
        f"{run.name}: halved after epochs {halved}, changed after {changed}",
    )
    finding.expect(
        same(applied[-1], applied[0] / 4),
        f"{run.name}: the last rate is {applied[-1]:g}, the first {applied[0]:g}",
    )
    steps = " → ".join(f"{rate:g}" for rate in (applied[0], *(applied[i] for i in halved)))
    if halved:
        finding.say(f"{steps} after epochs {' and '.join(map(str, halved))} of {len(applied)}")


@clause("1l", SWEEP)
def figures(sweep: Sweep, finding: Finding) -> None:
    """Six figures of training and validation accuracy against epochs."""
    found = configurations(sweep)
    finding.expect(len(found) >= 6, f"{len(found)} configurations of 6")
    files = [CURVES, *(curves_file(c.label) for c in found)]
    for name in files:
        facts.check_file(sweep.folder / name, finding)
    for run in sweep.runs:
        facts.check_measured(run, finding)
    finding.say(counted(len(found), "configuration"))
    finding.claim(f"both curves of each: {', '.join(files)}")


@clause("1m", FINAL, SWEEP)
def best(final: Run, sweep: Sweep, finding: Finding) -> None:
    """The best configuration is chosen by validation."""
    selection, leader = read_selection(final.folder), configurations(sweep)[0]
    check_table(selection, sweep, finding)
    chosen, leading = set(selection.winner_jobs), {run.name for run in leader.runs}
    finding.expect(
        chosen <= leading,  # by its jobs: a label depends on what else was swept
        f"the sweep puts {leader.label} first, and {selection.winner} was chosen",
    )
    finding.say(
        f"{selection.winner}, {percent(selection.table[0].val_accuracy)} of the validation images, "
        f"chosen from {selection.among}; rule: {selection.rule}"
    )
    by = sweep.study.by if sweep.study else None
    finding.expect(
        selection.proposed_by == by,
        f"the jobs were proposed by {by}, and {selection.proposed_by} when it was chosen",
    )
    beside = len(list(sweep.folder.glob(f"*/{METRICS}"))) - len(sweep.runs)
    if beside:
        finding.say(f"{counted(beside, 'run')} that its last command left out lie beside them")


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


@clause("1m retrain", FINAL, SWEEP)
def retrain(final: Run, sweep: Sweep, finding: Finding) -> None:
    """The winner is trained again on all 60,000 images, from scratch."""
    outcome, name = final.outcome, read_selection(final.folder).winner_jobs[0]
    winner = load_run(sweep.folder / name)
    sizes = (outcome.n_train, outcome.n_val)
    finding.expect(sizes == (60_000, 0), f"it trained on {sizes[0]:,}, validated on {sizes[1]:,}")
    train, _ = final.rows
    is_all = len(train) == 60_000 and outcome.train_rows_sha256 == rows_digest(train)
    finding.expect(is_all, "its rows are not all")
    other = differing([recipe(final), recipe(winner)])
    finding.expect(not other, f"its config is not {name}'s: {', '.join(sorted(other))}")
    is_same = final.environment.data.sha256 == winner.environment.data.sha256
    finding.expect(is_same, f"it read other data than {name}")
    check_fresh_start(final, winner, finding)


def recipe(run: Run) -> Mapping[str, object]:
    """Return the settings that a final run shares with its winner, and the seed."""
    own = {k: v for k, v in run.settings.items() if role_of(k) is not Role.MACHINE}
    return own | {"dataset.val": None, "seed": run.config.seed}


def check_fresh_start(final: Run, winner: Run, finding: Finding) -> None:
    """Find a final run that went on from the winner's weights."""
    start, before = final.epochs.epochs[0], winner.epochs
    first, trained = start.train.loss, before.last.train.loss
    finding.expect(start.epoch == 1, "its history does not begin at epoch 1")
    is_fresh = len(before) < 2 or first > trained
    finding.expect(is_fresh, "it began as good as the winner ended: a warm start")
    finding.claim(
        f"{final.outcome.n_train:,} images, config of {winner.name}; a fresh start: its loss is "
        f"{first:.4f} after epoch 1, where going on from the winner would begin near its last, "
        f"{trained:.4f}"
    )


@clause("1m test", FINAL)
def opening(final: Run, finding: Finding) -> None:
    """The test set is opened once for it, after the choice was recorded."""
    check_unopened(finding.records.runs(SWEEP), finding)
    chosen = read_selection(final.folder).moment
    own = check_opening(final, finding, chosen)
    if own:
        check_order(own, chosen, finding.records.folder(SWEEP), final.folder.parent, finding)


@clause("1 report", FINAL)
def stated(final: Run, finding: Finding) -> None:
    """Network, batch, rate, start and test result are stated."""
    config, test = final.config, final.look
    finding.say(
        f"{shape(final.layer_sizes)}, {final.outcome.n_parameters:,} parameters, {config.init}, "
        f"batch {config.batch_size}, initial rate {config.lr.initial:g}"
    )
    finding.say(f"test {test.correct} of {test.n} correct, {percent(test.accuracy)}")
    check_counts(final, finding)
