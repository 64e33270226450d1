"""What submissions share: weights and programs, and what explains that, without an accusation.

The same settings and seed on the same kind of machine give the same bits: two honest submissions
may hold equal weights. So what is equal is told apart by the records that vouch for it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hw3.classroom.row import Held, Judged
from hw3.core.words import one_line

NAMED = 4  # others, or keys, that a sentence names
SAME_RUN = "the same settings and seed, which give the same weights"
SAME_RECORD = "one training: equal weights and equal times, so one record is a copy of the other"
OWN = "the record here accounts for weights that others hold without one"
OTHERS = "weights without a sound record, for which others have one"
NOBODYS = "files of equal numbers, and no sound record says how they came about"
DIFFERENT = "equal weights, though the records differ in {}"
SAME_PROGRAM = "the same program but for comments and layout"
INNOCENT = (SAME_RUN, OWN)
Shared = Mapping[str, dict[str, set[str]]]  # submission -> what it shares -> with whom


def compared(rows: Sequence[Judged], given: Sequence[Judged]) -> list[Judged]:
    """Return the rows with what each shares with others; what was handed out is left out."""
    shared: Shared = {row.name: defaultdict(set) for row in rows}
    known = frozenset[str]().union(*(row.fresh for row in rows))
    known = known.union(*(held.digests for row in given for held in row.held))
    holders: dict[str, list[tuple[str, Held]]] = defaultdict(list)
    for row in rows:
        for held in row.held:
            for digest in held.digests if not held.digests & known else ():
                holders[digest].append((row.name, held))
    for found in holders.values():
        share_weights(shared, found)
    handed_out = frozenset[str]().union(*(row.programs for row in given))
    for program in frozenset[str]().union(*(row.programs for row in rows)) - handed_out:
        names = {row.name for row in rows if program in row.programs}
        for name in names if len(names) > 1 else ():
            shared[name][SAME_PROGRAM] |= names - {name}
    return [replace(row, alike=tuple(sentences(shared[row.name]))) for row in rows]


def share_weights(shared: Shared, holders: Sequence[tuple[str, Held]]) -> None:
    """Note for each two submissions that hold the same weights what explains it."""
    pairs: dict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    is_known = any(held.settings for _, held in holders)
    for a, of_a in holders:
        for b, of_b in holders:
            # on the way, runs that end elsewhere may pass the same weights: with more epochs, say
            is_on_the_way = of_a.settings and of_b.settings and not of_a.is_final & of_b.is_final
            is_told = is_known and not (of_a.settings or of_b.settings)  # by what others recorded
            if a != b and not is_on_the_way and not is_told:
                pairs[a, b].add(relation(of_a, of_b))
    for (a, b), relations in pairs.items():
        shared[a][min(relations)[1]].add(b)


def relation(a: Held, b: Held) -> tuple[int, str]:
    """Return what explains, from the side of the first, that two hold the same weights.

    The number is its place among several that may hold of the same two: the lowest counts.
    """
    if a.settings is None or b.settings is None:
        return (3, OWN) if a.settings else (4, OTHERS) if b.settings else (5, NOBODYS)
    if a.times == b.times:
        return 0, SAME_RECORD
    differing = [k for k in {**a.settings, **b.settings} if a.settings.get(k) != b.settings.get(k)]
    more = ", ..." if len(differing) > NAMED else ""
    names = ", ".join(differing[:NAMED]) + more
    return (2, DIFFERENT.format(names)) if differing else (1, SAME_RUN)


def sentences(shared: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield "the same program but for comments and layout: anna, ben"."""
    for what, names in shared.items():
        listed = [one_line(name, 60) for name in sorted(names)]
        more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
        yield f"{what}: {', '.join(listed[:NAMED])}{more}"
