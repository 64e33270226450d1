"""What all tests share: their own folder, no network, and stand-ins for the data sets."""

import os
import socket
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")

os.environ["HW3_CACHE_DIR"] = ""  # no test writes into the user's cache folder
REAL_DATA = os.environ.get("HW3_DATA_DIR")
REAL_DATA = str(Path(REAL_DATA).resolve()) if REAL_DATA else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("real_data") and not REAL_DATA:
            item.add_marker(pytest.mark.skip(reason="needs the real data: set HW3_DATA_DIR"))


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch, request):
    """Each test works in its own folder; only real-data tests see the real data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HW3_DATA_DIR", raising=False)
    if request.node.get_closest_marker("real_data"):
        monkeypatch.setenv("HW3_DATA_DIR", REAL_DATA)
    return tmp_path


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse every connection but to this machine."""
    connect = socket.socket.connect

    def only_loopback(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise ConnectionRefusedError(f"a test tried to reach {address}")
        return connect(self, address)

    def no_lookup(host, *args, **kwargs):
        if host not in ("127.0.0.1", "::1", "localhost", None):
            raise socket.gaierror(f"a test tried to look up {host}")
        return lookup(host, *args, **kwargs)

    lookup = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)


def learnable_images(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return bytes (n, 784) in which the label shows as a bright row of pixels, and labels."""
    labels = rng.integers(0, 10, n).astype(np.uint8)
    pixels = rng.integers(0, 64, (n, 784), dtype=np.uint8)
    columns = labels.astype(int)[:, None] * 28 + np.arange(28)
    pixels[np.arange(n)[:, None], columns] += 128
    return pixels, labels


@pytest.fixture(scope="session")
def fake_data(tmp_path_factory):
    """A data folder in the layout of the real one, full size, made in a moment."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("mnist", "fashion_mnist"):
        for part, n in (("train", 60_000), ("test", 10_000)):
            pixels, labels = learnable_images(n, rng)
            with h5py.File(folder / f"{name}_{part}data.hdf5", "w") as file:
                file["xdata"], file["ydata"] = pixels, labels
    bits = rng.choice([-1.0, 1.0], (2, 5100, 20))
    bits[0, :, 1] = -bits[0, :, 0]  # humans alternate
    with h5py.File(folder / "binary_random_20fa.hdf5", "w") as file:
        file["human"], file["machine"] = bits[0], bits[1].astype(np.int32)
    return folder
