"""The name of every file that a run, a sweep or the report leaves; each stands here, once."""

from pathlib import Path

# of each run
CONFIG, ENVIRONMENT, LOG = "config.yaml", "environment.json", "run.log"
HISTORY, CHECKPOINT, PARAMS = "history.csv", "checkpoint.h5", "params.h5"
CHECKPOINT_BEFORE = "checkpoint_before.h5"  # for when the newest is damaged
KEPT = "checkpoints"  # a folder, with those that `record.keep` asks for
METRICS = "metrics.json"  # written last: where it is, the run has ended
CURVES = "curves.png"  # of a run; in a sweep's folder the panels of all
LOCK = ".lock"
TRACKED = ".tracked.json"  # the ids of the run in trackers; no part of the record

# of a run that opens the test split
CONFUSION, CONFUSION_FIGURE = "confusion.csv", "confusion.png"
MISTAKES, WORST_PAIR = "mistakes.png", "worst_pair.png"
SELECTION = "selection.json"  # what a final run was chosen from

# of a run of problem 4
INSIGHT = "insight.json"
INPUT_WEIGHTS, INPUT_WEIGHTS_FIGURE = "input_weights.csv", "input_weights.png"

RUN_FILES = frozenset(
    {
        *(CONFIG, ENVIRONMENT, LOG, HISTORY, CHECKPOINT, CHECKPOINT_BEFORE, PARAMS, METRICS),
        *(CURVES, CONFUSION, CONFUSION_FIGURE, MISTAKES, WORST_PAIR, SELECTION),
        *(INSIGHT, INPUT_WEIGHTS, INPUT_WEIGHTS_FIGURE),
    }
)

# of a sweep's folder
HEARTBEAT = ".alive"  # while it runs
JOBS = "jobs.json"  # the jobs of its last command
STUDY = "study.json"  # how an optimizer came to propose them; a planned sweep has none
SUMMARY, SUMMARY_RECORD = "summary.csv", "summary.json"
SILENT_UNITS, LAYERS, DESCRIPTION = "weights.json", "weights.csv", "description.txt"
HISTOGRAMS, HISTOGRAMS_LOG, FILTERS = "histograms.png", "histograms_log.png", "filters.png"
EXPLORATION, EXPLORATION_FIGURE = "exploration.csv", "exploration.png"
CONCLUSION, FEATURES = "conclusion.txt", "features.csv"
PARALLEL = "parallel.png"  # parallel coordinates, of three varied keys and more
SWEEP_FILES = frozenset(
    {
        *(JOBS, STUDY, SUMMARY, SUMMARY_RECORD, CURVES, SILENT_UNITS, LAYERS, DESCRIPTION),
        *(HISTOGRAMS, HISTOGRAMS_LOG, FILTERS, EXPLORATION, EXPLORATION_FIGURE),
        *(CONCLUSION, FEATURES, PARALLEL),
    }
)

# of the folder of all outputs
OUTPUTS = "outputs"
QUICK = "quick"  # in it, that of `homework quick=true`, with a ledger of its own
LEDGER = "test_ledger.jsonl"
REPORT = "report.html"
COMPARISON = "compare.png"


def kept_checkpoint(folder: Path, epoch: int) -> Path:
    """Return where a run keeps its checkpoint after an epoch."""
    return folder / KEPT / f"{epoch:05}.h5"


def kept_checkpoints(folder: Path) -> dict[int, Path]:
    """Return the kept checkpoints of a run, by epoch."""
    found = sorted((folder / KEPT).glob("*.h5"))
    return {int(path.stem): path for path in found if path.stem.isdecimal()}


def is_of_run(name: str) -> bool:
    """Whether a file of this name in the folder of a run is part of its record."""
    return name in RUN_FILES or name.startswith(f"{KEPT}/")


def outputs_of(path: Path) -> Path | None:
    """Return the folder of all outputs that a path lies in, or that of quick looks; else None."""
    outputs = Path(OUTPUTS).resolve()  # which may be a link
    for parent in path.resolve().parents:
        whole = parent.parent if parent.name == QUICK else parent
        if whole == outputs or whole.name == OUTPUTS or (parent / LEDGER).is_file():
            return parent
    return None


def is_quick(path: Path) -> bool:
    """Whether a path lies in the folder of quick looks, which have a ledger of their own."""
    outputs = outputs_of(path)
    return outputs is not None and outputs.name == QUICK
