"""Values and errors in one line."""

import pytest

from hw3.core.words import one_line, quoted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("a\nb", "'a\\nb'"),
        (3, "3"),
        ("x" * 200, f"'{'x' * 39} ... {'x' * 19}' (202 characters)"),
    ],
)
def test_a_value_is_quoted_in_short(value, text):
    assert quoted(value) == text


def test_what_python_cannot_write_is_quoted_too():
    assert quoted(10**5000) == "a int too long to show"
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    assert quoted(nested) == "a list too long to show"


def test_an_error_is_one_line_whatever_is_in_it():
    assert one_line("a\nb\x1b[1m\u2028\udcff é 数") == "a\\nb\\x1b[1m\\u2028\\udcff é 数"
    assert len(one_line("x" * 10**6)) < 600
