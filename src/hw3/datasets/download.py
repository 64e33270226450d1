"""MNIST and Fashion-MNIST from the internet; torchvision, used here alone, knows their files.

What comes in has a limit and a checksum before anything reads it, and comes over https.
"""

import hashlib
import re
import shutil
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

from filelock import FileLock

from hw3.core.errors import DataUnavailableError
from hw3.core.files import replacing
from hw3.datasets.hdf5 import write_images

MIRRORS = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion_mnist": "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
}
SMALLEST = "t10k-labels-idx1-ubyte.gz"  # asked for before torchvision's slow import
SCHEME = "https:"
MAX_BYTES = 64 * 2**20  # the largest of the eight files has 26 MB
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
        probe(MIRRORS[name] + SMALLEST)  # before anything is made in the folder
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
    """Download the files that torchvision names, and write those of our two that are not there.

    The training file is written last: where it is, the test file is too.
    """
    kind = getattr(import_torchvision_datasets(), TORCHVISION_CLASSES[name])
    raw = download / kind.__name__ / "raw"  # where torchvision looks
    raw.mkdir(parents=True, exist_ok=True)
    for file, md5 in kind.resources:
        fetch_file(MIRRORS[name] + file, raw / file, md5)
    for part, is_train in (("test", False), ("train", True)):
        path = folder / f"{name}_{part}data.hdf5"
        if path.exists() or path.is_symlink():
            print(f"hw3: {path} is there already, and is kept", file=sys.stderr)
            continue
        images = kind(download, train=is_train, download=True)  # finds the files, and unpacks them
        pixels = images.data.numpy().reshape(len(images.data), -1)
        write_images(path, pixels, images.targets.numpy())


def fetch_file(url: str, path: Path, md5: str) -> None:
    """Download a file unless it is there.

    Raises:
        OSError: if it comes from another place than https, is too large, or is another file.
    """
    if path.is_file() and is_of(path.read_bytes(), md5):
        return
    with urllib.request.urlopen(url, timeout=STALL_SECONDS) as reply:
        if not reply.url.startswith(SCHEME):  # where redirections led
            raise OSError(f"{url} leads to {reply.url}, and only {SCHEME} is trusted")
        print(f"hw3: {url}", file=sys.stderr)
        content = reply.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(f"{url} is larger than {MAX_BYTES:,} bytes")
    if not is_of(content, md5):
        raise OSError(f"{url} is not the file that it should be: its MD5 is not {md5}")
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def is_of(content: bytes, md5: str) -> bool:
    """Whether content has a digest; MD5 is what torchvision publishes."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == md5


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
