"""What is refused and in which words."""

import pytest

from hw3.core.errors import ConfigError
from tests.builders import config


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
            "act must be one of elu, gelu, leaky_relu, relu, sigmoid, silu, tanh; got 'rleu'; did",
        ),
        ("lr.warmup=50", "lr.warmup must be less than epochs (50), or the schedule never begins"),
        ("lr.warmup=0.5", "lr.warmup must be a whole number >= 0, got 0.5"),
        (
            "lr.warmup=10 lr.after=[20,40]",
            "lr.after[1] must be less than epochs after the warm-up (40), or the rate is never",
        ),
        ("clip_norm=0", "clip_norm must be a number > 0 or null, got 0"),
        ("act=elu act.alpha=0", "act.alpha must be a number > 0, got 0"),
        ("act=1", "act must be one of elu, gelu, leaky_relu, relu, sigmoid, silu, tanh; got '1'"),
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
            "dataset.val must be a whole number >= 0 or a number in (0, 1) or text or a list, got "
            "1.5",
        ),
        ("dataset.subset=60001", "dataset.subset must be in [1, 60000], got 60001"),
        ("dataset.split=contributor", "dataset.split=contributor needs dataset=human_machine"),
        ("dataset=human_machine dataset.split=last", "would hold out one class only"),
        ("dataset.val=1e-9", "dataset.val=1e-09 holds out no row"),
        ("dataset=human_machine dataset.split=contributor dataset.val=10", "holds out no row"),
        ("offline_dataset=fashion_mnist", "offline_dataset must be one of digits"),
        ("name=../evil", "name must be words of letters"),
        ("dataset.split=middle", "dataset.split must be one of contributor, group, last, random"),
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
