"""How much memory a process may take here."""

import os
import resource
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container or a batch job is given


def memory_limit() -> int:
    """Return the bytes that this process may take at most: the least of all limits."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        limits.append(soft)
    if CGROUP.is_file() and (text := CGROUP.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
