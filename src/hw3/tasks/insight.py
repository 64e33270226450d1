"""What problem 4's runs show: over seeds, beside features, in the weights; as tables and words."""

from dataclasses import dataclass

from hw3.analysis.exploration import Standing, standings
from hw3.analysis.insight import spread_of
from hw3.analysis.intervals import accuracy_text, mean_sd, mean_text, spread_text
from hw3.analysis.overfitting import WINDOW, smoothed
from hw3.core.table import Table
from hw3.core.words import number, p_is, p_text, percent, percent_range
from hw3.records.insight import Insight, read_insight
from hw3.records.layout import PARAMS
from hw3.records.read import reading
from hw3.records.run import Run, Sweep
from hw3.tasks.sequences import NET, contenders, ordered_weights

N_SHOWN = 4  # sets of features in the table over seeds
FEATURES = {
    "ones": "the number of the 20 bits that are 1",
    "alternations": "the number of neighbours that differ; the same information as lag_1",
    "longest_run": "the length of the longest stretch of equal bits",
    "lag_k": "the agreement of bits k places apart: the sum of their products, with 0 as -1",
    "pattern_b": "the number of windows of three neighbours that read b",
}


def by_split(sweep: Sweep) -> dict[str, list[Run]]:
    """Return the runs of each split, in the order of the sweep."""
    found: dict[str, list[Run]] = {}
    for run in sweep.runs:
        found.setdefault(run.config.dataset.split, []).append(run)
    return found


@dataclass(frozen=True)
class Contest:
    """The network and the sets of features over the seeds of a split, best first."""

    split: str
    standings: list[Standing]

    @property
    def shown(self) -> list[Standing]:
        """Those for the table: the first ones, and the network."""
        return [s for i, s in enumerate(self.standings) if i < N_SHOWN or s.name == NET]

    @property
    def rival(self) -> Standing:
        """What the leader is held against in words: the network, or the best features beside it."""
        best, *others = self.standings
        return next((s for s in others if NET in (best.name, s.name)), best)


def contests(sweep: Sweep) -> list[Contest]:
    """Return how features and network compare, for each split with several seeds."""
    repeated = {split: runs for split, runs in by_split(sweep).items() if len(runs) > 1}
    return [Contest(split, standings(contenders(runs))) for split, runs in repeated.items()]


def seeds_table(sweep: Sweep) -> Table:
    """Return how far the seeds of each split lie apart."""
    rows = []
    for split, runs in by_split(sweep).items():
        found = [run.val.accuracy for run in runs]
        ends = percent_range(min(found), max(found))
        rows.append((split, len(runs), spread_text(mean_sd(found)), ends))
    header = ("split", "seeds", "validation, mean ± sd", "lowest to highest")
    return Table("seeds", "Validation accuracy over seeds", header, rows)


def contest_table(contest: Contest) -> Table:
    """Return the network beside the best sets of features."""
    n, n_seeds = len(contest.standings) - 1, contest.standings[0].n_seeds
    rows = [(s.name, mean_text(s.mean, s.sd), p_text(s.p)) for s in contest.shown]
    caption = (
        f"{contest.split.capitalize()} split: the network beside logistic regression on the best "
        f"of {n} sets of features, over {n_seeds} seeds; p of the paired t test against the first "
        "row, corrected by Holm"
    )
    header = ("classifier", "validation, mean ± sd", "p")
    return Table(f"contest-{contest.split}", caption, header, rows)


def insight_of(run: Run) -> Insight:
    """Return what was measured on the data of a run."""
    return read_insight(run.folder, run.val.n_examples)


def giveaway(found: Insight) -> list[str]:
    """Return in which feature human rows differ most in spread, and how far means are shifted."""
    if not found.spreads:
        return []
    varied, shifted = max(found.spreads, key=spread_of), max(abs(s.shift) for s in found.spreads)
    ratio = varied.spread_ratio or 1.0
    return [
        f"What gives humans away is how {'much' if ratio > 1 else 'little'} "
        f"{FEATURES.get(varied.name, varied.name).partition(';')[0]} varies: its standard "
        f"deviation is {ratio:.2f} times that of machine-made sequences, while no feature's mean "
        f"is shifted by more than {shifted:.2f} standard deviations."
    ]


def weights_table(run: Run) -> Table:
    """Return the weights from bits to hidden units.

    Raises:
        RunDirError: if the network has more or fewer layers than two.
    """
    with reading(run.folder / PARAMS):
        units, weight, outgoing = ordered_weights(run.weights)
    rows = [
        [unit, signed(out), *map(signed, row)]
        for unit, out, row in zip(units, outgoing.tolist(), weight.tolist(), strict=True)
    ]
    caption = "Weights from bits (columns) to hidden units (rows), ordered by the outgoing weight"
    header = ["unit", "outgoing", *map(str, range(1, weight.shape[1] + 1))]
    return Table("weights", caption, header, rows)


def features_table(run: Run) -> Table:
    """Return what logistic regression on features reaches, and the network."""
    found = insight_of(run)
    spreads = {s.name: s for s in found.spreads}
    rows = []
    for score in found.scores:
        s = spreads.get(score.name)
        shift, spread = (s.shift, s.spread_ratio) if s else (None, None)
        rows.append((score.name, percent(score.accuracy), number(shift, 2), number(spread, 2)))
    rows.append(("this network, on the bits", percent(run.val.accuracy), "-", "-"))
    caption = (
        "Logistic regression on hand-made features, beside the network; shift: human mean minus "
        "machine mean, in standard deviations; spread: standard deviation of the human rows over "
        "that of the machine's. Less than 50 %: a few extreme human rows move the mean, and with "
        "it the decision, away from where most rows lie"
    )
    return Table("features", caption, ("feature", "validation", "shift", "spread"), rows)


def units_table(run: Run) -> Table:
    """Return the feature that each hidden unit follows best."""
    found = insight_of(run).units
    rows = [
        (u.unit, signed(u.outgoing), u.feature or "constant", signed(u.correlation)) for u in found
    ]
    caption = (
        "The feature that each hidden unit's response follows best: Pearson's r on training rows, "
        "the largest of 16"
    )
    return Table("units", caption, ("unit", "outgoing weight", "feature", "r"), rows)


def leakage_table(run: Run) -> Table:
    """Return the validation rows that also occur in training."""
    leaks = insight_of(run).leakage
    kinds = ("human", "machine", "all")
    rows = [
        (split, *(percent(found.get(kind), 1) for kind in kinds)) for split, found in leaks.items()
    ]
    header = ("split", *(f"{kind} rows" for kind in kinds))
    return Table("leakage", "Validation rows that also occur in training", header, rows)


def learning_text(run: Run) -> str:
    """Return where training and validation end, and whether the net over-fits."""
    outcome, val, best = run.outcome, run.val, run.outcome.best_val
    losses = smoothed([e.val.loss for e in run.epochs.epochs if e.val])
    text = (
        f"After {outcome.final.epoch} epochs {percent(outcome.train.accuracy)} of the training and "
        f"{percent(val.accuracy)} of the {val.n_examples:,} validation sequences are decided "
        f"correctly; the best validation epoch is {outcome.best_epoch.epoch} with "
        f"{percent(best.accuracy if best else None)}."
    )
    onset = outcome.overfitting_onset
    if onset is None:
        return (
            f"{text} Over-fitting is not seen: the validation loss, as a mean of {WINDOW} epochs, "
            "is about as low at the end as anywhere."
        )
    if onset > len(losses):
        return text
    return (
        f"{text} The validation loss, as a mean of {WINDOW} epochs, is lowest at epoch {onset} "
        f"({number(losses[onset - 1])}) and ends at {number(losses[-1])}, while the training loss "
        f"falls on: over-fitting begins after epoch {onset}."
    )


def shown_text(sweep: Sweep) -> str:
    """Return which of the seeds is shown, and where it stands among them."""
    runs = next(iter(by_split(sweep).values()))
    first, values = runs[0].val, [run.val.accuracy for run in runs]
    place = {}
    if min(values) < max(values):
        place = {max(values): ", the highest", min(values): ", the lowest"}
        place = {value: f"{text} of {len(runs)} seeds" for value, text in place.items()}
    shown = accuracy_text(first.n_correct, first.n_examples)
    return f"Seed {runs[0].config.seed} is shown{place.get(values[0], '')}: {shown}."


def rival_text(contest: Contest) -> str:
    """Return what features reach without a network, and whether they are told apart from it."""
    best, rival = contest.standings[0], contest.rival
    other = rival if best.name == NET else best
    reached = f"logistic regression on {other.name} reaches {mean_text(other.mean, other.sd)}"
    return reached if rival.p is None else f"{reached} ({p_is(rival.p)} of the paired t test)"


def signed(value: float | None) -> str:
    """Return "+0.54", a dash for nothing."""
    return "-" if value is None else f"{value:+.2f}"
