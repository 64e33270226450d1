"""Records of runs that were what they claim to be, each come about in another way."""

from pathlib import Path

import pytest

from hw3 import run as door
from hw3.backends.numpy_backend import NumpyStack
from hw3.backends.torch_stack import TorchStack
from hw3.launch.job import Job, run_job, run_together
from hw3.tasks import train
from tests.forged import KINDS, SMALL, N, small, trained


def command(folder, *overrides):
    """Run it by the command line."""
    place = f"hydra.{'sweep' if '-m' in overrides else 'run'}.dir={folder}"
    arguments = ["-m"] * ("-m" in overrides) + [a for a in overrides if a != "-m"]
    assert door.main([*arguments, place]) == 0


def killed(folder, epoch, *overrides):
    """Run it, killed during an epoch, and continue."""
    config, done = small(*overrides), []
    with pytest.MonkeyPatch.context() as patch:
        for kind in (NumpyStack, TorchStack):

            def train_epoch(self, *args, real=kind.train_epoch, **keywords):
                done.append(1)
                if len(done) == epoch:
                    raise KeyboardInterrupt
                real(self, *args, **keywords)

            patch.setattr(kind, "train_epoch", train_epoch)
        with pytest.raises(KeyboardInterrupt):
            run_job(config, Path(folder))
    assert run_job(config, Path(folder)).status == "completed"


def stack(folder):
    """Four unlike jobs that trained as one."""
    stopped = ("early_stopping.patience=1",)
    own = (("seed=1",), ("act=tanh",), ("lr.initial=0.05", "epochs=9"), stopped)
    Path(folder).mkdir()
    run_together([Job(small(*each), Path(folder, str(i))) for i, each in enumerate(own)])


def final(folder):
    """A sweep on the digits, whose test split may be opened, and the final run that it leads to."""
    short = [o for o in SMALL if o != f"epochs={N}"]
    command(f"{folder}/sweep", "-m", "dataset=digits", *short, "epochs=4", "lr=0.05,0.2", "name=s")
    command(f"{folder}/last", "task=final", "name=last", f"sweep={folder}/sweep", "record.keep=all")


def based(folder):
    """A run that started from the config of another."""
    trained(f"{folder}/first", *KINDS[1])
    command(f"{folder}/second", f"from={folder}/first", "seed=4", "dataset.split=random")


def stopped(folder, *overrides):
    trained(folder, "early_stopping.patience=2", "lr=constant", "lr.initial=0.5", *overrides)


def pruned(folder):
    """A trial that fell behind others after its fourth epoch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "limit_of", lambda *_: lambda h: 0.1 if len(h) == 4 else None)
        assert run_job(small(), Path(folder)).status == "pruned"


HONEST = {
    "plain": trained,
    "adam": lambda folder: trained(folder, *KINDS[1]),
    "dropout": lambda folder: trained(folder, *KINDS[2]),
    "torch": lambda folder: trained(folder, *KINDS[3]),
    "killed early": lambda folder: killed(folder, 2),
    "killed, adam": lambda folder: killed(folder, 7, *KINDS[1]),
    "killed, dropout": lambda folder: killed(folder, 12, *KINDS[2]),
    "killed, torch": lambda folder: killed(folder, 5, *KINDS[3]),
    "from a stack": stack,
    "early stopping": stopped,
    "early stopping, torch": lambda folder: stopped(folder, "model=torch_mlp"),
    "final": final,
    "from another": based,
    "kept now and then": lambda folder: trained(folder, "record.keep=every 4"),
    "kept last": lambda folder: trained(folder, "record.keep=last"),
    "pruned": pruned,
    "float64": lambda folder: trained(folder, "dtype=float64", "optimizer=rmsprop"),
}
