"""Claimed runs held against what their configs lead to: `verified` is what commands call."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from threadpoolctl import threadpool_limits

from hw3.config.schema import Config
from hw3.core.errors import (
    ConfigError,
    DataError,
    DataUnavailableError,
    NotRegisteredError,
    RunDirError,
)
from hw3.core.terminal import doing
from hw3.core.verdict import Verdict
from hw3.core.words import counted
from hw3.records.environment import environment
from hw3.records.layout import CONFIG, PARAMS
from hw3.records.run import Run
from hw3.replay.claim import Claim
from hw3.replay.contradictions import contradictions, row_faults
from hw3.replay.draw import LEAST, drawn_epochs, drawn_runs
from hw3.replay.machine import apart_text, other_code
from hw3.replay.train import Replayed, train_again
from hw3.replay.verdict import RunVerdict, Verified
from hw3.sweeps.comparison import loaded
from hw3.training.build import make_experiment
from hw3.training.memory import check_memory

NOT_HERE = "it cannot be trained again here: "


@dataclass(frozen=True)
class Asked:
    """How much is trained again.

    Attributes:
        sample: how many runs are drawn; None for all.
        epochs: how many epochs of each; None for all.
        seed: of the drawing; None for a fresh one, so that nobody can foresee what it draws.
        reason: why claimed counts on a test split are measured again; they are not without one.
        data_dir: where the data are, "" for where each record says.
    """

    sample: int | None = None
    epochs: int | None = None
    seed: int | None = None
    reason: str = ""
    data_dir: str = ""

    def __post_init__(self) -> None:
        if self.sample is not None and self.sample < 1:
            raise ConfigError(f"sample must be a whole number >= 1, got {self.sample}")
        if self.epochs is not None and self.epochs < LEAST:
            raise ConfigError(
                f"epochs must be a whole number >= {LEAST}: the first, the one most unlike its "
                f"neighbours, and one that nobody can foresee; got {self.epochs}"
            )


def verified(
    folder: Path, asked: Asked = Asked(), tell: Callable[[RunVerdict], object] = lambda _: None
) -> Verified:
    """Train the runs below a folder again, and return whether they are what they claim to be.

    Each verdict is told as soon as it is known. Nothing is written but, with a reason, lines of the
    runs' own ledger.

    Raises:
        RunDirError: if there is no run, or none has ended.
    """
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    found = [loaded(path.parent) for path in sorted(folder.glob(f"**/{CONFIG}"))]
    ended = [run for run in found if not run.is_unfinished or run.status == "broken"]
    if not ended:
        states = f"{counted(len(found), 'run')} in it, none of which has ended" if found else "run"
        raise RunDirError(f"{folder} holds {'' if found else 'no '}{states}: nothing is claimed")
    random = Random(seed)
    chosen = drawn_runs(ended, asked.sample, random)
    with doing("verifying runs", len(chosen)) as advance:
        rows = []
        for run in chosen:
            rows.append(verify_run(run, asked, Random(random.randrange(2**32))))
            tell(rows[-1])
            advance()
    return Verified(tuple(rows), len(ended), len(found) - len(ended), seed)


def verify_run(run: Run, asked: Asked, random: Random) -> RunVerdict:
    """Return what a run is worth; whatever its record holds is part of the answer."""
    started, name = time.perf_counter(), os.path.relpath(run.folder)
    try:
        verdict = verdict_of(run, asked, random)
    except RunDirError as error:
        is_ours = isinstance(error.__cause__, NotRegisteredError | PermissionError)
        word = Verdict.INCONCLUSIVE if is_ours else Verdict.FAIL
        verdict = RunVerdict(name, word, f"{NOT_HERE * is_ours}{error}")
    except (ConfigError, DataError) as error:
        verdict = RunVerdict(name, Verdict.INCONCLUSIVE, f"{NOT_HERE}{error}")
    return replace(verdict, run=name, seconds=round(time.perf_counter() - started, 3))


def verdict_of(run: Run, asked: Asked, random: Random) -> RunVerdict:
    """Check the record, then train epochs again.

    Raises:
        RunDirError: for a damaged record.
        ConfigError, DataError: for what cannot be trained here.
    """
    if fault := next(contradictions(run), None):
        return RunVerdict(run.name, Verdict.FAIL, fault)
    config = located(run.config, asked.data_dir)
    config.check()
    check_memory([config])
    with threadpool_limits(config.threads):
        experiment = make_experiment(config)
        facts, here = run.environment.data, experiment.dataset.facts
        if facts.sha256 != here.sha256:
            other = f"{here.file} is not the file that it read: sha256 {here.sha256[:12]}..., not"
            return RunVerdict(run.name, Verdict.INCONCLUSIVE, f"{other} {facts.sha256[:12]}...")
        if fault := next(row_faults(run, experiment), None):
            return RunVerdict(run.name, Verdict.FAIL, fault)
        now = environment(config.model.backend, here)
        moves = run.environment.moves_to(now, config.model.backend)
        elsewhere = [*run.environment.moved, *moves]
        claim = Claim(run, experiment, not elsewhere)
        if wrong := claim.wrong_weights():
            return RunVerdict(run.name, Verdict.FAIL, f"measured again, {wrong}", (), 0, wrong)
        epochs = drawn_epochs(run.epochs, asked.epochs, claim.steps, random)
        replayed = train_again(claim, epochs)
        code = other_code(run.environment, now)
    if replayed.first:
        return leaves(claim, replayed, elsewhere, code)
    return agrees(claim, epochs, asked)


def located(config: Config, data_dir: str) -> Config:
    """Return a config with the folder of its data here: the given one, its own, or the usual.

    Raises:
        DataUnavailableError: if the file is not there.
    """
    if data_dir or not config.is_data_there:
        config = replace(config, data_dir=data_dir or os.environ.get("HW3_DATA_DIR", ""))
    file = config.source.train_file
    if file and not config.is_data_there:
        raise DataUnavailableError(
            f"{file} is not in {config.data_path}; name its folder with data_dir=<folder>"
        )
    return config


def agrees(claim: Claim, epochs: Sequence[int], asked: Asked) -> RunVerdict:
    """Return PASS, if a test count that is claimed is right too where there is a reason to look."""
    n, run = len(claim.run.epochs), claim.run
    is_whole = len(epochs) == n
    what = (
        f"all {counted(n, 'epoch')}" if is_whole else f"epochs {', '.join(map(str, epochs))} of {n}"
    )
    is_known = is_whole or all(epoch in claim.digests for epoch in epochs)
    same = "the same bits" if is_known else "the same losses and counts; no digests are recorded"
    if run.status == "diverged":  # what is no number has no bits
        same = "it diverges in the same epoch" if is_whole else same
    verdict = RunVerdict(run.name, Verdict.PASS, f"{what}: {same}", tuple(epochs))
    if run.outcome.test is None:
        return verdict
    if asked.reason.strip():
        return with_look(verdict, claim, asked)
    note = "its test count was not measured again, which takes reason=<text>"
    return replace(verdict, sentence=f"{verdict.sentence}; {note}")


def with_look(verdict: RunVerdict, claim: Claim, asked: Asked) -> RunVerdict:
    """Measure on the test split, through the seal and the run's own ledger."""
    from hw3.testset.evaluation import evaluated  # the one road to test data

    look = claim.run.look
    where = [f"data_dir={asked.data_dir}"] if asked.data_dir else []
    correct, n, _ = evaluated(claim.run.folder / PARAMS, where, "test", asked.reason)
    told = f"{look.correct} of {look.n} right on the test split"
    if (correct, n) == (look.correct, look.n):
        return replace(verdict, sentence=f"{verdict.sentence}; {told}, measured again")
    word = Verdict.FAIL if claim.is_same_machine else Verdict.INCONCLUSIVE
    sentence = f"it claims {told}, and measured again it has {correct} of {n}"
    return replace(verdict, verdict=word, sentence=sentence)


def leaves(claim: Claim, replayed: Replayed, elsewhere: Sequence[str], code: str) -> RunVerdict:
    """Return FAIL for other bits where there should be the same, else how far apart they are."""
    name, epochs, first = claim.run.name, tuple(replayed.epochs), replayed.first
    if not elsewhere:
        return RunVerdict(name, Verdict.FAIL, f"{first}{code}", epochs, 0.0, first)
    assert replayed.last is not None  # an epoch was trained, since it differs
    apart = apart_text(claim.epoch(replayed.last.epoch), replayed.last)
    sentence = f"other bits, as may be with {'; '.join(elsewhere)}: {apart}"
    return RunVerdict(name, Verdict.INCONCLUSIVE, sentence, epochs, 0.0, first)
