"""What Optuna proposes as the next trial, from the records of those before and nothing else.

The study is built anew for each proposal and its sampler seeded by the number of the trial, so that
the same records give the same proposal, whatever was killed in between.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hw3.config.space import Dimension, Options, Params
from hw3.core.seeds import stream
from hw3.records.outcome import Failure, Outcome
from hw3.training.metrics import Metrics

BY = "Optuna's TPE"
ATTEMPTS = 100  # at a proposal that is new
Past = Sequence[tuple[Params, Outcome | Failure | None]]  # None for those of which nothing is known


def value(val: Metrics) -> float:
    """Return one number that ranks as the rule of selection does: most right, then lower loss.

    That is (n_correct + 1 / (1 + loss)) / n: the loss never weighs as much as one more right.
    """
    return (val.n_correct + 1 / (1 + val.loss)) / val.n_examples


def proposals(
    searched: Mapping[str, Dimension], past: Past, seed: int, n_startup_trials: int
) -> Iterator[Params]:
    """Yield what to try after some trials, first the best guess; the later half at random."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found = {key: distribution(optuna, dimension) for key, dimension in searched.items()}
    before = [trial(optuna, searched, found, params, ended) for params, ended in past]
    for attempt in range(ATTEMPTS):
        rng = stream(seed, "proposal", len(past) * ATTEMPTS + attempt)
        sampler = optuna.samplers.TPESampler(
            seed=int(rng.integers(2**32)),
            n_startup_trials=n_startup_trials if 2 * attempt < ATTEMPTS else len(past) + 1,
        )
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.add_trials(before)
        asked = study.ask(found).params
        yield {key: text_of(dimension, asked[key]) for key, dimension in searched.items()}


def distribution(optuna: Any, dimension: Dimension) -> Any:
    """Return a dimension as Optuna's."""
    distributions = optuna.distributions
    if isinstance(dimension, Options):
        if dimension.is_ordered:
            return distributions.IntDistribution(0, len(dimension.values) - 1)
        return distributions.CategoricalDistribution(dimension.values)
    kind = "IntDistribution" if dimension.is_whole else "FloatDistribution"
    return getattr(distributions, kind)(dimension.low, dimension.high, log=dimension.is_log)


def text_of(dimension: Dimension, asked: Any) -> str:
    """Return what Optuna chose as an override has it."""
    if not isinstance(dimension, Options):
        return dimension.text(asked)
    return dimension.values[asked] if dimension.is_ordered else str(asked)


def value_of(dimension: Dimension, text: str) -> object:
    """Return what `text_of` made of it as Optuna has it."""
    if not isinstance(dimension, Options):
        return int(text) if dimension.is_whole else float(text)
    return dimension.values.index(text) if dimension.is_ordered else text


def trial(
    optuna: Any,
    searched: Mapping[str, Dimension],
    found: Mapping[str, Any],
    params: Params,
    ended: Outcome | Failure | None,
) -> Any:
    """Return an earlier trial as Optuna's; one that diverged is the worst, a failure says nothing.

    Where a trial was pruned, TPE ranks it below the whole ones, by its length and what it reached.
    """
    states = optuna.trial.TrialState
    told: dict[str, Any] = {"state": states.RUNNING}
    if isinstance(ended, Failure) or (ended and ended.val is None):
        told["state"] = states.FAIL
    elif ended and ended.val and ended.status == "pruned":
        told = {
            "state": states.PRUNED,
            "intermediate_values": {ended.epochs: value(ended.val)},
        }
    elif ended and ended.val:
        told = {
            "state": states.COMPLETE,
            "value": value(ended.val) if ended.status == "completed" else 0.0,
        }
    own = {key: value_of(dimension, params[key]) for key, dimension in searched.items()}
    return optuna.trial.create_trial(params=own, distributions=dict(found), **told)
