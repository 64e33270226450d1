"""The jobs of a sweep: every combination of the values that the command and its config name."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from hw3.config.compose import Composed, Session
from hw3.config.schema import Crosses
from hw3.config.validate import convert
from hw3.core.errors import ConfigError

Point = list[Override]  # what one job sets


def sweep_points(
    session: Session, composed: Composed, overrides: Sequence[Override]
) -> list[Point]:
    """Return the overrides of each job of a sweep, in the order of Hydra's basic sweeper.

    With `crosses`, the sweeper's params are crossed with each of them in turn, so that one sweep
    can hold several designs; a job that two of them name runs once.
    """
    grammar = session.grammar
    chosen = composed.with_values(o for o in overrides if o.key_or_group == "crosses")
    params = composed.hydra.sweeper.params or {}
    listed = grammar.normalized(f"{key}={value}" for key, value in params.items())
    blocks = [grammar.normalized(block) for block in crossed_blocks(chosen.crosses)]
    points: dict[object, tuple[str, ...]] = {}
    for block in blocks or [[]]:
        for point in combinations([*listed, *block, *overrides]):
            points.setdefault(frozenset(point) if blocks else len(points), point)
    return [[grammar.read(text) for text in point] for point in points.values()]


def combinations(overrides: Iterable[Override]) -> Iterator[tuple[str, ...]]:
    """Return all combinations, the last key the fastest; a key given again keeps its place."""
    levels: dict[str, list[str]] = {}
    for override in overrides:
        key = override.get_key_element()
        if not override.is_sweep_override():
            values: Iterable[str] = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            values = override.sweep_string_iterator()
        else:
            raise ConfigError(
                f"{override.input_line} names no single values; use range, or values with commas "
                "between"
            )
        levels[key] = [f"{key}={value}" for value in values]
    return product(*levels.values())


def crossed_blocks(crosses: Any) -> list[list[str]]:
    """Return the overrides of each combination of levels; a level is overrides with spaces between.

    A level that sets several keys keeps them together, such as an optimizer and its rate.
    """
    checked = convert(OmegaConf.to_container(crosses), Crosses, "crosses", {})
    return [shlex.split(" ".join(levels)) for cross in checked for levels in product(*cross)]
