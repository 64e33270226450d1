"""MNIST and Fashion-MNIST from the internet, by torchvision: its only use in the project."""

import re
import shutil
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from filelock import FileLock

from hw3.core.errors import DataUnavailableError
from hw3.datasets.hdf5 import write_images

# A small file of each mirror that torchvision uses, asked for before its slow import.
PROBES = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
    "fashion_mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    "t10k-labels-idx1-ubyte.gz",
}
TORCHVISION_CLASSES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}
PROBE_SECONDS = 8.0
STALL_SECONDS = 10.0


def fetch_images(name: str, folder: Path) -> None:
    """Download both files of an image data set, verify them and convert them to our HDF5 layout.

    A file that is there already is kept. An interrupted download continues with what it has.

    Raises:
        DataUnavailableError: if the network or the folder does not let us.
    """
    try:
        probe(PROBES[name])  # before anything is made in the folder
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{name}.lock"):
            if (folder / f"{name}_traindata.hdf5").is_file():
                return  # another process was faster
            print(f"hw3: downloading {name} into {folder}", file=sys.stderr)
            download = folder / f".download-{name}"
            convert(name, download, folder)
            shutil.rmtree(download, ignore_errors=True)
    except (OSError, RuntimeError, EOFError) as error:  # torchvision raises plain RuntimeErrors
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataUnavailableError(f"the download failed: {reason}") from error


def probe(url: str) -> None:
    """Raise OSError unless a server answers within PROBE_SECONDS.

    In a thread, since looking a name up has no timeout of its own and may hang for minutes.
    """
    failures: list[OSError] = []

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=PROBE_SECONDS / 2).close()
        except urllib.error.HTTPError as error:
            error.close()  # a server that refuses HEAD is a server that answers
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    if thread.is_alive():
        raise OSError(f"no answer from {url} within {PROBE_SECONDS:g} s")
    if failures:
        raise OSError(f"no answer from {url}: {failures[0]}")


def convert(name: str, download: Path, folder: Path) -> None:
    """Download with torchvision, which verifies checksums, and write those files that are missing.

    The training file is written last: where it is, the test file is too.
    """
    datasets = import_torchvision_datasets()
    with stall_limit(STALL_SECONDS):
        for part, is_train in (("test", False), ("train", True)):
            file = folder / f"{name}_{part}data.hdf5"
            if file.exists() or file.is_symlink():
                print(f"hw3: {file} is kept as it is", file=sys.stderr)
                continue
            images = getattr(datasets, TORCHVISION_CLASSES[name])(
                download, train=is_train, download=True
            )
            pixels = images.data.numpy().reshape(len(images.data), -1)
            write_images(file, pixels, images.targets.numpy())


@contextmanager
def stall_limit(seconds: float) -> Iterator[None]:
    """Make a connection that stalls for so long an error."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def import_torchvision_datasets() -> ModuleType:
    """Import torchvision.datasets, also beside a torch build that its wheel was not made for.

    A CPU-only torch beside a torchvision wheel built for CUDA cannot load torchvision's compiled
    operators, and then the import stops at the first one that it wants to annotate ("operator
    torchvision::nms does not exist"). Data sets use none of them: each missing operator is
    declared by name and the import tried again.
    """
    import torch

    while True:
        try:
            from torchvision import datasets
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            library = torch.library.Library("torchvision", "FRAGMENT")
            library.define(f"{missing[1]}(...) -> ...")
            _DECLARED.append(library)
            for module in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
                del sys.modules[module]
        else:
            module_: ModuleType = datasets
            return module_


_DECLARED: list[object] = []  # a declaration lives as long as its Library object
