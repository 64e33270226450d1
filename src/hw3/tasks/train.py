"""Train one network and record it: the task of a plain run, and the first part of the others."""

from collections.abc import Callable, Mapping
from typing import Literal

from hw3.config.schema import Config
from hw3.config.words import figure_title
from hw3.core.errors import RunDirError
from hw3.core.plugins import plugin_digests
from hw3.core.terminal import doing
from hw3.core.workers import stop_if_orphaned
from hw3.datasets.splits import rows_digest
from hw3.nn.arrays import digest
from hw3.records.code import running_code
from hw3.records.environment import environment
from hw3.records.layout import CHECKPOINT, CHECKPOINT_BEFORE, CURVES, PARAMS
from hw3.records.outcome import Outcome, Stopping, counts
from hw3.records.rundir import RunDir
from hw3.records.study import read_study
from hw3.tasks import Steps, Task
from hw3.training.build import Experiment, make_experiment
from hw3.training.fit import Training
from hw3.training.history import History
from hw3.training.progress import epoch_line, reporting


def run(config: Config, run_dir: RunDir) -> Steps[str]:
    """Train, write weights and curves, and last metrics.json; return the status."""
    _, outcome = yield from train_and_draw(config, run_dir)
    return run_dir.finish(outcome)


def train_and_draw(config: Config, run_dir: RunDir) -> Steps[tuple[Experiment, Outcome]]:
    """Train, write weights and curves; return how it ended, not yet written."""
    experiment, history = yield from train(config, run_dir)
    if config.record.figures:
        with doing("drawing the curves"):
            from hw3.plots.curves import Curve, curves  # plotting libraries, after the training

            title = figure_title(config, experiment.network.layer_sizes)
            run_dir.save_figure(CURVES, curves([Curve.of(history)], title))
    return experiment, outcome_of(config, experiment, history)


def train(config: Config, run_dir: RunDir) -> Steps[tuple[Experiment, History]]:
    """Train from the start or from the folder's checkpoint; write weights and history."""
    experiment = make_experiment(config)
    record_environment(config, run_dir, experiment)
    backend, history = experiment.backend, History()
    checkpoint = run_dir.load_checkpoint()
    if checkpoint:
        state, history = checkpoint
        backend.load_state_dict(state)
        run_dir.log(f"continues after epoch {len(history)}")
        for listener in run_dir.listeners:
            listener.on_epoch(history)
    limit = limit_of(config, run_dir)
    history.is_pruned = limit(history) is not None  # and was killed before it could say so
    name = f"{config.dataset.label}: {config.job_name}"
    with reporting(name, config.epochs, len(history)) as report:

        def on_epoch(history: History) -> None:
            stop_if_orphaned()
            if config.record.keeps(len(history)):  # first, so that the other vouches for it
                run_dir.keep_checkpoint(backend.state_dict(), history)
            if len(history) % config.record.checkpoint_every == 0:
                run_dir.save_checkpoint(backend.state_dict(), history)
                run_dir.save_history(history)
            run_dir.log(epoch_line(history.last, config.epochs))
            report(history)
            for listener in run_dir.listeners:
                listener.on_epoch(history)
            if (loss := limit(history)) is not None:
                history.is_pruned = True
                run_dir.log(f"pruned: half of the trials before had at most {loss:.4f} by then")

        training = Training(backend, experiment.dataset, experiment.plan, on_epoch, history)
        yield training
        if training.error:
            raise training.error
    run_dir.save_history(history)  # again: a process may have died between the last two writes
    from hw3.records.weights import save_params  # HDF5 is slow to import, and training waits

    data = experiment.dataset
    names = {"classes": data.class_names, "features": data.facts.feature_names}
    save_params(run_dir.path / PARAMS, backend.get_params(), act_of(config), names)
    return experiment, history


def limit_of(config: Config, run_dir: RunDir) -> Callable[[History], float | None]:
    """Return what tells the loss at which a trial of a study has fallen behind; else None."""
    study = read_study(run_dir.path.parent)
    if study is None:
        return lambda history: None
    from hw3.sweeps.pruning import behind  # only a study needs it

    return behind(study, run_dir.path, config)


def act_of(config: Config) -> Mapping[str, object]:
    """Return the activation as a config names it, with its parameters."""
    return {"name": config.act.name, **vars(config.act)}


def record_environment(config: Config, run_dir: RunDir, experiment: Experiment) -> None:
    """Write environment.json; a run that continues must find data and plugins as they were.

    Other code may continue it, which is recorded too. Where no epoch is kept, it starts anew.
    """
    data, before = experiment.dataset.facts, run_dir.environment
    run_dir.check_same_data(data)
    now = plugin_digests()
    for name, then in before.plugins.items() if before else ():
        if now.get(name, then) != then:
            raise RunDirError(
                f"{run_dir.path} was started with another content of the plugin {name} (sha256 "
                f"{then[:12]}... then, {now[name][:12]}... now); bring that back, or give "
                "another folder with hydra.run.dir=<folder>"
            )
    kept = (run_dir.path / name for name in (CHECKPOINT, CHECKPOINT_BEFORE))
    told = here = environment(config.model.backend, data, run_dir.overrides)
    if before and any(path.exists() for path in kept):
        told = before.continued(running_code(), before.moves_to(here, config.model.backend))
    if told != before:
        run_dir.save_environment(told)


def outcome_of(config: Config, experiment: Experiment, history: History) -> Outcome:
    """Return how a training ended."""
    dataset, params = experiment.dataset, experiment.backend.get_params()
    val = dataset.val
    return Outcome(
        status=status_of(history),
        name=config.name,
        dataset=dataset.name,
        instead_of=config.instead_of,
        n_train=len(dataset.train.labels),
        n_val=len(val.labels) if val else 0,
        epochs=len(history),
        early_stopping=stopping(config, history),
        final=counts(history.final),
        best_epoch=counts(history.best),
        n_parameters=sum(w.size + b.size for w, b in params),
        seconds=round(history.seconds, 3),
        config_hash=config.hash,
        weights_sha256=digest(params),
        train_rows_sha256=rows_digest(dataset.train.rows),
        val_rows_sha256=rows_digest(val.rows) if val else None,
    )


def status_of(history: History) -> Literal["completed", "diverged", "pruned"]:
    """Return how a training ended."""
    if history.is_diverged:
        return "diverged"
    return "pruned" if history.is_pruned else "completed"


def stopping(config: Config, history: History) -> Stopping | None:
    """Return what early stopping did, or None where it is off; `final` is the restored epoch."""
    patience = config.early_stopping.patience
    if patience is None:
        return None
    is_early = len(history) < config.epochs and not history.is_broken_off
    restored = None if history.is_broken_off else history.final.epoch
    return Stopping(patience, len(history) if is_early else None, restored)


TASK = Task(run)
