"""Programs drawn at random over conventions: right ones, and wrong ones with a known bug.

No right one may fail `check`: layouts, sums or means, penalties, heads and ways of writing are
nobody's fault.
"""

from typing import Any

from tests.conventions.convention import ALL, BUGS, Convention, drawn
from tests.conventions.source import program_of

__all__ = [
    "BUGS",
    "Convention",
    "drawn",
    "program_of",
    "right_program",
    "wrong_convention",
    "wrong_program",
]

NEEDED: dict[int, dict[str, Any]] = {  # what a bug needs to be one
    1: {"reduction": "mean"},
    3: {"hidden": "tanh", "slope_of": "z"},
    5: {"hidden": "relu", "at_kink": ">"},
    13: {"l2": "l2", "strength": "argument", "given": ALL},
    15: {"head": "sigmoid", "sizes": (20, 6, 1), "given": ALL, "guard": "added"},
    16: {"head": "softmax", "given": ALL, "sizes": ()},
    17: {"head": "softmax", "given": ALL, "sizes": ()},
}


def right_program(number: int) -> str:
    """Return the text of a right program, the same for the same number."""
    return program_of(drawn(number))


def wrong_program(number: int) -> tuple[int, str]:
    """Return one of BUGS, in turn, and the text of a program that has it and is right otherwise."""
    bug = BUGS[number % len(BUGS)]
    return bug, program_of(wrong_convention(number))


def wrong_convention(number: int) -> Convention:
    """Return the convention of a wrong program."""
    bug = BUGS[number % len(BUGS)]
    given = ("loss", "gradients", "init") + (("step",) if bug in (1, 2) else ())
    code = ("vectorised", "einsum", "unrolled")[number // len(BUGS) % 3]
    fixed: dict[str, Any] = {"given": given, "bug": bug, "code": code}
    return drawn(1_000_000 + number, **fixed | NEEDED.get(bug, {}))
