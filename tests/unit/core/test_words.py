import pytest

from hw3.core.words import span


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
