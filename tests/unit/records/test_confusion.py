import pytest

from hw3.core.errors import RunDirError
from hw3.records.confusion import read_confusion


def read(folder, *lines):
    (folder / "confusion.csv").write_text("".join(f"{line}\n" for line in lines))
    return read_confusion(folder)


def test_the_most_frequent_mistake_is_beside_the_diagonal(tmp_path):
    found = read(tmp_path, "true class,a,b,c", "a,9,1,0", "b,3,2,2", "c,0,0,0")
    assert (found.correct, found.n) == (11, 17)
    assert (found.worst, found.empty) == (("b", "a", 3), ["c"])
    assert read(tmp_path, "true class,a,b", "a,9,0", "b,0,1").worst is None


@pytest.mark.parametrize(
    "lines",
    [["true class"], ["true class,a,b", "a,1", "b,1"], ["true class,a,b", "a,1,-1", "b,1,1"]],
)
def test_what_is_no_square_table_of_counts_is_refused(lines, tmp_path):
    with pytest.raises(RunDirError, match=r"confusion.csv is damaged.*no square table of counts"):
        read(tmp_path, *lines)
