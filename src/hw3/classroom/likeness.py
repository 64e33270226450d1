"""What submissions share: weights and programs, and what explains that, without an accusation.

The same settings and seed on the same kind of machine give the same bits: two honest submissions
may hold equal weights. So what is equal is told apart by the records that vouch for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hw3.classroom.judge import Held, Judged
from hw3.core.words import one_line

NAMED = 4  # others, or keys, that a sentence names
SAME_RECORD = "one training: equal weights and equal times, so one record is a copy"
SAME_RUN = "the same settings and seed, which give the same weights"
DIFFERENT = "equal weights, though the records differ in {}"
UNEXPLAINED = "equal weights, which no sound record of both explains"
SAME_PROGRAM = "the same program but for comments and layout"
OBSERVED = (SAME_RUN,)  # what needs no look


def compared(rows: Sequence[Judged], given: Judged | None) -> list[Judged]:
    """Return the rows with what each shares with others; what was handed out is left out."""
    fresh = frozenset[str]().union(*(row.fresh for row in rows))
    known = fresh.union(*(held.digests for held in given.held)) if given else fresh
    shared: dict[str, dict[str, set[str]]] = {row.name: defaultdict(set) for row in rows}
    weights: dict[str, list[tuple[str, Held]]] = defaultdict(list)
    for row in rows:
        for held in row.held:
            for digest in held.digests - known if not held.digests & known else ():
                weights[digest].append((row.name, held))
    pairs: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for digest, holders in weights.items():
        for a, of_a in holders:
            for b, of_b in holders:
                if a != b:
                    pairs[a, b][digest].append(relation(of_a, of_b))
    for (a, b), by_digest in pairs.items():
        for found in by_digest.values():
            shared[a][min(found, key=rank)].add(b)
    programs: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for program in row.programs - (given.programs if given else frozenset()):
            programs[program].add(row.name)
    for names in programs.values():
        for name in names if len(names) > 1 else ():
            shared[name][SAME_PROGRAM] |= names - {name}
    return [replace(row, alike=tuple(sentences(shared[row.name]))) for row in rows]


def relation(a: Held, b: Held) -> str:
    """Return what explains that two submissions hold the same weights."""
    if a.settings is None or b.settings is None:
        return UNEXPLAINED
    if a.times == b.times:
        return SAME_RECORD
    differing = [k for k in {**a.settings, **b.settings} if a.settings.get(k) != b.settings.get(k)]
    more = ", ..." if len(differing) > NAMED else ""
    return DIFFERENT.format(", ".join(differing[:NAMED]) + more) if differing else SAME_RUN


def rank(relation: str) -> int:
    """Return which of several explanations of one pair counts: the first."""
    order = (SAME_RECORD, SAME_RUN, UNEXPLAINED)
    return order.index(relation) if relation in order else len(order) - 1


def sentences(shared: dict[str, set[str]]) -> Iterable[str]:
    """Yield "the same program: with anna, ben and 3 more"."""
    for what, names in shared.items():
        listed = [one_line(name, 60) for name in sorted(names)]
        more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
        yield f"{what}: with {', '.join(listed[:NAMED])}{more}"
