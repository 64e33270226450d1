"""What composes, what is refused and in which words."""

from pathlib import Path

import pytest

from hw3.backends import BACKENDS
from hw3.config import compose as composition
from hw3.config.compose import compose_config, conf_dir, hydra_session, normalize_overrides
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError
from hw3.datasets.sources import SOURCES
from hw3.homework import JOINS
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.schedules import SCHEDULES
from hw3.run import check_all

CONF = Path(conf_dir())


def stems(group):
    return {path.stem for path in (CONF / group).glob("*.yaml")}


def config(*overrides) -> Config:
    return parse(compose_config(overrides))


@pytest.mark.parametrize(
    ("group", "registry"),
    [("act", ACTIVATIONS), ("optimizer", OPTIMIZERS), ("lr", SCHEDULES), ("dataset", SOURCES)],
)
def test_yaml_names_are_the_registry_s_keys(group, registry):
    assert stems(group) == set(registry)
    for name in registry:
        assert config(f"{group}={name}").tree[group]["name"] == name


def test_every_backend_has_a_model():
    assert {config(f"model={m}").model.backend for m in stems("model")} == set(BACKENDS)


@pytest.mark.parametrize("name", sorted(stems("experiment")))
def test_every_point_of_every_experiment_composes(name):
    with hydra_session() as hydra:
        overrides = [f"experiment={name}"]
        configs = check_all(hydra, overrides, composition.is_multirun(hydra, overrides))
    assert {c.name for c in configs} == {JOINS.get(name, name)}
    assert all(c.offline_dataset is None for c in configs)
    assert len({c.job_name for c in configs}) == len(configs)
    first_lines = (CONF / "experiment" / f"{name}.yaml").read_text().splitlines()[:2]
    assert f"# python -m hw3.run experiment={name}" in first_lines


@pytest.mark.parametrize("name", sorted(stems("regularizer")))
def test_regularizers_do_what_their_names_say(name):
    r = config(f"regularizer={name}").regularizer
    assert (r.l1 > 0, r.l2 > 0, r.dropout > 0) == (
        name == "l1",
        name in ("l2", "dropout_l2"),
        "dropout" in name,
    )
    assert r.convention == "full"


def test_defaults_are_the_assignment_s():
    c = config()
    assert (c.epochs, c.batch_size, c.seed, c.dtype, c.device) == (50, 100, 0, "float32", "auto")
    assert (c.dataset.name, c.dataset.n_train, c.data_dir) == ("mnist", 50_000, "data")
    assert [c.lr.rate(e, 50) for e in (19, 20, 39, 40)] == [0.1, 0.05, 0.05, 0.025]


def test_short_forms():
    c = config("lr=0.3", "act=tanh", "model.hidden_sizes=[512,256]")
    assert (c.lr.initial, c.tree["act"]["name"], c.model.hidden_sizes) == (0.3, "tanh", (512, 256))
    c = config("lr=cosine", "lr=0.3")
    assert (c.tree["lr"]["name"], c.lr.initial) == ("cosine", 0.3)
    assert config("model.hidden_sizes=[]").model.hidden_sizes == ()
    assert config("lr.after=[20,40]").lr.after == (20, 40)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("lr=0.1", "lr.initial=0.1"),
        ("lr=1", "lr.initial=1"),
        ("lr=1e-3", "lr.initial=1e-3"),
        ("lr=0.01,0.1,0.5", "lr.initial=0.01,0.1,0.5"),
        ("lr=choice(0.1,0.2)", "lr.initial=choice(0.1,0.2)"),
        ("lr=range(1,3)", "lr.initial=range(1,3)"),
        ("lr=cosine", "lr=cosine"),
        ("lr=cosine,constant", "lr=cosine,constant"),
        ("lr.initial=0.1", "lr.initial=0.1"),
        ("act=relu,tanh", "act=relu,tanh"),
    ],
)
def test_normalize_overrides(given, normal):
    assert normalize_overrides([given]) == [normal]


def test_the_optimizer_states_its_rate():
    assert config("optimizer=adam").lr.initial == 0.001
    assert config("optimizer=adam", "lr=0.01").lr.initial == 0.01
    assert config("optimizer=adam", "lr=cosine").lr.initial == 0.001


def test_initialisation_follows_the_activation():
    inits = {name: config(f"act={name}").init for name in ACTIVATIONS}
    assert inits == {
        "relu": "he_normal",
        "leaky_relu": "he_normal",
        "tanh": "glorot_normal",
        "sigmoid": "glorot_normal",
    }
    assert config("model.init=lecun_normal").init == "lecun_normal"


def test_data_dir_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("HW3_DATA_DIR", "/somewhere")
    assert config().data_dir == "/somewhere"
    monkeypatch.setenv("HW3_DATA_DIR", "~/x")
    assert config().data_path == Path.home() / "x"


def test_the_hash_is_of_what_is_computed():
    base = config()
    assert config().hash == base.hash
    assert config("data_dir=/elsewhere").hash == base.hash
    assert config("record.figures=false", "crosses=[[[a]]]").hash == base.hash
    for change in ("lr=0.2", "seed=1", "act=tanh", "regularizer.l2=1e-5", "dataset.val=5000"):
        assert config(change).hash != base.hash
    assert base.job_name == f"relu-lr0.1-s0-{base.hash[:8]}"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ("batch_size=123", "batch_size must divide n_train (50000), got 123; nearest: 100, 125"),
        ("batch_size=999", "batch_size must divide n_train (50000), got 999; nearest: 625, 1000"),
        ("batch_size=49", "batch_size must be in [50, 1000] for dataset=mnist, got 49"),
        ("batch_size=1001", "batch_size must be in [50, 1000] for dataset=mnist, got 1001"),
        ("dataset=digits batch_size=1201", "batch_size must be in [1, 1200]"),
        ("dataset=digits dataset.val=1400", "batch_size must be at most n_train (97), got 100"),
        (
            "act=rleu",
            "act must be one of leaky_relu, relu, sigmoid, tanh; got 'rleu'; did you mean",
        ),
        ("act=1", "act must be one of leaky_relu, relu, sigmoid, tanh; got '1'"),
        ("act=[relu,tanh]", "act must be one of"),
        ("lr=true", "lr must be one of constant, cosine, halve_twice, step; got 'True'"),
        ("model=numpy", "model must be one of numpy_mlp, torch_mlp; got 'numpy'; did you mean"),
        ("experiment=none", "experiment must be one of"),
        ("batchsize=10", "unknown key 'batchsize'"),
        ("+typo=1", "unknown key 'typo'"),
        ("act.slope_at_zer=1", "did you mean 'slope_at_zero'?"),
        ("+act.typo=1", "unknown key 'act.typo'"),
        ("act=tanh +act.slope_at_zero=1", "unknown key 'act.slope_at_zero'; allowed here: no key"),
        ("act.slope_at_zero=1.1", "act.slope_at_zero must be a number in [0, 1], got 1.1"),
        ("lr=0", "lr.initial must be a number > 0, got 0"),
        ("lr=-0.1", "lr.initial must be a number > 0, got -0.1"),
        ("lr=nan", "lr.initial must be a number > 0, got nan"),
        ("lr=inf", "lr.initial must be a number > 0, got inf"),
        ("lr.initial=fast", "lr.initial must be a number > 0, got 'fast'"),
        ("lr=0.1,cosine", "numbers set lr.initial and names choose a schedule"),
        ("regularizer.dropout=1", "regularizer.dropout must be a number in [0, 1), got 1"),
        ("regularizer.l2=-1", "regularizer.l2 must be a number >= 0, got -1"),
        ("regularizer.convention=both", "regularizer.convention must be one of full, half"),
        ("regularizer=dropout model.hidden_sizes=[]", "model.hidden_sizes=[] has none"),
        ("lr.after=[20,50]", "lr.after[1] must be less than epochs (50)"),
        ("lr.after=[40,20]", "lr.after must rise, got [40, 20]"),
        ("lr.after=[20]", "lr.after must have 2 entries"),
        ("lr.after=[0,20]", "lr.after[0] must be a whole number >= 1 or a number in (0, 1), got 0"),
        ("optimizer=adam optimizer.beta1=1", "optimizer.beta1 must be a number in [0, 1), got 1"),
        ("model.init=zeros", "model.init=zeros is refused"),
        ("model.init=xavier", "model.init must be one of"),
        ("model.hidden_sizes=256", "model.hidden_sizes must be a list such as [256,128], got 256"),
        ("model.hidden_sizes=[2.5]", "model.hidden_sizes[0] must be a whole number >= 1, got 2.5"),
        ("model.hidden_sizes=[true]", "must be a whole number >= 1, got True"),
        ("epochs=0", "epochs must be a whole number >= 1, got 0"),
        ("seed=-1", "seed must be a whole number >= 0, got -1"),
        ("dtype=float16", "dtype must be one of float32, float64"),
        ("device=gpu", "device must be one of auto, cpu, cuda; got 'gpu'"),
        ("device=cuda", "device must be auto or cpu with model.backend=numpy, got 'cuda'"),
        ("task=trian", "task must be one of"),
        ("offline_dataset=x", "offline_dataset must be one of"),
        ("dataset.val=60000", "dataset.val must leave rows to train on: less than 60000"),
        (
            "dataset.val=1.5",
            "dataset.val must be a whole number >= 0 or a number in (0, 1), got 1.5",
        ),
        ("dataset.subset=60001", "dataset.subset must be in [1, 60000], got 60001"),
        ("dataset.split=contributor", "dataset.split=contributor needs dataset=human_machine"),
        ("dataset=human_machine dataset.split=last", "would hold out one class only"),
        ("dataset.val=1e-9", "dataset.val=1e-09 holds out no row"),
        ("dataset=human_machine dataset.split=contributor dataset.val=10", "holds out no row"),
        ("offline_dataset=fashion_mnist", "offline_dataset must be one of digits"),
        ("name=../evil", "name must be words of letters"),
        ("dataset.split=middle", "dataset.split must be one of contributor, last, random"),
        ("lr", "'lr' is not an override; write key=value"),
        ("lr=[1", "'lr=[1' is not an override"),
        ("~epochs", "epochs is missing"),
        ("seed=${nope}", "nope"),
        ("seed=???", "seed"),
        ("act=null", "act must be one of"),
    ],
)
def test_refused_in_one_line(overrides, message):
    with pytest.raises(ConfigError) as error:
        config(*overrides.split())
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_nothing_reads_data_before_the_checks(fake_data, monkeypatch):
    monkeypatch.setattr("hw3.datasets.hdf5.opened", None)
    config(f"data_dir={fake_data}")
    with pytest.raises(ConfigError):
        config(f"data_dir={fake_data}", "batch_size=123")
