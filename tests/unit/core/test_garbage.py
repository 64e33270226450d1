import gc

import pytest

from hw3.core.garbage import keep_what_started, uncollected


def test_garbage_is_looked_for_again_afterwards():
    assert gc.isenabled()
    with pytest.raises(KeyboardInterrupt), uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()  # the outer one has not ended
        raise KeyboardInterrupt
    assert gc.isenabled()


def test_what_started_is_kept_once():
    keep_what_started()
    kept = gc.get_freeze_count()
    assert kept > 0
    more = [[] for _ in range(1000)]
    keep_what_started()
    assert gc.get_freeze_count() <= kept
    assert len(more) == 1000
