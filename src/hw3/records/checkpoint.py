"""A checkpoint: the backend's state and the epochs that led to it, in one sealed file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hw3.core.errors import RunDirError
from hw3.records.layout import CHECKPOINT, CHECKPOINT_BEFORE
from hw3.records.read import reading
from hw3.training.history import History, digests_array, history_array, history_from_array

Checkpoint = tuple[dict[str, np.ndarray], History]  # the backend's state, and its epochs
FROM_THE_START = "move it away, and the same command starts again from its first epoch"


def write_checkpoint(path: Path, state: Mapping[str, np.ndarray], history: History) -> None:
    """Write the backend's state and the epochs that led to it, in one step."""
    from hw3.core.hdf5 import writing_hdf5  # slow to import, and a run starts without

    with writing_hdf5(path, is_sealed=True) as file:
        for name, array in state.items():
            file[f"state/{name}"] = array
        for i, (weight, bias) in enumerate(history.kept or ()):
            file[f"kept/{i}/weight"], file[f"kept/{i}/bias"] = weight, bias
        file["history"], file["weights_sha256"] = history_array(history), digests_array(history)


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, RunDirError | None]:
    """Return the newest whole checkpoint of a run, and what is wrong with a newer one.

    Raises:
        RunDirError: if there are some and none is whole.
    """
    newest, before = folder / CHECKPOINT, folder / CHECKPOINT_BEFORE
    if not newest.exists():  # the process was killed while it was being replaced
        return read_checkpoint(before), None
    try:
        return read_checkpoint(newest), None
    except RunDirError as error:
        if not before.exists():
            raise
        return read_checkpoint(before), error


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Return the state and the history that a checkpoint holds, None if it is not there.

    Raises:
        RunDirError: for one that is not what was written.
    """
    if not path.exists():
        return None
    import h5py

    from hw3.core.hdf5 import read_sealed, refuse_other_files, values_of

    with reading(path, FROM_THE_START), h5py.File(read_sealed(path), "r") as file:
        refuse_other_files(file)  # it may be a stranger's
        state = {name: values_of(data) for name, data in file["state"].items()}
        digests = values_of(file["weights_sha256"]) if "weights_sha256" in file else None
        history = history_from_array(values_of(file["history"]), digests)
        if "kept" in file:
            layers = [file[f"kept/{i}"] for i in range(len(file["kept"]))]
            history.kept = [(values_of(x["weight"]), values_of(x["bias"])) for x in layers]
        return state, history
