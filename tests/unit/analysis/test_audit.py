import numpy as np

from hw3.analysis.audit import ClassRows, audit, row_keys


def test_row_keys_do_not_depend_on_dtype_or_the_sign_of_zero():
    rows = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 1.0]])
    keys = row_keys(rows)
    assert keys[0] == keys[1] != keys[2]
    assert row_keys(rows.astype(np.int32)) == keys
    assert len(set(row_keys(np.array([[1e-9], [2e-9]])))) == 2


def test_audit_by_hand():
    rows = np.array([[0, 1], [0, 1], [2, 3], [0, 1], [4, 5]])
    found = audit(rows, np.array([0, 0, 0, 1, 1]), ["a", "b"])
    assert (found.shape, found.range) == ((5, 2), (0, 5))
    assert (found.n_distinct, found.n_repeating, found.in_several_classes) == (3, 3, 1)
    assert found.classes == [ClassRows("a", 3, 2), ClassRows("b", 2, 2)]
