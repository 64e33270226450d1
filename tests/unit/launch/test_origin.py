"""from=<folder>: another run's config, changed by what the command line says."""

import shutil
from pathlib import Path

import pytest
import yaml

from hw3.config.keys import Role, flatten, marks, role_of
from hw3.core.errors import ConfigError, RunDirError
from hw3.launch.command import Command
from hw3.records.config_text import config_text
from tests.builders import config

DATA = Path(__file__).parents[2] / "data"


def recorded(*overrides, folder="outputs/old", **changes):
    """A record as far as another run starts from it: config.yaml, nothing else."""
    tree = {**config("dataset=digits", *overrides).tree, **changes}
    Path(folder).mkdir(parents=True)
    Path(folder, "config.yaml").write_text(config_text(tree))
    return tree


def started(*overrides, folder="outputs/old", **flags):
    return Command.parse([f"from={folder}", *overrides], **flags)


def changes(tree, other):
    old, new = flatten(tree), flatten(other)
    return {key: new.get(key) for key in {*old, *new} if old.get(key) != new.get(key)}


def test_what_is_not_said_is_the_records_own():
    tree = recorded("act=tanh", "lr=0.3", "model.hidden_sizes=[7]", "record.figures=false")
    (same,) = started().configs
    assert same.tree == tree
    (other,) = started("lr.initial=0.2").configs
    assert changes(tree, other.tree) == {"lr.initial": 0.2}


def test_a_group_is_taken_as_a_whole_from_the_command_line():
    tree = recorded("act=relu", "act.slope_at_zero=0.5", "lr=0.3")
    (other,) = started("act=tanh").configs
    assert changes(tree, other.tree) == {"act.name": "tanh", "act.slope_at_zero": None}
    (again,) = started("act=relu").configs
    assert again.tree["act"]["slope_at_zero"] == 0.0


@pytest.mark.parametrize(("given", "rate"), [((), 0.001), (("lr=0.3",), 0.3)])
def test_a_default_rate_follows_its_optimizer_and_a_chosen_one_stays(given, rate):
    recorded("optimizer=sgd", *given)
    (other,) = started("optimizer=adam").configs
    assert other.lr.initial == rate


def test_a_sweep_goes_around_a_record():
    recorded("act=tanh", "lr=0.3")
    command = started("seed=0,1,2", "act=tanh,relu", is_multirun=True)
    assert [(c.seed, c.act.name, c.lr.initial) for c in command.configs] == [
        (seed, act, 0.3) for seed in (0, 1, 2) for act in ("tanh", "relu")
    ]
    assert command.jobs[0].overrides == ("from=outputs/old", "seed=0", "act=tanh")


def test_a_look_and_a_place_in_a_sweep_are_not_inherited():
    recorded("reason=because", "sweep=outputs/sweep", "allow_unfinished=true")
    (other,) = started().configs
    assert (other.reason, other.sweep, other.allow_unfinished) == (None, None, False)


def test_a_job_of_a_sweep_has_the_name_of_single_runs():
    recorded("name=mine", folder="outputs/mine/job")
    assert started(folder="outputs/mine/job").configs[0].name == "mine"
    Path("outputs/mine/jobs.json").touch()
    assert started(folder="outputs/mine/job").configs[0].name == "single"


def test_a_final_run_becomes_a_training():
    recorded(task="final", name="mnist_final")
    (other,) = started().configs
    assert (other.task, other.name) == ("train", "single")


def test_the_data_folder_is_the_records_if_it_is_there(fake_data):
    tree = recorded("dataset=mnist", f"data_dir={fake_data}")
    assert started().configs[0].tree == tree
    Path("outputs/old/config.yaml").write_text(config_text({**tree, "data_dir": "gone"}))
    assert started().configs[0].data_dir == "data"


def test_stand_in_data_stay_stand_in_data_unless_others_are_named():
    tree = recorded(instead_of="mnist")
    assert started().configs[0].tree == tree
    assert started("dataset=fashion_mnist").configs[0].instead_of is None


@pytest.mark.parametrize(
    "folder", ["records-1/mnist_sweep/relu-lr0.1-s0-eb75db20", "records-2/digits_sweep/*"]
)
def test_an_old_record_is_read_in_todays_form(folder):
    (path, *_) = sorted(DATA.glob(f"{folder}/config.yaml"))
    shutil.copytree(path.parent, "old")
    (other,) = started(folder="old").configs
    old, new = flatten(yaml.safe_load(path.read_text())), flatten(other.tree)
    assert {key: new[key] for key in old if key not in ("data_dir", "name")} == {
        key: value for key, value in old.items() if key not in ("data_dir", "name")
    }


def test_a_trial_of_a_study_starts_from_it_too():
    recorded("act=tanh")
    given = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=3", "lr.initial=interval(0.01,0.1)")
    command = started(*given, is_multirun=True)
    assert {c.act.name for c in command.configs} == {"tanh"}


def test_a_later_key_that_a_record_lacks_has_its_neutral_value_in_the_yaml_files():
    """Else a run from an older record would be another run."""
    today = flatten(config("dataset=digits").tree)
    neutral = {key: value for key, value in marks()[1].items() if role_of(key) is not Role.PLACE}
    assert {key: today[key] for key in neutral if key in today} == {
        key: value for key, value in neutral.items() if key in today
    }


def test_a_run_that_told_a_tracker_is_started_from_and_may_tell_another():
    recorded("tracker=tensorboard")
    assert started().configs[0].tracker.name == "none"  # a stranger's may name a server
    assert started("tracker=tensorboard").configs[0].tracker.name == "tensorboard"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["from=nowhere"], "from='nowhere' is no folder of a run"),
        (["from="], "from='' is no folder of a run"),
        (["from=outputs"], "it holds several; name one of them, as from=outputs/old"),
        (["from=a", "from=b"], "from is given twice"),
        (["from=outputs/old", "experiment=mnist_sweep"], "experiment cannot be given with from="),
        (["from=outputs/old", "instead_of=mnist"], "instead_of is ours"),
        (["dry_run=1"], "dry_run must be true or false, got '1'"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, message):
    recorded()
    with pytest.raises(ConfigError, match=r"^[^\n]*$") as error:
        Command.parse(arguments)
    assert message in str(error.value)


@pytest.mark.parametrize("edit", [{"act": 3}, {"name": "${oc.env:HOME}"}, {"strange": 1}])
def test_a_damaged_record_is_named_and_nothing_in_it_is_resolved(edit):
    recorded(**edit)
    with pytest.raises(RunDirError, match=r"config.yaml is damaged.*name another run with from="):
        started()
