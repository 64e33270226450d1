"""The one way to group runs: those that differ in nothing but their seed are one configuration."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hw3.analysis.selection import Candidate, choose
from hw3.config.keys import canonical
from hw3.config.presets import is_preset
from hw3.records.outcome import Outcome
from hw3.records.run import Run, Sweep

Settings = Mapping[str, object]
NAMING = ("act.name", "lr.initial")


@dataclass(frozen=True)
class Configuration:
    """Runs that differ in nothing but their seed.

    Attributes:
        label: what tells it from the others of its group, as "relu, lr 0.1".
        settings: the same by full key.
        runs: its runs, in the order in which they were given.
    """

    label: str
    settings: Settings
    runs: tuple[Run, ...]

    @property
    def completed(self) -> list[Run]:
        """The runs that count: the first that has completed of each seed."""
        found: dict[object, Run] = {}
        for run in self.runs:
            if run.is_completed:
                found.setdefault(run.seed, run)
        return list(found.values())

    @property
    def outcomes(self) -> list[Outcome]:
        """What the completed runs came to."""
        return [run.outcome for run in self.completed]

    @property
    def status(self) -> str:
        """completed, if all seeds are; else what ails the first that is not."""
        return next((run.status for run in self.runs if not run.is_completed), "completed")

    @property
    def is_measured(self) -> bool:
        """Whether a run of it has completed, and each that has held a validation split out."""
        return bool(self.completed) and all(outcome.val for outcome in self.outcomes)

    @property
    def candidate(self) -> Candidate:
        """What the rule of selection sees: the epoch that each seed ended with."""
        found = [outcome.val for outcome in self.outcomes if outcome.val]
        return Candidate(self.label, tuple(m.accuracy for m in found), tuple(m.loss for m in found))


def configurations(sweep: Sweep) -> list[Configuration]:
    """Return a sweep's configurations, best first; those that nothing can rank come last."""
    return best_first(group_runs(sweep.runs))


def group_runs(runs: Sequence[Run], apart_from: Collection[str] = ()) -> list[Configuration]:
    """Return the configurations that some runs are seeds of, in the order of their first runs.

    `apart_from` are further keys in which the runs of one configuration may differ. A run whose
    settings nobody knows is alone, under its folder's name. No two labels are equal.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        own = {key: value for key, value in run.settings.items() if key not in apart_from}
        groups.setdefault(canonical(own) if own else run.name, []).append(run)
    found = list(groups.values())
    told = telling([group[0].settings for group in found if group[0].settings])
    keys = [key for key in told if key not in apart_from]
    labels = [label_of(g[0].settings, keys) if g[0].settings else g[0].name for g in found]
    n_of = Counter(labels)
    return [
        Configuration(
            label if n_of[label] == 1 else f"{label} ({group[0].name})",
            {key: group[0].settings.get(key) for key in keys},
            tuple(group),
        )
        for label, group in zip(labels, found, strict=True)
    ]


def best_first(found: Sequence[Configuration]) -> list[Configuration]:
    """Return configurations by the rule of selection; those that it cannot rank come last."""
    ranked = {c.label: c for c in found if c.is_measured}
    best = [ranked[candidate.name] for candidate in choose(c.candidate for c in ranked.values())]
    return best + [c for c in found if c.label not in ranked]


def differing(found: Sequence[Settings]) -> list[str]:
    """Return the keys in which some settings differ; a key that one of them lacks is one."""
    keys = dict.fromkeys(key for settings in found for key in settings)
    return [key for key in keys if len({value_of(settings, key) for settings in found}) > 1]


def worth_showing(found: Sequence[Settings]) -> list[str]:
    """Return the differing keys without those that some lack and all others have as preset."""
    return [key for key in differing(found) if not is_usual(key, found)]


def is_usual(key: str, found: Sequence[Settings]) -> bool:
    """Whether some settings lack a key, and all that have it have what their group presets."""
    having = [settings for settings in found if key in settings]
    name = f"{key.rpartition('.')[0]}.name"
    return len(having) < len(found) and all(is_preset(key, s[key], s.get(name)) for s in having)


def telling(found: Sequence[Settings]) -> list[str]:
    """Return the differing keys that a name needs.

    A key that some settings lack needs no words where the name of its group says who has it, and
    all of these have one value: "tanh" and "relu" say enough without relu's slope at 0.
    """
    return [key for key in differing(found) if not is_implied(key, found)]


def is_implied(key: str, found: Sequence[Settings]) -> bool:
    """Whether a key that only some settings have follows from the name of its group."""
    having = [settings for settings in found if key in settings]
    lacking = [settings for settings in found if key not in settings]
    name = f"{key.rpartition('.')[0]}.name"
    if len({value_of(settings, key) for settings in having}) > 1:
        return False
    return not {value_of(s, name) for s in having} & {value_of(s, name) for s in lacking}


def value_of(settings: Settings, key: str) -> str:
    """Return what compares of one setting; "{}" where there is none."""
    return canonical({key: settings[key]} if key in settings else {})


def label_of(settings: Settings, keys: Sequence[str]) -> str:
    """Return "relu, lr 0.1": some settings, named where the value alone says too little.

    That is also what one configuration that is alone is called.
    A strength of 0.0 is left out where something else is named: no L1 needs no words.
    """
    held = [key for key in keys or NAMING if key in settings]
    parts = []
    for key in [k for k in held if repr(settings[k]) != "0.0"] or held:
        group, _, leaf = key.rpartition(".")
        value = settings[key]
        if leaf == "name" and isinstance(value, str):
            parts.append(value)
        else:
            parts.append(f"{group if leaf in ('name', 'initial') else leaf} {value}")
    return ", ".join(parts) or "all"


def text(value: object) -> str:
    """Return a setting as one writes it: 0.1, null, [256, 128]; 2.0 is 2."""
    return value if isinstance(value, str) else json.dumps(value, default=str).removesuffix(".0")


def several_files(runs: Iterable[Run]) -> str | None:
    """Return that runs read different data files, None if they read one."""
    files = {facts.sha256: facts.file for run in runs if (facts := run.data_facts)}
    names = ", ".join(sorted(set(files.values())))
    return f"trained on {len(files)} different files: {names}" if len(files) > 1 else None


def incomparable(found: Sequence[Configuration]) -> str | None:
    """Return why accuracies of some configurations are not comparable, None if they are.

    Each configuration is validated on the rows of its seeds; one may have fewer seeds, but no
    two may each have rows that the other lacks.
    """
    runs = [run for configuration in found for run in configuration.runs if run.tree]
    names = list(dict.fromkeys(text(run.settings["dataset.name"]) for run in runs))
    if len(names) > 1:
        return f"different data sets ({', '.join(names)})"
    if reason := several_files(runs):
        return reason
    rows = {  # most of a thousand configurations have the same
        frozenset(o.val_rows_sha256 for o in group.outcomes if o.val_rows_sha256)
        for group in group_runs([run for run in runs if run.is_completed])
    }
    if all(a <= b or b <= a for a, b in combinations(rows, 2)):
        return None
    keys = differing([run.settings for run in runs])
    why = [key for key in keys if key.startswith("dataset.")] or ["seed"]
    return f"validated on different rows ({', '.join(why)})"
