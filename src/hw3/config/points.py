"""The jobs of a sweep: every combination of the values that the command and its config name."""

import shlex
from collections.abc import Iterable, Sequence
from itertools import chain, product
from math import prod
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from hw3.config.compose import Composed, Session
from hw3.config.overrides import check_n_jobs
from hw3.config.schema import Crosses
from hw3.config.space import Space, space_of
from hw3.config.validate import convert
from hw3.core.errors import ConfigError
from hw3.core.words import SHORT, one_line, quoted

Point = list[Override]  # what one job sets


def sweep_points(
    session: Session, composed: Composed, overrides: Sequence[Override]
) -> list[Point]:
    """Return the overrides of each job of a sweep, in the order of Hydra's basic sweeper.

    With `crosses`, the sweeper's params are crossed with each of them in turn, so that one sweep
    can hold several designs; a job that two of them name runs once.
    """
    grammar = session.grammar
    given = [o for o in overrides if o.key_or_group == "crosses"]
    if any(o.is_sweep_override() for o in given):
        raise ConfigError("crosses names several values: give one list of crosses")
    chosen = composed.with_values(given)
    listed = sweeper_params(session, composed)
    blocks = [grammar.normalized(block) for block in crossed_blocks(chosen.crosses)]
    refuse_commands_keys(chain(*blocks), "crosses")
    points: dict[object, tuple[str, ...]] = {}
    named = [levels_of([*listed, *block, *overrides]) for block in blocks or [[]]]
    n_jobs = sum(prod(map(len, levels)) for levels in named)
    check_n_jobs(n_jobs, f"the sweep names {n_jobs:,} jobs")
    for levels in named:
        for point in product(*levels):
            points.setdefault(frozenset(point) if blocks else len(points), point)
    return [[grammar.read(text) for text in point] for point in points.values()]


def sweeper_params(session: Session, composed: Composed) -> Point:
    """Return the overrides of hydra.sweeper.params."""
    params = composed.hydra.sweeper.params or {}
    listed = session.grammar.normalized(f"{key}={value}" for key, value in params.items())
    refuse_commands_keys(listed, "hydra.sweeper.params")
    return listed


def search_space(session: Session, composed: Composed, overrides: Sequence[Override]) -> Space:
    """Return what a command with hydra/sweeper=optuna leaves open.

    Raises:
        ConfigError: for crosses, which are jobs that are planned, and for what cannot be searched.
    """
    if composed.with_values(o for o in overrides if o.key_or_group == "crosses").crosses:
        raise ConfigError(
            "crosses name jobs one by one, and hydra/sweeper=optuna proposes them; use crosses=[]"
        )
    return space_of([*sweeper_params(session, composed), *overrides])


def refuse_commands_keys(overrides: Iterable[Override], place: str) -> None:
    """Raise ConfigError for keys that a command has and a job has not."""
    for override in overrides:
        if override.is_hydra_override() or override.key_or_group == "crosses":
            raise ConfigError(
                f"{place} may name keys of a job, and {one_line(str(override.input_line), SHORT)} "
                "is a key of the command; give it beside them"
            )


def levels_of(overrides: Iterable[Override]) -> list[list[str]]:
    """Return the overrides of each key, one a value; a key given again keeps its place."""
    levels: dict[str, list[str]] = {}
    for override in overrides:
        key = override.get_key_element()
        if not override.is_sweep_override():
            values: Iterable[str] = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            values = override.sweep_string_iterator()
        else:
            raise ConfigError(
                f"{one_line(str(override.input_line), SHORT)} names no single values; use range, "
                "or values with commas between, or search it with hydra/sweeper=optuna"
            )
        levels[key] = [f"{key}={value}" for value in values]
    return list(levels.values())


def crossed_blocks(crosses: Any) -> list[list[str]]:
    """Return the overrides of each combination of levels; a level is overrides with spaces between.

    A level that sets several keys keeps them together, such as an optimizer and its rate.
    """
    found = OmegaConf.to_container(crosses) if OmegaConf.is_config(crosses) else crosses
    checked = convert(found, Crosses, "crosses", {})
    n = sum(prod(map(len, cross)) for cross in checked)
    check_n_jobs(n, f"crosses name {n:,} combinations")
    return [words(" ".join(levels)) for cross in checked for levels in product(*cross)]


def words(text: str) -> list[str]:
    """Return the overrides of a level, which may have quotes as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ConfigError(
            f"crosses has a level that cannot be read ({error}): {quoted(text)}"
        ) from error
