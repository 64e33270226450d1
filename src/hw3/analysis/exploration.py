"""Many configurations over the same seeds: who leads, who keeps up, and which factor matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from hw3.analysis.intervals import mean_sd, mean_text
from hw3.analysis.selection import ALPHA, holm, paired_t
from hw3.core.words import p_text, points

BySeed = Mapping[int, float]  # seed -> validation accuracy


@dataclass(frozen=True)
class Standing:
    """One contender beside the best: mean, spread over seeds, and whether its gap is noise.

    Attributes:
        p: of the paired t test against the best, corrected by Holm for the number of tests; None
            for the best itself and where fewer than two seeds are shared.
    """

    name: str
    mean: float
    sd: float | None
    standard_error: float | None
    n_seeds: int
    p: float | None

    @property
    def keeps_up(self) -> bool:
        """Whether nothing tells it from the best, at ALPHA."""
        return self.p is None or self.p >= ALPHA


def standings(contenders: Mapping[str, BySeed]) -> list[Standing]:
    """Return the contenders, highest mean accuracy first, each compared with the first.

    Seeds pair: a seed means the same split, initialisation and order for every contender. The
    best is best partly by luck, so keeping up is the safe reading and falling behind is not proof.

    Raises:
        ValueError: if there are none, or one has no seed.
    """
    ranked = sorted(
        contenders, key=lambda name: (-round(fmean(contenders[name].values()), 12), name)
    )
    best = contenders[ranked[0]]
    raw = {}
    for name in ranked[1:]:
        seeds = sorted(best.keys() & contenders[name].keys())
        if len(seeds) > 1:
            raw[name] = paired_t(
                [best[seed] for seed in seeds], [contenders[name][seed] for seed in seeds]
            )
    corrected = dict(zip(raw, holm(list(raw.values())), strict=True))
    return [
        Standing(name, *mean_sd(contenders[name].values()), corrected.get(name)) for name in ranked
    ]


def marginal(runs: Sequence[tuple[str, int, float]]) -> dict[str, dict[int, float]]:
    """Return level -> seed -> mean accuracy, from (level, seed, accuracy) of a full cross.

    The mean runs over the other factor's levels, so each level meets the same company.
    """
    groups: dict[str, dict[int, list[float]]] = {}
    for level, seed, accuracy in runs:
        groups.setdefault(level, {}).setdefault(seed, []).append(accuracy)
    return {
        level: {seed: fmean(values) for seed, values in by_seed.items()}
        for level, by_seed in groups.items()
    }


def standing_sentence(split: str, found: Sequence[Standing]) -> str:
    """Return what one split's standings support."""
    return f"By {split} split {leading_words(found)}"


def leading_words(found: Sequence[Standing]) -> str:
    """Return who leads some standings, and how many others cannot be told apart."""
    best, *others = found
    keeping = sum(s.keeps_up for s in others)
    text = f'"{best.name}" leads with {mean_text(best.mean, best.sd)}; '
    if not others:
        return text + "there is nothing to compare it with."
    if all(s.p is None for s in others):
        is_one = all(s.n_seeds == 1 for s in found)
        return f"{text}{'with one seed' if is_one else 'without common seeds'} nothing is tested."
    if len(others) == 1:
        return text + f"the other one {'cannot be' if keeping else 'is'} told apart from it."
    if keeping == len(others):
        return text + f"none of the {len(others)} others can be told apart from it."
    return text + f"{keeping} of the {len(others)} others cannot be told apart from it."


def factor_sentence(factor: str, split: str, found: Sequence[Standing]) -> str:
    """Return what one factor's levels support, averaged over the rest of the cross."""
    best, worst = found[0], found[-1]
    behind = [s.name for s in found if not s.keeps_up]
    tested = [s.p for s in found if s.p is not None]
    gap = f"{100 * (best.mean - worst.mean):.2f} points from {best.name} to {worst.name}"
    if not tested:
        return f"One seed cannot show what the {factor} does by {split} split ({gap})."
    if not behind:
        return (
            f"{best.n_seeds} seeds detect no effect of the {factor} by {split} split "
            f"({gap}; smallest p {p_text(min(tested))})."
        )
    verb = "falls" if len(behind) == 1 else "fall"
    return (
        f"By {split} split the {factor} matters: {', '.join(behind)} {verb} behind {best.name} "
        f"({gap}; smallest p {p_text(min(tested))})."
    )


def split_sentence(random: Mapping[str, BySeed], contributor: Mapping[str, BySeed]) -> str:
    """Return how much the contributor split costs, paired over seeds, mean of all contenders."""
    shared = [name for name in random if name in contributor]
    common = [{*random[name]} & {*contributor[name]} for name in shared]
    seeds = sorted(set.intersection(*common)) if common else []
    if not seeds:
        return "No configuration was run by both splits from the same seeds."
    a, b = (
        [fmean(table[name][seed] for name in shared) for seed in seeds]
        for table in (random, contributor)
    )
    p = paired_t(a, b) if len(seeds) > 1 else None
    certainty = "one seed, no test" if p is None else f"p {p_text(p)} over {len(seeds)} seeds"
    far = points(fmean(a) - fmean(b), "less than", "more than", "the same as")
    subject = "By contributor split the mean of all configurations"
    return f"{subject} is {far} by random split ({certainty})."
