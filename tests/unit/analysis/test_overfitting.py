import numpy as np
import pytest

from hw3.analysis.overfitting import overfitting_onset, smoothed


def test_smoothing_is_the_mean_of_neighbours_cut_at_the_ends():
    assert smoothed([1, 2, 6, 3], 3).tolist() == [1.5, 3, 11 / 3, 4.5]
    assert smoothed([1, 2], 1).tolist() == [1, 2]
    with pytest.raises(ValueError, match="odd window"):
        smoothed([1.0], 2)


FALLING = np.linspace(1, 0, 20)


def test_onset_is_the_lowest_validation_loss_if_training_still_falls():
    valley = np.abs(np.arange(20) - 8.0)
    assert overfitting_onset(FALLING, valley) == 9
    assert overfitting_onset(FALLING, valley, window=1) == 9
    assert overfitting_onset(FALLING[::-1], valley) is None  # training rises too: no over-fitting
    assert overfitting_onset(np.zeros(20), valley) is None


def test_no_onset_while_validation_falls_or_the_lowest_is_too_new():
    assert overfitting_onset(FALLING, FALLING) is None
    late = np.abs(np.arange(20) - 17.5)
    assert overfitting_onset(FALLING, late) is None
    assert overfitting_onset(FALLING, np.zeros(20)) is None
    assert overfitting_onset([1.0], [1.0]) is None
    assert overfitting_onset([], []) is None


def test_one_lucky_epoch_is_smoothed_away():
    val = np.abs(np.arange(20) - 12.0) / 10
    val[3] = -0.5
    assert overfitting_onset(FALLING, val, window=1) == 4
    assert overfitting_onset(FALLING, val) == 13


def test_a_diverged_run_has_no_onset_and_lengths_must_agree():
    assert overfitting_onset([1.0, 0.5, np.nan], [1.0, 2.0, 3.0]) is None
    with pytest.raises(ValueError, match="same epochs"):
        overfitting_onset([1.0], [])
