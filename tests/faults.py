"""A call that fails: what the tests of faults and scripts/soak share."""

from pathlib import Path

from hw3.records.run import load_run


class Killed(BaseException):
    """Stands for the process that ends there."""


class Injector:
    """Lets the n-th call of a function fail."""

    def __init__(self, monkeypatch, owner, name, n, error):
        self.calls, self.n, self.error, self.original = 0, n, error, getattr(owner, name)
        injector = self

        def failing(*args, **kwargs):
            injector.calls += 1
            if injector.calls == injector.n:
                raise injector.error
            return injector.original(*args, **kwargs)

        monkeypatch.setattr(owner, name, failing)


def state(folder):
    """What two runs of one config must share."""
    run = load_run(folder)
    rows = [(e.epoch, e.train, e.val) for e in run.epochs.epochs]
    return run.status, run.weights_sha256, rows, {p.name for p in Path(folder).iterdir()}
