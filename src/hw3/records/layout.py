"""The name of every file that a run, a sweep or a report leaves: each stands here, once."""

PARAMS = "params.h5"
