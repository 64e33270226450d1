"""A run told to TensorBoard, MLflow or Weights & Biases as well; it never depends on them.

A module hw3.trackers.<name> holds `open_run(about, keys, id)`, which returns a `TrackedRun`. It is
imported when its tracker is asked for. Nothing reads back from a tracker but which epochs it has.
"""
