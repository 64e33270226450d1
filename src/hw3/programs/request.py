"""What a check is asked for: a program or a weight file, within limits, on data of a seed."""

import re
from dataclasses import replace
from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.core.words import quoted
from hw3.programs.process import Limits
from hw3.programs.verdict import CheckReport

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
WEIGHTS = (".npz", ".npy", ".h5", ".hdf5")
LEAST_MEMORY = 200 * 10**6  # Python and numpy alone reserve that much


def report_of(path: Path, seed: str, time: str, memory: str) -> CheckReport:
    """Return the report on a file; an empty text is a default.

    Raises:
        ConfigError: for a value, or a file, that nothing can be checked with.
    """
    if seed and not re.fullmatch(r"\d{1,18}", seed):
        raise ConfigError(f"seed must be a whole number of at most 18 digits; got {quoted(seed)}")
    limits = Limits()
    if time:
        limits = replace(limits, seconds=seconds(time))
    if memory:
        limits = replace(limits, memory=n_bytes(memory))
    if not path.is_file():
        raise ConfigError(f"{quoted(str(path))}: there is no such file")
    number = int(seed) if seed else None
    if path.suffix in WEIGHTS:
        from hw3.programs.weight_file import checked_weights

        return checked_weights(path, number)
    from hw3.programs.check import checked

    return checked(path, limits, number)


def seconds(text: str) -> float:
    """Return the seconds that a text gives."""
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", text) or not float(text) >= 1:
        raise ConfigError(f"time must be seconds from 1 to 99999; got {quoted(text)}")
    return float(text)


def n_bytes(text: str) -> int:
    """Return the bytes that a text such as 4GB gives."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*(kB|MB|GB|TB)", text)
    value = int(float(found[1]) * UNITS[found[2]]) if found else 0
    if not LEAST_MEMORY <= value < 1 << 62:
        raise ConfigError(f"memory must be a size from 200MB on, such as 4GB; got {quoted(text)}")
    return value
