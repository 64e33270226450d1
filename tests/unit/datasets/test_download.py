"""The download through torchvision itself, from a server on this machine."""

import functools
import gzip
import hashlib
import http.server
import socket
import struct
import threading
import time

import numpy as np
import pytest

from hw3.core.errors import DataUnavailableError
from hw3.datasets import download
from hw3.datasets.hdf5 import read_images

N = 40
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 28, 28), dtype=np.uint8)
LABELS = (np.arange(N) % 10).astype(np.uint8)


def idx(array):
    """The IDX format of the original files: magic with the number of axes, sizes, bytes."""
    return struct.pack(f">i{array.ndim}i", 0x800 + array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve four small files as a mirror, and make torchvision expect their checksums."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    resources = []
    for part in ("train", "t10k"):
        for kind, array in (("images-idx3", PIXELS), ("labels-idx1", LABELS)):
            content = gzip.compress(idx(array))
            name = f"{part}-{kind}-ubyte.gz"
            (folder / name).write_bytes(content)
            resources.append((name, hashlib.md5(content).hexdigest()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{httpd.server_port}/"
        mnist = download.import_torchvision_datasets().MNIST
        monkeypatch.setattr(mnist, "mirrors", [url])
        monkeypatch.setattr(mnist, "resources", resources)
        monkeypatch.setitem(download.PROBES, "mnist", url)
        yield folder
        httpd.shutdown()


def test_files_are_downloaded_and_converted_once(server, tmp_path, monkeypatch):
    data = tmp_path / "data"
    download.fetch_images("mnist", data)
    for part in ("train", "test"):
        arrays = read_images(data / f"mnist_{part}data.hdf5", N, 784, 10)
        np.testing.assert_array_equal(np.rint(arrays.inputs * 255), PIXELS.reshape(N, 784))
        np.testing.assert_array_equal(arrays.labels, LABELS)
    assert not (data / ".download-mnist").exists()
    monkeypatch.setattr(download, "convert", None)  # a second call must not need it
    download.fetch_images("mnist", data)


def test_a_wrong_checksum_leaves_no_data_file(server, tmp_path):
    (server / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataUnavailableError, match="download failed"):
        download.fetch_images("mnist", tmp_path / "data")
    assert not list((tmp_path / "data").glob("*traindata*"))


def test_a_refusing_network_is_noticed_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "import_torchvision_datasets", None)  # not even imported
    with pytest.raises(DataUnavailableError, match="no answer from https"):
        download.fetch_images("mnist", tmp_path)


def test_a_silent_network_is_noticed(tmp_path, monkeypatch):
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setitem(download.PROBES, "mnist", url)
        monkeypatch.setattr(download, "PROBE_SECONDS", 0.3)
        start = time.monotonic()
        with pytest.raises(DataUnavailableError, match="no answer"):
            download.fetch_images("mnist", tmp_path)
        assert time.monotonic() - start < 5


def test_probing_stays_within_the_promise():
    assert download.PROBE_SECONDS < 10


def test_a_download_that_stalls_is_given_up(tmp_path, server, monkeypatch):
    """Connections made while downloading time out; without a limit they would hang."""
    import socket as sockets

    seen = []
    monkeypatch.setattr(
        download, "write_images", lambda *a: seen.append(sockets.getdefaulttimeout())
    )
    download.convert("mnist", tmp_path / "raw", tmp_path)
    assert seen == [download.STALL_SECONDS] * 2
    assert sockets.getdefaulttimeout() is None


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataUnavailableError, match="download failed"):
        download.fetch_images("mnist", tmp_path / "file" / "data")


def test_an_own_test_file_is_kept(server, tmp_path, capsys):
    own = tmp_path / "data" / "mnist_testdata.hdf5"
    own.parent.mkdir()
    own.write_bytes(b"mine")
    download.fetch_images("mnist", own.parent)
    assert own.read_bytes() == b"mine"
    assert (own.parent / "mnist_traindata.hdf5").exists()
    assert "is kept as it is" in capsys.readouterr().err
