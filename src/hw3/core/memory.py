"""How much memory is left, asked before much of it is taken."""

import resource
from pathlib import Path

from hw3.core.words import size

GROUPS = Path("/sys/fs/cgroup")  # of Linux, as a container sees it


def shortage(n_bytes: int) -> str | None:
    """Return "3.7 TB of memory, and 18 GB are free" for more than there is, else None."""
    free = available()
    if free is None or n_bytes <= free:
        return None
    return f"{size(n_bytes)} of memory, and {size(max(0, free))} are free"


def available() -> int | None:
    """Return how many bytes this process may still take, None where nothing says so.

    The least of what the machine, the control group and `ulimit -v` leave.
    """
    left = [n for n in (of_machine(), of_group(), of_process()) if n is not None]
    return min(left) if left else None


def of_machine() -> int | None:
    """Return what the machine could give without swapping."""
    for line in lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def of_group() -> int | None:
    """Return what is left of the control group's limit, None without one."""
    limit, used = (lines(GROUPS / f"memory.{name}") for name in ("max", "current"))
    if not limit or not used or not limit[0].isdigit():  # "max" is no limit
        return None
    return int(limit[0]) - int(used[0])


def of_process() -> int | None:
    """Return what is left of the limit on this process's addresses, None without one."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    taken = lines(Path("/proc/self/statm"))
    if limit == resource.RLIM_INFINITY or not taken:
        return None
    return limit - int(taken[0].split()[0]) * resource.getpagesize()


def lines(path: Path) -> list[str]:
    """Return the lines of a file of the system, none where it is not there."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
