"""Measures hw3 beside what bounds it and beside other libraries; see docs/performance.md.

Writes outputs/bench.json with every single value, and prints the medians as tables. What is
compared is measured in turns in one process, since other work on the machine comes and goes.
A library that is not installed is named as such: PYTHONPATH may hold more of them.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from measure import ROOT, Section, number
from sections import SECTIONS
from threadpoolctl import threadpool_info

from hw3.core.files import write_json
from hw3.core.workers import usable_cores
from hw3.records.code import running_code
from hw3.records.environment import installed_version, kernels, processor

PACKAGES = ("numpy", "scipy", "torch", "scikit-learn", "jax", "hydra-core", "omegaconf", "joblib")
SIMD = ("avx2", "avx512f", "amx_tile", "asimd", "sve")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the sections asked for, write bench.json, print the tables."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    names = [section.__name__ for section in SECTIONS]
    parser.add_argument("--quick", action="store_true", help="fewer turns, smaller work")
    parser.add_argument(
        "--only", choices=names, action="append", help="one section; may be given again"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "outputs" / "bench.json")
    options = parser.parse_args(argv)
    began, busy = time.time(), os.getloadavg()[0]
    found = []
    for measure in SECTIONS:
        if not options.only or measure.__name__ in options.only:
            found.append(measure(options.quick))
            print(f"\n{table(found[-1])}", flush=True)
    facts = machine() | {"load_before": busy, "is_quick": options.quick}
    record = {"machine": facts, "seconds": round(time.time() - began, 1)}
    record["sections"] = [as_record(section) for section in found]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(options.out, record)
    print(f"\n{line(facts)}\nbench: {time.time() - began:.0f} s; all values are in {options.out}")
    return 0


def machine() -> dict[str, Any]:
    """Return where this was measured, with what."""
    info = Path("/proc/cpuinfo")
    words = set(info.read_text().split()) if info.exists() else set()
    source = running_code().commit
    return {
        "processor": processor(),
        "instructions": [name for name in SIMD if name in words],
        "cores": usable_cores(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: installed_version(name) for name in PACKAGES},
        "kernels": sorted(set(kernels("torch"))),
        "pools": {pool["prefix"]: pool["num_threads"] for pool in threadpool_info()},
        "commit": source and asdict(source),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def line(facts: dict[str, Any]) -> str:
    """Return where this was measured, for below a table."""
    source = facts["commit"]
    at = f"commit {source['id'][:7]}{' with changes' if source['dirty'] else ''}" if source else "-"
    packages = ", ".join(f"{name} {v}" for name, v in facts["packages"].items() if v)
    simd = "/".join(facts["instructions"])
    cores = f"{facts['cores']} cores of {facts['processor']} ({simd})"
    return f"{at}; {cores}, load {facts['load_before']:.1f} before; {packages}"


def as_record(section: Section) -> dict[str, Any]:
    """Return a section as JSON holds it, with the medians."""
    record: dict[str, Any] = json.loads(json.dumps(asdict(section)))
    for row, of_row in zip(section.rows, record["rows"], strict=True):
        of_row["median"] = row.median if row.values else None
    return record


def table(section: Section) -> str:
    """Return a section as a Markdown table, each row beside the first."""
    unit = section.rows[0].unit
    n_turns = max(len(row.values) for row in section.rows)
    lines = [f"{section.title}; {section.threads}, median of {n_turns}", ""]
    lines += [f"| {section.name} | {unit} | all turns | CPU | beside the first |"]
    lines += ["|---|---|---|---|---|"]
    first = next((row for row in section.rows if row.values), None)
    for row in section.rows:
        if not row.values or first is None:
            lines.append(f"| {row.name} | {row.missing} | | | |")
            continue
        note = f" ({row.note})" if row.note else ""
        cpu = number(median(row.cpu)) if row.cpu else "-"
        cells = [number(row.median), row.spread, cpu, number(row.beside(first))]
        lines.append(f"| {row.name}{note} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
