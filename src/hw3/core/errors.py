"""Every error that hw3 raises on purpose; each is one clear line and an exit status.

Hw3Error
├── ConfigError               a key, a value or a combination that cannot run
│   └── NotRegisteredError    a name that a plugin may have, which was not imported
├── DataError                 a data file that cannot be used as it is
│   └── DataUnavailableError  files that are missing and cannot be downloaded
├── RunDirError               an output folder that is busy or holds something else
└── TroubleError              what went wrong when work had been done: exit status 1, not 2
"""

import errno

TROUBLE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EINTR,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
}  # of the machine, not of what was asked for


class Hw3Error(Exception):
    """Base of the family; its text is for the user."""

    status = 2

    def _render_traceback_(self) -> list[str]:  # by which IPython shows an exception
        return [f"{type(self).__name__}: {self}"]


class ConfigError(Hw3Error):
    """A key, a value or a combination that cannot run."""


class NotRegisteredError(ConfigError):
    """A name that nothing here has; a plugin that was not imported may."""


class DataError(Hw3Error):
    """A data file that cannot be used as it is."""


class DataUnavailableError(DataError):
    """Files that are missing and cannot be downloaded."""


class RunDirError(Hw3Error):
    """An output folder that is busy, or that holds something else."""


class TroubleError(Hw3Error):
    """What went wrong when work had been done."""

    status = 1


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, the name of its type where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def os_text(error: OSError) -> str:
    """Return "out/params.h5: No space left on device" in a line."""
    reason = error.strerror or first_line(error)
    return reason if error.filename is None else f"{error.filename}: {reason}"
