"""Problem 4: human or machine."""

from collections.abc import Sequence

import numpy as np

from hw3.analysis.intervals import accuracy_text, mean_sd, spread_text, t_interval
from hw3.core.words import counted, percent, percent_range, shape
from hw3.records.input_weights import read_input_weights
from hw3.records.layout import CURVES, EXPLORATION, EXPLORATION_FIGURE, PARAMS
from hw3.records.run import Run, Sweep
from hw3.report.clause import Finding, clause
from hw3.report.facts import check_data, check_file, check_measured, check_rows
from hw3.report.parts import Part, Records
from hw3.sweeps.folders import newest_with_seeds, started_sweep
from hw3.sweeps.groups import group_runs
from hw3.tasks.explore import names_of, standings_of
from hw3.tasks.insight import by_split, contests, giveaway, insight_of, rival_text
from hw3.tasks.sequences import onset_of

SEQUENCES = Part(
    "human_machine",
    "4",
    60,
    "curves, weights, features, leakage",
    newest_with_seeds,
    more=("human_machine_seeds",),
)
EXPLORED = Part("human_machine_explore", "4d", 30, "exploration", started_sweep, is_summarised=True)
N_ROWS = 10_200


def answer(records: Records) -> list[str]:
    """Problem 4, human or machine, validation."""
    sweep = records.found(SEQUENCES).record
    if sweep is None:
        return []
    split, runs = next(iter(by_split(sweep).items()))
    found, labels = insight_of(runs[0]), runs[0].environment.data.label_counts
    units = found.conclusion(runs[0].val.accuracy).partition(". ")[0]
    text = (
        f"{shown(runs, split)}, where guessing is right in {percent(max(labels) / sum(labels), 0)}"
    )
    if len(runs) > 1:
        text += f"; {rival_text(contests(sweep)[0])}"
    return [
        f"The network decides {text}.",
        *giveaway(found),
        f"Do its weights give insight into features? {units}.",
    ]


def shown(runs: Sequence[Run], split: str) -> str:
    """Return the accuracy of one seed, or of several, with its interval."""
    first, found = runs[0].val, mean_sd(run.val.accuracy for run in runs)
    if len(runs) < 2:
        accuracy = accuracy_text(first.n_correct, first.n_examples)
        return f"{accuracy} of the held-out sequences correctly ({split} split, one seed)"
    return (
        f"{spread_text(found)} of the held-out sequences correctly (mean ± standard deviation of "
        f"{len(runs)} seeds, {split} split; 95 % interval of the mean "
        f"{percent_range(*t_interval(found))})"
    )


@clause("4", SEQUENCES)
def trained(sweep: Sweep, finding: Finding) -> None:
    """20 inputs, 20 ReLU, 1 sigmoid output, batch 16."""
    run, config = sweep.runs[0], sweep.runs[0].config
    act, batch, name = config.act.name, config.batch_size, config.dataset.name
    finding.expect(name == "human_machine", f"it read {name}")
    finding.expect(run.layer_sizes == (20, 20, 1), f"it is {run.layer_sizes}")
    finding.expect(act == "relu", f"it has {act}")
    finding.expect(batch == 16, f"batch {batch}")
    n = run.layer_sizes[-1]
    loss = "one logit (binary cross-entropy)" if n == 1 else f"{n} logits (cross-entropy)"
    finding.say(
        f"{shape(run.layer_sizes)} {act}, {loss}, batch {batch}, "
        f"{counted(run.outcome.epochs, 'epoch')} by {config.optimizer.name}"
    )


@clause("4 split", SEQUENCES)
def split(sweep: Sweep, finding: Finding) -> None:
    """80 % of the sequences train and 20 % validate, disjoint and complete."""
    run = sweep.runs[0]
    check_rows(run, finding, N_ROWS)
    train, val = run.rows
    share = len(val) / (len(train) + len(val))
    finding.expect(abs(share - 0.2) < 0.005, f"{percent(share, 1)} validate")
    finding.say(
        f"{len(train):,} and {len(val):,} rows by {run.config.dataset.split} split, drawn again "
        "from the seed"
    )
    finding.claim("sha256 as recorded")


@clause("4a", SEQUENCES)
def learning(sweep: Sweep, finding: Finding) -> None:
    """Probability of correct classification, training and validation."""
    run = sweep.runs[0]
    check_measured(run, finding)
    check_file(run.folder / CURVES, finding)
    if finding.faults:
        return
    onset, told = onset_of(run.epochs), run.outcome.overfitting_onset
    finding.expect(onset == told, f"over-fitting begins after epoch {onset}, not {told}")
    train, val = run.outcome.train, run.val
    finding.say(
        f"{len(run.epochs)} epochs, {CURVES}; at the end {percent(train.accuracy)} of training "
        f"and {percent(val.accuracy)} of validation"
    )


@clause("4b", SEQUENCES)
def printed(sweep: Sweep, finding: Finding) -> None:
    """The 20 x 20 weights from inputs to hidden units are printed."""
    run = sweep.runs[0]
    table = read_input_weights(run.folder)
    size = table.weights.shape
    finding.expect(size == (20, 20), f"the table is {size}")
    is_each = sorted(table.units) == list(range(1, len(run.weights[0][1]) + 1))
    finding.expect(is_each, "not each unit has its row")
    saved = run.weights[0][0].T
    rows = [unit - 1 for unit in table.units]
    is_saved = (
        is_each and size == saved.shape and np.allclose(table.weights, saved[rows], atol=1e-6)
    )
    finding.expect(is_saved, f"the table is not what {PARAMS} holds")
    finding.claim(f"the table is equal to W1 of {PARAMS} row by row")


@clause("4c", SEQUENCES)
def insight(sweep: Sweep, finding: Finding) -> None:
    """Whether the weights give insight into features, with evidence."""
    run = sweep.runs[0]
    found = insight_of(run)
    finding.expect(len(found.units) == 20, "units or features are missing")
    numbers = {unit.unit for unit in found.units}
    finding.expect(len(numbers) == len(found.units), "a unit is told twice")
    finding.say(f"{len(found.units)} units, {len(found.features)} sets of features compared")
    finding.say(found.conclusion(run.val.accuracy).partition(". ")[0])


@clause("4d", EXPLORED)
def explored(sweep: Sweep, finding: Finding) -> None:
    """Optimizers, regularisers and architectures explored."""
    done = [run for run in sweep.runs if run.is_completed]
    finding.expect(len(done) == len(sweep.runs), f"{len(done)} of {len(sweep.runs)} runs completed")
    for run in sweep.runs:
        n, data = run.outcome.n_train + run.outcome.n_val, run.outcome.dataset
        finding.expect((data, n) == ("human_machine", N_ROWS), f"{run.name} used {n:,} of {data}")
    check_data(sweep.runs, finding)
    n_repeats = len(done) - sum(len(group.completed) for group in group_runs(done))
    finding.expect(
        not n_repeats, f"{counted(n_repeats, 'run')} with the config and seed of another"
    )
    levels = [names_of(run) for run in done]
    for factor in ("optimizer", "regulariser", "net"):
        n = len({level[factor] for level in levels})
        finding.expect(n > 1, f"{counted(n, factor)} only")
        finding.say(counted(n, factor))
    for name in (EXPLORATION, EXPLORATION_FIGURE):
        check_file(sweep.folder / name, finding)
    found = [s for standing in standings_of(sweep).values() for s in standing]
    n_seeds = len({run.config.seed for run in done})
    finding.say(f"{counted(len(done), 'run')}, {counted(n_seeds, 'seed')}")
    n_alike = sum(s.keeps_up for s in found)
    finding.say(
        f"{n_alike} of {counted(len(found), 'mean')} over seeds not told apart from the best of "
        "the split"
    )


@clause("4 leakage", SEQUENCES)
def leaked(sweep: Sweep, finding: Finding) -> None:
    """How many validation rows also occur in training is measured."""
    run = sweep.runs[0]
    leakage, own = insight_of(run).leakage, run.config.dataset.split
    finding.expect(own in leakage, f"the leakage of its own {own} split was not measured")
    shares = ", ".join(
        f"{name} {percent(found.get('human'), 1)}" for name, found in leakage.items()
    )
    finding.say(f"human validation rows that also occur in training, by split: {shares}")
