"""What a run told its tracker, read back by the tracker's own readers."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK, HEADER, IDENT = 32768, 7, 7  # of a run's file of W&B, which is a log of LevelDB


@dataclass(frozen=True)
class Told:
    """What a tracker has of one run; `epochs` are (step, validation accuracy), in its order."""

    epochs: list[tuple[int, float]]
    numbers: dict[str, float]
    words: dict[str, str]
    config: dict[str, str]
    figures: set[str]
    state: object


def told(tracker: str, folder: str | Path = "out") -> Told:
    """Return what a tracker has of the run in a folder."""
    readers = {"tensorboard": of_tensorboard, "mlflow": of_mlflow, "wandb": of_wandb}
    return readers[tracker](Path(folder).resolve())


def of_tensorboard(folder: Path) -> Told:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    found = EventAccumulator(str(folder / "tensorboard"), {"scalars": 0, "tensors": 0})
    found.Reload()
    tags = found.Tags()
    scalars = {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in tags["scalars"]}
    content = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    hparams = HParamsPluginData.FromString(content).session_start_info.hparams
    text = found.Tensors("end")[0].tensor_proto.string_val[0].decode()
    words = dict(line.split(": ", 1) for line in text.split("  \n"))
    config = {k: str(getattr(v, v.WhichOneof("kind"))) for k, v in hparams.items()}
    numbers = {tag[4:]: v[0][1] for tag, v in scalars.items() if tag.startswith("end/")}
    return Told(scalars["val/accuracy"], numbers, words, config, set(tags["images"]), None)


def of_mlflow(folder: Path) -> Told:
    from mlflow import MlflowClient

    file = Path("outputs/mlflow.db").resolve()  # in full, or MLflow has the one of another test
    client = MlflowClient(tracking_uri=f"sqlite:///{file}")
    (run,) = [
        run
        for experiment in client.search_experiments()
        for run in client.search_runs([experiment.experiment_id])
        if run.data.tags["folder"] == str(folder)
    ]
    epochs = [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "val/accuracy")]
    numbers = {k[4:]: v for k, v in run.data.metrics.items() if k.startswith("end/")}
    figures = {Path(f.path).stem for f in client.list_artifacts(run.info.run_id)}
    return Told(epochs, numbers, run.data.tags, run.data.params, figures, run.info.status)


def of_wandb(folder: Path) -> Told:
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    epochs, summary, config, figures, state = [], {}, {}, set(), None
    for record in wandb_records(path):
        kind = record.WhichOneof("record_type")
        if kind == "history":
            row = plain(record.history.item)
            figures |= {key.partition(".")[0] for key in row if key.endswith(".path")}
            if "val/accuracy" in row:
                epochs.append((row["_step"], row["val/accuracy"]))
        elif kind == "summary":
            summary |= plain(record.summary.update)
        elif kind == "run":
            config |= {key: str(value) for key, value in plain(record.run.config.update).items()}
        elif kind == "exit":
            state = record.exit.exit_code
    numbers = {key[4:]: value for key, value in summary.items() if key.startswith("end/")}
    return Told(epochs, numbers, summary, config, figures, state)


def plain(items: Iterable[Any]) -> dict[str, Any]:
    """Return items as a dictionary, with dots in the names of nested ones."""
    return {i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in items}


def wandb_records(path: Path) -> Iterator[Any]:
    """Yield the records of a run's file; W&B reads it in Go alone."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, parts = path.read_bytes(), IDENT, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        size, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts += data[at + HEADER : at + HEADER + size]
        at += HEADER + size
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(parts)
            parts = b""
