"""The name of every file that a run, a sweep or the report leaves; each stands here, once."""

# of each run
CONFIG, ENVIRONMENT, LOG = "config.yaml", "environment.json", "run.log"
HISTORY, CHECKPOINT, PARAMS = "history.csv", "checkpoint.h5", "params.h5"
METRICS = "metrics.json"  # written last: where it is, the run has ended
CURVES = "curves.png"  # of a run; in a sweep's folder the panels of all
LOCK = ".lock"

# of a run that opens the test split
CONFUSION, CONFUSION_FIGURE = "confusion.csv", "confusion.png"
MISTAKES, WORST_PAIR = "mistakes.png", "worst_pair.png"
SELECTION = "selection.json"  # what a final run was chosen from

# of a run of problem 4
INSIGHT = "insight.json"
INPUT_WEIGHTS, INPUT_WEIGHTS_FIGURE = "input_weights.csv", "input_weights.png"

# of a sweep's folder
JOBS = "jobs.json"  # the jobs of its last command
SUMMARY, SUMMARY_RECORD = "summary.csv", "summary.json"
SILENT_UNITS, LAYERS, DESCRIPTION = "weights.json", "weights.csv", "description.txt"
HISTOGRAMS, HISTOGRAMS_LOG, FILTERS = "histograms.png", "histograms_log.png", "filters.png"
EXPLORATION, EXPLORATION_FIGURE = "exploration.csv", "exploration.png"
CONCLUSION, FEATURES = "conclusion.txt", "features.csv"

# of the folder of all outputs
OUTPUTS = "outputs"
QUICK = "quick"  # in it, that of `homework quick=true`
LEDGER = "test_ledger.jsonl"
REPORT = "report.html"
COMPARISON = "compare.png"
