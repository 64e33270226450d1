"""Plugins: named by a person, imported once, part of every road that a built-in name takes."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hw3 import compare, evaluate, gradcheck, parity, predict, sweep
from hw3 import run as door
from hw3.config.compose import compose_config
from hw3.config.schema import parse
from hw3.core.errors import ConfigError, RunDirError
from hw3.nn.activations import ACTIVATIONS
from hw3.records.run import load_run
from hw3.report.__main__ import main as report_door
from tests.builders import QUICK, refused
from tests.plugged import forgetting, write

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def clean():
    with forgetting():
        yield


@pytest.fixture
def bent():
    return write()


def run(*arguments):
    assert door.main([*QUICK, *arguments]) == 0


def statuses(folder):
    return {json.loads(path.read_text())["status"] for path in Path(folder).glob("*/metrics.json")}


def test_the_page_s_example_works_as_written(capfd):
    (code,) = re.findall(r"<!-- my_mish.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    (commands,) = re.findall(r"<!-- commands -->\n```bash\n(.*?)```", PAGE, re.DOTALL)
    Path("my_mish.py").write_text(code)
    assert sum(map(bool, code.splitlines())) <= 15
    for line in commands.splitlines():
        subprocess.run([sys.executable, *shlex.split(line)[1:]], check=True)
    out = capfd.readouterr().out
    assert "PASS: at worst" in out
    assert "W1 of torch" in out
    assert "hw3: completed" in out


def test_no_yaml_is_needed_and_defaults_are_keys(bent):
    config = parse(compose_config([bent, "act=bent", "optimizer=signed", "lr=falling"]))
    assert config.act.bend == 1.0
    assert config.lr.initial == 0.002  # the optimizer's default
    assert config.tree["act"] == {"name": "bent", "bend": 1.0}
    assert config.plugins == ("bent_plugin",)
    set_ = parse(compose_config([bent, "act=bent", "act.bend=0.5", "lr=falling", "lr.warmup=2"]))
    assert (set_.act.bend, set_.lr.warmup, set_.lr.power) == (0.5, 2, 2.0)
    assert set_.lr.applied(0, 50) == pytest.approx(set_.lr.initial / 3)


def test_another_run_starts_from_one_whose_plugin_is_named_again(bent):
    run(bent, "act=bent", "hydra.run.dir=out")
    run(bent, "from=out", "lr.initial=0.2", "hydra.run.dir=other")
    assert "name: bent" in Path("other/config.yaml").read_text()


def test_a_yaml_of_one_s_own_wins(bent):
    Path("mine/act").mkdir(parents=True)
    Path("mine/act/bent.yaml").write_text("name: bent\nbend: 0.25\n")
    tree = compose_config([bent, "hydra.searchpath=[mine]", "act=bent"])
    assert tree["act"]["bend"] == 0.25


@pytest.mark.parametrize("engine", ["joblib", "stack", "submitit_local"])
def test_jobs_in_workers_know_the_plugin(bent, engine):
    given = ["act=bent,relu", "seed=0,1", f"hydra/launcher={engine}", "hydra.sweep.dir=out"]
    run(bent, "-m", *given, "optimizer=signed", "model.hidden_sizes=[4]")
    assert statuses("out") == {"completed"}
    assert len(list(Path("out").glob("*/metrics.json"))) == 4


@pytest.mark.parametrize("model", ["numpy_mlp", "torch_mlp"])
def test_a_plugin_s_networks_train_as_one_on_both_backends(bent, model):
    run(bent, "-m", "act=bent,tanh", "seed=0,1", f"model={model}", "hydra.sweep.dir=out")
    assert statuses("out") == {"completed"}


def test_records_are_summarised_compared_and_measured(bent, capsys):
    run(bent, "-m", "act=bent,relu", "seed=0,1", "hydra.sweep.dir=out")
    folders = [str(path.parent) for path in Path("out").glob("bent*/metrics.json")]
    assert sweep.main(["out", bent]) == 0
    assert compare.main(["out", bent, "figure=curves.png"]) == 0
    out = capsys.readouterr().out
    assert "bent" in out
    assert "bend" not in out  # the default of what the name stands for
    assert evaluate.main([f"weights={folders[0]}", bent]) == 0
    assert "correct out of" in capsys.readouterr().out


def test_without_its_plugin_a_record_says_the_way_out_and_imports_nothing(bent, capsys):
    with forgetting():
        run(bent, "-m", "act=bent,relu", "hydra.sweep.dir=outputs/mnist_sweep")
    assert "bent" not in ACTIVATIONS
    (folder,) = Path("outputs/mnist_sweep").glob("bent*")
    way_out = "give plugins=[bent_plugin] or import the module first"
    with pytest.raises(RunDirError, match=re.escape(way_out)):
        _ = load_run(folder).config
    err = refused(capsys, evaluate.main, f"weights={folder}")
    assert "got 'bent'" in err
    assert "or import the module first" in err
    assert way_out in refused(capsys, sweep.main, "outputs/mnist_sweep")
    assert report_door([]) == 1
    assert way_out in capsys.readouterr().out
    assert "bent_plugin" not in sys.modules
    assert report_door([bent]) == 1  # it is not the assignment's, and can be read
    assert way_out not in capsys.readouterr().out
    assert load_run(folder).config.act.bend == 1.0


def test_another_run_starts_from_a_record_whose_plugin_is_named(bent, capsys):
    with forgetting():
        run(bent, "act=bent", "optimizer=signed", "lr=falling", "lr.power=3", "hydra.run.dir=out")
    err = refused(capsys, door.main, "from=out", "hydra.run.dir=next")
    assert "give plugins=[bent_plugin]" in err
    for folder, *changed in (("next", "act.bend=0.5"), ("other", "act=relu", "seed=1")):
        run(bent, "from=out", *changed, f"hydra.run.dir={folder}")
    config = load_run(Path("next")).config
    assert (config.act.bend, config.lr.power, config.plugins) == (0.5, 3, ("bent_plugin",))
    assert load_run(Path("other")).config.optimizer.name == "signed"


def test_predict_takes_plugins(bent, fake_data, capsys):
    data = [f"data_dir={fake_data}", "dataset=human_machine", "batch_size=50"]
    with forgetting():
        assert door.main([*QUICK, bent, *data, "act=bent", "hydra.run.dir=out"]) == 0
    asked = ["weights=out", f"sequences={'01' * 10}"]
    assert "got 'bent'" in refused(capsys, predict.main, *asked)
    assert predict.main([*asked, bent]) == 0
    assert "P(human)" in capsys.readouterr().out


def test_a_run_goes_on_with_the_same_content_alone(bent, capsys):
    run(bent, "act=bent", "hydra.run.dir=out")
    facts = json.loads(Path("out/environment.json").read_text())
    assert list(facts["plugins"]) == ["bent_plugin"]
    Path("out/metrics.json").unlink()
    Path("bent_plugin.py").write_text(Path("bent_plugin.py").read_text() + "\n# changed\n")
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-m", "hw3.run", *QUICK, bent, "act=bent", "hydra.run.dir=out"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode != 0
    assert "another content of the plugin bent_plugin" in done.stderr


def test_no_yaml_file_and_no_sweep_names_code(capsys):
    write("wicked", "raise SystemExit('imported')")
    Path("mine/experiment").mkdir(parents=True)
    text = "# @package _global_\nplugins: [wicked]\n"
    Path("mine/experiment/own.yaml").write_text(text)
    err = refused(capsys, door.main, "--config-dir", "mine", "experiment=own", *QUICK)
    assert "no file may name code to import; give plugins=[...] on the command line" in err
    err = refused(capsys, door.main, "-m", *QUICK, "+hydra.sweeper.params.plugins='[wicked]'")
    assert "no file may name code" in err
    assert "wicked" not in sys.modules


def test_an_installed_plugin_needs_no_naming():
    write("installed_bent")
    info = Path("site/bent-1.0.dist-info")
    info.mkdir(parents=True)
    Path("installed_bent.py").rename("site/installed_bent.py")
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: bent\nVersion: 1.0\n")
    info.joinpath("entry_points.txt").write_text("[hw3.plugins]\nbent = installed_bent\n")
    environment = os.environ | {"PYTHONPATH": ":".join(["site", *sys.path])}
    command = [sys.executable, "-m", "hw3.run", *QUICK, "act=bent", "hydra.run.dir=out"]
    subprocess.run(command, check=True, env=environment)
    assert list(json.loads(Path("out/environment.json").read_text())["plugins"]) == [
        "installed_bent"
    ]


HEAD = "from dataclasses import dataclass\nfrom hw3.nn.activations import ACTIVATIONS\n"
FROZEN = "@dataclass(frozen=True)\nclass Mine:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no module broken in "),
        ("import nowhere_at_all", "broken.py, line 1: ModuleNotFoundError: No module named"),
        ("x = 1\ny = x / 0\n", "broken.py, line 2: ZeroDivisionError: division by zero"),
        ("x = (\n", "broken.py, line 1: SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)", "broken.py, line 1: SystemExit: 3"),
        (
            f"{HEAD}@ACTIVATIONS.register('relu')\n{FROZEN}    pass\n",
            "act=relu is registered twice, as hw3.nn.activations.ReLU and as broken.Mine",
        ),
        (
            f"{HEAD}@ACTIVATIONS.register('x')\n{FROZEN}    init = 'a'\n",
            "broken.py, line 3: act=x: broken.Mine lacks value, slope; see docs/plugins.md",
        ),
        (
            f"{HEAD}@ACTIVATIONS.register('x')\nclass Mine:\n    pass\n",
            "broken.Mine must be a frozen dataclass; write @dataclass(frozen=True) between",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_is_one_line(text, message, capsys):
    if text is not None:
        write("broken", text)
    err = refused(capsys, door.main, *QUICK, "plugins=[broken]")
    assert "plugins=[broken]" in err
    assert message in err


@pytest.mark.parametrize("given", ["mine", "null", "[a-b]", "[a,]", "[[a]]", "", "[mine.py,]"])
def test_what_is_no_list_of_modules_is_one_line(given, capsys):
    err = refused(capsys, door.main, *QUICK, f"plugins={given}")
    assert "plugins must be a list of modules such as [my_module], got " in err


def test_rules_without_a_torch_form_work_in_numpy(bent, capsys):
    text = Path("bent_plugin.py").read_text()
    Path("bent_plugin.py").write_text(
        text.replace("torch_value", "other").replace("torch_class", "o")
    )
    run(bent, "act=bent", "optimizer=signed")
    err = refused(capsys, door.main, *QUICK, bent, "act=bent", "model=torch_mlp")
    assert "act=bent has no torch_name and no torch_value" in err
    assert "model=numpy_mlp works" in err
    assert "optimizer=signed has no" in refused(capsys, parity.main, bent, "optimizer=signed")
    assert gradcheck.main(["dataset=digits", bent, "act=bent"]) == 0
    assert "torch" not in capsys.readouterr().out


def test_what_torch_lacks_of_an_optimizer_is_told_before_any_work(bent, capsys):
    text = Path("bent_plugin.py").read_text()
    Path("bent_plugin.py").write_text(text.replace("def torch_options", "def other"))
    given = [*QUICK, bent, "optimizer=signed", "model=torch_mlp", "hydra.run.dir=out"]
    err = refused(capsys, door.main, *given)
    assert "optimizer=signed has no torch_options, which model.backend=torch needs" in err
    assert not Path("out").exists()


def test_a_field_without_a_default_is_asked_for_by_its_full_key(bent, capsys):
    text = Path("bent_plugin.py").read_text()
    Path("bent_plugin.py").write_text(text.replace("bend: float = 1.0", "bend: float"))
    err = refused(capsys, door.main, *QUICK, bent, "act=bent")
    assert "act.bend has no default; give act.bend=..." in err
    assert parse(compose_config([bent, "act=bent", "act.bend=2"])).act.bend == 2


def test_a_name_that_torch_does_not_have_is_one_line(bent):
    text = Path("bent_plugin.py").read_text()
    wrong = text.replace("def torch_value", "torch_name = 'bennt'\n\n    def other")
    Path("bent_plugin.py").write_text(wrong)
    config = parse(compose_config([bent, *QUICK, "act=bent", "model=torch_mlp"]))
    from hw3.training.parity import made, trained

    with pytest.raises(ConfigError, match=r"torch_name 'bennt' is not in torch.nn.functional"):
        trained(config, "torch", made(config))


def test_an_optimizer_without_a_default_rate_says_so(bent, capsys):
    text = Path("bent_plugin.py").read_text()
    Path("bent_plugin.py").write_text(text.replace("default_lr", "other_lr"))
    err = refused(capsys, door.main, *QUICK, bent, "optimizer=signed")
    assert "optimizer=signed lacks default_lr" in err


def test_both_backends_agree_on_rules_of_one_s_own(bent, capsys):
    rules = [bent, "act=bent", "optimizer=signed", "lr=falling", "dataset=digits"]
    assert parity.main([*rules, "clip_norm=1", "model.hidden_sizes=[8]"]) == 0
    assert "PASS" in capsys.readouterr().out
    err = refused(capsys, parity.main, "dataset=digits", "model.hidden_sizes=[8]", "lr=1e30")
    assert "the loss diverges on both backends" in err
