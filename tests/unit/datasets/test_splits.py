import numpy as np
import pytest

from hw3.datasets.splits import SPLITTERS, n_val


@pytest.mark.parametrize("split", SPLITTERS)
@pytest.mark.parametrize("val", [0, 40, 0.2, 100])
def test_train_and_validation_are_disjoint_and_complete(split, val):
    labels = np.arange(400) // 20 if split == "group" else np.repeat([1, 0], 200)
    train, held_out = SPLITTERS.get(split)(labels, n_val(val, 400), np.random.default_rng(0))
    assert sorted([*train, *held_out]) == list(range(400))
    assert len(held_out) == {0: 0, 40: 50 if split == "contributor" else 40}.get(
        val, 100 if val == 100 else 100 if split == "contributor" else 80
    )


def test_last_split_holds_out_the_end():
    train, held_out = SPLITTERS.get("last")(np.zeros(10), 3, np.random.default_rng(0))
    assert train.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert held_out.tolist() == [7, 8, 9]


def test_random_split_depends_on_the_seed_alone():
    def held_out(seed):
        return SPLITTERS.get("random")(np.zeros(100), 20, np.random.default_rng(seed))[1].tolist()

    assert held_out(0) == held_out(0) != held_out(1)


def test_contributor_split_keeps_blocks_whole():
    labels = np.repeat([1, 0], 5100)
    _, held_out = SPLITTERS.get("contributor")(labels, 2040, np.random.default_rng(0))
    blocks = held_out.reshape(-1, 25)
    assert (blocks[:, 0] % 25 == 0).all()
    np.testing.assert_array_equal(blocks, blocks[:, :1] + np.arange(25))
    assert labels[held_out].mean() == 0.5
