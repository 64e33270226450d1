"""Command lines, read once: jobs, folders and refusals; no job runs here."""

from pathlib import Path

import pytest

from hw3.config import compose as composition
from hw3.core.errors import ConfigError
from hw3.launch.command import Command
from hw3.launch.engines.joblib import Joblib
from hw3.records.config_text import config_text
from tests.builders import config

DIGITS = ("dataset=digits", "batch_size=50")


def sweep(*arguments):
    return Command.parse([*DIGITS, *arguments], is_multirun=True)


@pytest.fixture
def compositions(monkeypatch):
    """How often Hydra has composed."""
    seen = []
    compose = composition.compose

    def counted(*args, **kwargs):
        seen.append(args)
        return compose(*args, **kwargs)

    monkeypatch.setattr(composition, "compose", counted)
    return seen


@pytest.mark.parametrize(
    "arguments", [["lr=0.3"], ["optimizer=adam", "+act.slope_at_zero=0.5", "hydra.run.dir=out"]]
)
def test_a_single_run_is_composed_once(arguments, compositions):
    arguments = [a.replace("+act", "++act") for a in arguments]
    assert len(Command.parse([*DIGITS, *arguments]).jobs) == 1
    assert len(compositions) == 1


def test_the_points_of_a_sweep_share_their_compositions(compositions):
    assert len(sweep("act=relu,tanh", "lr=0.1,0.2,0.3", "seed=0,1,2").jobs) == 18
    assert len(compositions) == 3  # two activations, and what says where and by which engine


def test_a_command_is_the_config_of_its_overrides():
    (job,) = Command.parse([*DIGITS, "lr=0.3"]).jobs
    assert job.config == config(*DIGITS, "lr=0.3")
    assert job.folder.parent == Path("outputs/single")


def test_a_job_s_folder_may_be_named_for_what_it_runs():
    command = Command.parse([*DIGITS, "hydra.run.dir='out/${name}-${seed}/${hw3.job_folder:}'"])
    (job,) = command.jobs
    assert job.folder == Path("out/single-0", job.config.job_name)
    (other,) = command.with_configs([config(*DIGITS, "seed=7")]).jobs
    assert other.folder == Path("out/single-7", other.config.job_name)


def test_a_folder_that_cannot_be_named_is_one_line():
    with pytest.raises(ConfigError, match="Interpolation key 'nope' not found") as error:
        _ = Command.parse([*DIGITS, "hydra.run.dir='out/${nope}'"]).jobs
    assert len(str(error.value).splitlines()) == 1


def test_the_time_in_a_folder_s_name_stays():
    command = sweep("seed=0,1")
    assert command.folder == command.folder
    assert {job.folder.parent for job in command.jobs} == {command.folder}


def test_the_order_is_that_of_hydra_s_basic_sweeper():
    found = [(c.act.name, c.lr.initial) for c in sweep("act=tanh,relu", "lr=0.2,0.1").configs]
    assert found == [("tanh", 0.2), ("tanh", 0.1), ("relu", 0.2), ("relu", 0.1)]


def test_a_key_that_all_points_have_need_not_be_the_master_s():
    command = sweep("optimizer=momentum,nesterov", "optimizer.momentum=0.8")
    assert [c.optimizer.name for c in command.configs] == ["momentum", "nesterov"]
    assert {c.optimizer.momentum for c in command.configs} == {0.8}


def test_a_key_that_one_point_lacks_is_unknown():
    with pytest.raises(ConfigError, match=r"unknown key 'optimizer.momentum'"):
        sweep("optimizer=momentum,adam", "optimizer.momentum=0.8")


def test_crosses_are_run_side_by_side_and_each_job_once():
    crosses = "crosses=[[['optimizer=sgd lr=1','optimizer=adam lr=0.01']],[['lr=1 optimizer=sgd']]]"
    found = [(c.optimizer.name, c.lr.initial, c.seed) for c in sweep(crosses, "seed=0,1").configs]
    assert found == [("sgd", 1, 0), ("sgd", 1, 1), ("adam", 0.01, 0), ("adam", 0.01, 1)]


def test_an_environment_variable_may_say_how_many_workers(monkeypatch):
    monkeypatch.setenv("N_JOBS", "2")
    monkeypatch.setattr("hw3.launch.engine.usable_cores", lambda: 4)
    given = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=${oc.env:N_JOBS}"]
    assert sweep("seed=0,1", *given).engine == Joblib(2)


def test_an_experiment_says_that_it_is_a_sweep_and_how_it_runs(monkeypatch):
    monkeypatch.setattr("hw3.launch.engine.usable_cores", lambda: 4)
    command = Command.parse(["experiment=mnist_sweep", "epochs=3"])
    assert command.is_sweep
    assert command.folder == Path("outputs/mnist_sweep")
    assert command.engine == Joblib(-1)
    assert command.engine.n_workers == 4
    assert command.overrides == ("experiment=mnist_sweep", "epochs=3")
    assert len(command.jobs) == 6


def test_an_environment_variable_may_stand_in_crosses_and_params(monkeypatch):
    monkeypatch.setenv("RATE", "0.3")
    monkeypatch.setenv("SEEDS", "4,5")
    params = "++hydra.sweeper.params.seed='${oc.env:SEEDS}'"
    command = sweep(
        "crosses=[[['lr=${oc.env:RATE}','epochs=7 lr.initial=${oc.env:RATE}']]]", params
    )
    assert [(c.lr.initial, c.seed) for c in command.configs] == [(0.3, 4), (0.3, 5)] * 2


def test_short_forms_hold_in_a_sweeper_s_params_too():
    command = sweep("++hydra.sweeper.params.lr='0.1,0.2'")
    assert [c.lr.initial for c in command.configs] == [0.1, 0.2]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("hydra.job.chdir=true", "hydra.job.chdir is ours and cannot be given"),
        ("hydra.output_subdir=x", "hydra.output_subdir is ours"),
        ("hydra.sweep.subdir=x", "hydra.sweep.subdir is ours"),
        ("++hydra.callbacks.x=1", "hydra.callbacks.x is ours"),
        ("hydra/job_logging=nope", "hydra/job_logging must be one of"),
        ("hydra/job_logging=default", "hydra/job_logging is ours"),
        ("hydra.run={dir: x}", "hydra.run is ours"),
        ("hydra/sweeper=ax", "hydra/sweeper must be one of basic, optuna; got 'ax'"),
        ("hydra.sweeper.max_batch_size=2", "unknown key 'hydra.sweeper.max_batch_size'; allowed"),
        ("hydra/launcher=dask", "hydra/launcher must be one of basic, joblib, ray, stack"),
        ("hydra.launcher.n_jobs=2", "unknown key 'hydra.launcher.n_jobs'; allowed here: no key"),
        ("hydra.mode=x", "Error merging override hydra.mode=x: Invalid value 'x', expected one of"),
        ("hydra.run.dir=a,b", "names several values: give one"),
        ("instead_of=mnist", "it records that offline_dataset replaced"),
        ("optimizer.default_lr=1", "set the rate with lr=<number>"),
    ],
)
def test_keys_that_would_have_no_effect_are_refused(argument, message):
    for is_multirun in (False, True):
        with pytest.raises(ConfigError) as error:
            Command.parse([*DIGITS, argument], is_multirun=is_multirun)
        assert message in str(error.value)
        assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "argument",
    [
        *("hydra.run.dir=x", "hydra.sweep.dir=x", "hydra/launcher=joblib", "hydra/sweeper=basic"),
        "hydra.verbose=true",
    ],
)
def test_hydra_s_keys_that_have_an_effect_are_taken(argument):
    assert Command.parse([*DIGITS, argument]).configs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seed=0,0"], "the sweep names the same run twice: relu-lr0.1-s0-"),
        (["seed=range(0,0)"], "the sweep names no job: one of its ranges is empty"),
        (["seed=interval(0,1)"], "names no single values"),
        (["task=final", "sweep=x"], "choosing on the test split"),
        (["task=confusion"], "choosing on the test split"),
        (["hydra/launcher=joblib", "hydra.launcher.n_jobs=0"], "must be a whole number of workers"),
        (["hydra.launcher=null"], "hydra.launcher must be a group of keys, got None"),
    ],
)
def test_sweeps_that_cannot_be(arguments, message):
    with pytest.raises(ConfigError) as error:
        sweep(*arguments)
    assert message in str(error.value)


def search(*arguments):
    return sweep("hydra/sweeper=optuna", *arguments)


def test_a_search_is_checked_at_the_ends_of_its_space():
    command = search("lr=tag(log, interval(0.001, 1))", "act=relu,tanh", "seed=3")
    assert command.search.keys.n_trials == 20
    found = [(c.act.name, c.lr.initial, c.seed) for c in command.configs]
    assert found == [("relu", 0.001, 3), ("relu", 1.0, 3), ("tanh", 0.001, 3)]
    assert command.search.space.point({"lr.initial": "0.5", "act": "tanh"})[2:] == [
        "hydra/sweeper=optuna",
        "lr.initial=0.5",
        "act=tanh",
        "seed=3",
    ]


def test_a_search_may_stand_in_an_experiment_of_one_s_own(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(
        "# @package _global_\n"
        "defaults:\n  - override /dataset: digits\n  - override /hydra/sweeper: optuna\n"
        "hydra:\n  mode: MULTIRUN\n"
        "  sweeper:\n    n_trials: 5\n    params:\n      lr: tag(log, interval(0.001, 1))\n"
    )
    command = Command.parse([f"hydra.searchpath=[{tmp_path}]", "experiment=mine"])
    assert command.search.keys.n_trials == 5
    assert [c.lr.initial for c in command.configs] == [0.001, 1.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lr=0.1"], "has nothing to search; give a key several values or an interval"),
        (["act=relu,tanh"], "n_trials=20 are more than the 2 that differ; use 2, or hydra/sweeper"),
        (["seed=0,1"], "seed=0,1 cannot be searched"),
        (["dataset.val=0.1,0.2"], "dataset.val=0.1,0.2 cannot be searched"),
        (["record.figures=true,false"], "record.figures=true,false cannot be searched"),
        (["lr=interval(1,0.1)"], "lr.initial=interval(1,0.1) must have two finite ends"),
        (["lr=interval(0.1,inf)"], "must have two finite ends, the lower first"),
        (["lr=tag(log, interval(0,1))"], "on a log scale the lower end must be above 0, got 0"),
        (["lr=tag(log, range(1,5))"], "the tag log is for an interval"),
        (["lr=tag(steep, interval(0.1,1))"], "the tag steep means nothing in a search"),
        (["lr=shuffle(0.1,1)"], "shuffle means nothing in a search"),
        (["lr=interval(-1,1)"], "lr.initial must be a number > 0, got -1.0"),
        (["lr=0.1,0.10", "hydra.sweeper.n_trials=2"], "names the same run twice"),
        (["lr=range(1,1)"], "names no value"),
        (["lr=0.1,1", "task=weights"], "searches with task=train, got task=weights"),
        (["lr=0.1,1", "task=final", "sweep=x"], "choosing on the test split"),
        (["lr=0.1,1", "dataset.val=0"], "ranks trials on validation rows, and dataset.val=0"),
        (["lr=0.1,1", "crosses=[[['epochs=1','epochs=2']]]"], "crosses name jobs one by one"),
        (["lr=0.1,1", "hydra.sweeper.n_trials=0"], "n_trials must be a whole number >= 1, got 0"),
        (["lr=0.1,1", "hydra.sweeper.prune=3"], "hydra.sweeper.prune must be true or false"),
        (["lr=0.1,1", "++hydra.sweeper.sampler=tpe"], "unknown key 'hydra.sweeper.sampler'"),
        (["optimizer=sgd,momentum", "optimizer.momentum=interval(0,0.9)"], "unknown key"),
    ],
)
def test_what_cannot_be_searched_is_one_line(arguments, message):
    with pytest.raises(ConfigError) as error:
        search(*arguments)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_search_needs_a_multirun_and_its_one_job_can_be_shown():
    with pytest.raises(ConfigError, match=r"hydra/sweeper=optuna runs several trials: add -m"):
        Command.parse([*DIGITS, "hydra/sweeper=optuna"])
    assert Command.parse([*DIGITS, "hydra/sweeper=optuna"], is_shown=True).search is None


@pytest.mark.parametrize("task", ["confusion", "final"])
def test_data_without_a_test_split_are_refused_before_any_work(task):
    with pytest.raises(ConfigError, match="dataset=human_machine has no test split"):
        Command.parse([f"task={task}", "sweep=x", "dataset=human_machine"])


def test_too_many_threads_are_refused_before_any_work(monkeypatch):
    monkeypatch.setattr("hw3.launch.engine.usable_cores", lambda: 2)
    with pytest.raises(
        ConfigError, match="threads=2 in each of 2 workers is more than the 2 cores"
    ):
        sweep("threads=1,2", "hydra/launcher=joblib")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (
            "seed=0,1",
            "seed=0,1 names several values: give one, or add -m to python -m hw3.run (in Python: "
            "hw3.sweep)",
        ),
        ("crosses=[[['seed=1']]]", "crosses are the jobs of a multirun: add -m"),
    ],
)
def test_several_jobs_need_a_sweep(argument, message):
    with pytest.raises(ConfigError) as error:
        Command.parse([*DIGITS, argument])
    assert str(error.value) == message


def test_other_configs_are_checked_like_given_ones():
    command = sweep("seed=0,1")
    with pytest.raises(ConfigError, match="the same run twice"):
        command.with_configs([command.configs[0]] * 2)


def test_a_long_list_of_points_is_not_in_the_record_of_each():
    net = f"model.hidden_sizes={[8] * 100}".replace(" ", "")
    levels = ",".join(f"'seed={seed} {net}'" for seed in range(80))
    assert len(levels) > 15_000
    command = sweep(f"crosses=[[[{levels}]]]")
    assert len(command.jobs) == 80
    assert {config.crosses for config in command.configs} == {()}
    assert len(config_text(command.configs[0].tree)) < 2_000


def test_a_config_that_no_record_holds_is_refused():
    for arguments in ([f"model.hidden_sizes={[2] * 3000}"], [f"data_dir={'x' * 20_000}"]):
        with pytest.raises(ConfigError, match="characters long, and a record holds 15,000"):
            Command.parse([*DIGITS, *arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["seed=range(0,200)", "lr=range(1,200)"],
            "the sweep names 39,800 jobs; one command takes",
        ),
        ([f"crosses=[{[['seed=1,2'] * 200] * 3}]"], "crosses name 8,000,000 combinations"),
        (['crosses=[[["it\'s"]]]'], 'a level that cannot be read (No closing quotation): "it\'s"'),
        (["crosses=[[['a']]]"], "'a' is not an override"),
        (["crosses=[[a]],[[b]]"], "crosses names several values: give one list"),
    ],
)
def test_points_are_counted_and_read_before_they_are_built(arguments, message):
    with pytest.raises(ConfigError) as error:
        sweep(*arguments)
    assert message in str(error.value)


@pytest.mark.parametrize("value", ["nan", "3", "{a: 1}", "null"])
def test_verbose_is_what_hydra_can_use(value):
    with pytest.raises(
        ConfigError, match=r"hydra\.verbose must be true, false or names of loggers"
    ):
        Command.parse([*DIGITS, f"hydra.verbose={value}"])


@pytest.mark.parametrize("key", ["hydra/launcher", "hydra/job_logging", "hydra.run.dir", "hydra"])
def test_what_is_hydra_s_cannot_be_deleted(key):
    with pytest.raises(ConfigError, match=r"is missing: a run needs|is ours and cannot be given"):
        Command.parse([*DIGITS, f"~{key}"])


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("loop", "Too many levels of symbolic links"),
        ("loop/x", "Too many levels of symbolic links"),
        ("file", "there is something else of this name"),
        ("file/x", "Not a directory"),
        ("dangling", "it is a link to what is not there"),
        (f"a/{'x' * 300}", "File name too long"),
        ("a/" * 3000, "File name too long"),
        ("\udcff", "its name is no UTF-8 text"),
        ("~nosuchuser/x", "the home folder in '~nosuchuser/x' is not known"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_any_work(folder, reason):
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nothing")
    Path("file").touch()
    before = sorted(Path().rglob("*"))
    for key in ("run", "sweep"):
        command = Command.parse([*DIGITS, f"hydra.{key}.dir={folder}"], is_multirun=key == "sweep")
        with pytest.raises(ConfigError) as error:
            _ = command.jobs
        assert reason in str(error.value)
        assert len(str(error.value)) < 300
    assert sorted(Path().rglob("*")) == before


def test_a_folder_may_be_in_one_s_home(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert Command.parse([*DIGITS, "hydra.run.dir=~/x"]).folder == Path("/somewhere/x")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["dataset=digits"], "the same command with hydra.run.dir=outputs/single/2"),
        (["experiment=mnist_sweep"], "the same command continues"),
        (["dataset=digits", "hydra.run.dir=out"], "the same command continues"),
        (
            ["dataset=digits", "hydra.run.dir='a, ${now:%Y}'"],
            """the same command with 'hydra.run.dir="a, 2""",
        ),
    ],
)
def test_an_interrupted_command_goes_on_in_its_folder(arguments, hint):
    assert Command.parse(arguments).way_on.startswith(hint)


def test_an_interrupted_multirun_goes_on_in_its_folder():
    command = Command.parse(["dataset=digits", "seed=0,1"], is_multirun=True)
    assert (
        command.way_on
        == f"the same command with hydra.sweep.dir={command.folder} at its end continues"
    )
    assert [job.overrides for job in command.jobs] == [
        ("dataset=digits", "seed=0"),
        ("dataset=digits", "seed=1"),
    ]
