"""Every error that hw3 raises on purpose; each is one clear line and exit status 2.

Hw3Error
├── ConfigError               a key, a value or a combination that cannot run
├── DataError                 a data file that cannot be used as it is
│   └── DataUnavailableError  files that are missing and cannot be downloaded
└── RunDirError               an output folder that is busy or holds something else
"""


class Hw3Error(Exception):
    """Base of the family; its text is for the user."""


class ConfigError(Hw3Error):
    """A key, a value or a combination that cannot run."""


class DataError(Hw3Error):
    """A data file that cannot be used as it is."""


class DataUnavailableError(DataError):
    """Files that are missing and cannot be downloaded."""


class RunDirError(Hw3Error):
    """An output folder that is busy, or that holds something else."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, the name of its type where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]
