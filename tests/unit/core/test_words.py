import pytest

from hw3.core.words import p_is, p_text, span


def test_a_p_below_a_thousandth_is_no_equation():
    assert [p_is(p) for p in (0.0004, 0.0504, None)] == ["p < 0.001", "p = 0.0504", "p = -"]


def test_a_p_has_three_digits_and_never_looks_like_the_level():
    found = map(p_text, (None, 1.0, 0.412, 0.05044, 0.04996, 0.049999999, 0.05, 0.00171, 0.0009))
    wanted = "- 1.00 0.412 0.0504 0.04996 0.049999999 0.0500 0.00171 < 0.001"
    assert " ".join(found) == wanted


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], "-"),
        ([3, 3], "3"),
        ([4, 0], "0, 4"),
        ([0, 1], "0, 1"),
        ([4, 2, 0, 1, 3], "0 to 4"),
        ([0, 1, 2, 4], "0, 1, 2, 4"),
        (range(0, 20, 2), "10 from 0 to 18"),
    ],
)
def test_a_span_names_no_number_that_is_not_there(numbers, text):
    assert span(numbers) == text
