"""The audit of a data set in words, from numbers made by hand."""

from hw3.analysis.audit import ClassRows, RowAudit
from hw3.datasets.audit import DataAudit, audit_lines, leakage_line
from hw3.datasets.types import DataFacts

LEAKS = {"random": {"all": 0.25, "a": 0.5, "b": 0.0}, "last": {"all": 0.0}, "none": {}}


def test_the_audit_in_words():
    facts = DataFacts("f.hdf5", "5a" * 32, 8, "float32", (-1.0, 1.0), (6, 2))
    classes = [ClassRows("a", 6, 4), ClassRows("b", 2, 2)]
    rows = RowAudit((8, 20), (-1.0, 1.0), 5, 4, 1, classes)
    found = DataAudit("bits", 3, facts, rows, LEAKS, {"a": 2.25, "b": None}, ("it is odd",))
    occur = "validation rows that also occur in training,"
    assert audit_lines(found) == [
        "bits: 8 rows of 20 in [-1, 1], from f.hdf5 (sha256 5a5a5a5a5a5a...)",
        "repeats: 5 distinct rows; 4 rows occur more than once; 1 distinct rows carry more than "
        "one label",
        "  a                  6 rows = 75.00 %, 4 distinct",
        "  b                  2 rows = 25.00 %, 2 distinct",
        f"{occur} random split, seed 3: all 25.00 %, a 50.00 %",
        f"{occur} last split, seed 3: none",
        f"{occur} none split, seed 3: no row is held out",
        "blocks of 25 a rows: the alternation rate varies 2.2 times as much between blocks as "
        "chance allows",
        "blocks of 25 b rows: the alternation rate is the same for all rows of a block",
        "CAUTION: it is odd",
    ]


def test_leakage_in_a_sentence():
    shares = {"random": {"human": 0.125, "machine": 0.01}, "contributor": {"all": 0.5}}
    assert leakage_line(shares) == (
        "leakage: of the human validation rows, 12.5 % by random split and 0.0 % by contributor "
        "split also occur in training (of the machine rows 1.0 % and 0.0 %)"
    )
