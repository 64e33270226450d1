"""Where a backend computes, and with how many threads."""

import pytest
import torch

from hw3 import backends
from hw3.backends import numpy_backend
from hw3.core.errors import ConfigError
from tests.unit.backends.test_torch_backend import linear


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in ("numpy", "torch"):
        with pytest.raises(ConfigError, match="device"):
            backends.check_device(name, "cuda")


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_no_framework_is_imported_to_find_the_processor(device, monkeypatch):
    def refuse(name):
        raise AssertionError(name)

    monkeypatch.setattr(backends, "import_module", refuse)
    backends.check_device("torch", device)


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_numpy_computes_on_the_processor(device):
    assert numpy_backend.resolve_device(device) == "cpu"


def test_torch_takes_the_threads_of_the_config():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        linear("torch", 2)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
