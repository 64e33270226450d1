"""Where training starts to hurt: validation loss rising while training loss falls."""

from collections.abc import Sequence

import numpy as np

from hw3.nn.arrays import FloatArray

WINDOW = 5  # epochs; single epochs of a small validation split go up and down by chance


def smoothed(losses: Sequence[float], window: int = WINDOW) -> FloatArray:
    """Return the mean of each entry and its neighbours, (n,): `window` of them, fewer at the ends.

    Raises:
        ValueError: unless window is odd and positive.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"needs an odd window >= 1, got {window}")
    reach = window // 2
    means = [np.mean(losses[max(0, i - reach) : i + reach + 1]) for i in range(len(losses))]
    return np.array(means, np.float64)


def overfitting_onset(
    train_losses: Sequence[float], val_losses: Sequence[float], window: int = WINDOW
) -> int | None:
    """Return the epoch, counted from 1, after which the net over-fits, or None if it does not.

    Both losses are smoothed over `window` epochs. The onset is the epoch of the lowest smoothed
    validation loss (the first of several), if at the last epoch the smoothed validation loss is
    higher than there and the smoothed training loss lower: from there on, what still improves the
    fit makes predictions worse. A lowest value within the last half window is too new to tell.

    Raises:
        ValueError: if the lengths differ, or for an even window.
    """
    if len(train_losses) != len(val_losses):
        raise ValueError(
            f"needs losses of the same epochs, got {len(train_losses)} and {len(val_losses)}"
        )
    if len(val_losses) == 0 or not np.isfinite([*train_losses, *val_losses]).all():
        return None
    train, val = smoothed(train_losses, window), smoothed(val_losses, window)
    lowest = int(val.argmin())
    is_known = lowest < len(val) - 1 - window // 2
    is_overfitting = is_known and val[-1] > val[lowest] and train[-1] < train[lowest]
    return lowest + 1 if is_overfitting else None
