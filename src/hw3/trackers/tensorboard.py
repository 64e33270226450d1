"""Event files of TensorBoard in the run's folder, by its own writer: no TensorFlow, no torch."""

import shutil
import time

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from hw3.config.trackers import TensorBoard
from hw3.trackers.contract import About, Ending, Values

FOLDER = "tensorboard"
PLAIN = bool, int, float, str  # what it takes as a hyperparameter
PNG_SIZE = slice(16, 20), slice(20, 24)  # the width and the height, in the header of each PNG


class Events:
    """The event file of one run. It starts anew when the run continues: nothing is there twice."""

    n_epochs = 0

    def __init__(self, about: About) -> None:
        folder = about.folder / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        self.id, self.writer, self.step = str(folder), EventFileWriter(str(folder)), 0
        plain = {k: v if isinstance(v, PLAIN) else str(v) for k, v in about.config.items()}
        self.add(hparams_pb(plain, trial_id=about.folder.name))
        self.add(text_pb("run", f"{about.folder}, config {about.config_hash}"))
        self.writer.flush()

    def add(self, summary: Summary) -> None:
        """Append what belongs to the newest epoch."""
        self.writer.add_event(Event(summary=summary, step=self.step, wall_time=time.time()))

    def write(self, epoch: int, values: Values) -> None:
        """Take an epoch."""
        self.step = epoch
        self.add(Summary(value=[Summary.Value(tag=k, simple_value=v) for k, v in values.items()]))
        self.writer.flush()

    def end(self, ending: Ending) -> None:
        """Take the figures and the end."""
        for path in ending.figures:
            png = path.read_bytes()
            width, height = (int.from_bytes(png[part]) for part in PNG_SIZE)
            image = Summary.Image(
                encoded_image_string=png, width=width, height=height, colorspace=4
            )
            self.add(Summary(value=[Summary.Value(tag=path.stem, image=image)]))
        self.write(self.step, {f"end/{key}": value for key, value in ending.numbers.items()})
        words = {"status": ending.status, **ending.words}
        self.add(text_pb("end", "  \n".join(f"{key}: {text}" for key, text in words.items())))
        self.writer.close()


def open_run(about: About, keys: TensorBoard, known: str | None) -> Events:
    """Return the run's event file, new; the one before is replaced."""
    return Events(about)
