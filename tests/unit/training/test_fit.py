"""What the one epoch loop hands to a backend, watched by a backend that only writes it down."""

from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

from hw3.datasets.types import Dataset, Split
from hw3.nn.losses import SoftmaxCrossEntropy
from hw3.nn.schedules import SCHEDULES
from hw3.training.fit import Plan, Training, fit
from hw3.training.history import History
from tests.builders import preset_record

N_TRAIN, N_VAL = 1234, 77


class Recorder:
    """Takes no step; decides class 0 for the first half of any split."""

    def __init__(self):
        self.orders, self.rates, self.draws, self.batch_sizes, self.joined = [], [], [], [], []

    def join(self, backends):
        assert backends[0] is self
        self.joined.append(len(backends))
        return self

    def train_epoch(self, inputs, labels, orders, *, batch_size, learning_rates, dropout_rngs):
        assert len(inputs) == len(labels) == N_TRAIN
        self.orders += orders.tolist()
        self.rates += learning_rates
        self.draws += [rng.random(3).tolist() for rng in dropout_rngs]
        self.batch_sizes.append(batch_size)

    def predict_logits(self, inputs):
        logits = np.zeros((len(inputs), 2))
        logits[: len(inputs) // 2, 0] = 1
        logits[len(inputs) // 2 :, 1] = 1
        return logits

    def get_params(self):
        return []


def split(n):
    return Split(np.zeros((n, 3)), np.zeros(n, int), np.arange(n))


def training(on_epoch, epochs=5, seed=0, history=None, has_val=True):
    data = Dataset("made", ("a", "b"), split(N_TRAIN), split(N_VAL) if has_val else None, {})
    plan = Plan(
        SoftmaxCrossEntropy(),
        preset_record(SCHEDULES, "halve_twice", initial=0.4),
        epochs,
        100,
        seed,
    )
    return Training(Recorder(), data, plan, on_epoch, history or History())


def run(**options):
    seen = []
    made = training(lambda h: seen.append(len(h)), **options)
    assert list(fit([made])) == [made]
    return made.backend, made.history, seen


def test_each_epoch_visits_each_row_once_in_another_order():
    recorder, _, _ = run()
    for order in recorder.orders:
        assert sorted(order) == list(range(N_TRAIN))
        assert order != sorted(order)
    assert len({tuple(order) for order in recorder.orders}) == 5


def test_orders_and_dropout_depend_on_the_seed():
    first, again, other = run(seed=0)[0], run(seed=0)[0], run(seed=1)[0]
    assert first.orders == again.orders
    assert first.draws == again.draws
    assert first.orders != other.orders
    assert first.draws != other.draws


def test_dropout_draws_anew_each_epoch():
    draws = run()[0].draws
    assert len({tuple(d) for d in draws}) == 5


def test_the_rate_that_is_applied_is_the_one_recorded_and_halves_twice():
    recorder, history, _ = run()
    assert recorder.rates == [e.lr for e in history.epochs]
    assert recorder.rates == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1])
    assert set(recorder.batch_sizes) == {100}


def test_the_whole_of_both_splits_is_measured():
    _, history, _ = run()
    last = history.last
    assert (last.train.n_examples, last.val.n_examples) == (N_TRAIN, N_VAL)
    assert (last.train.n_correct, last.val.n_correct) == (N_TRAIN // 2, N_VAL // 2)
    assert last.train.loss == pytest.approx(np.log(1 + np.e) - 0.5)  # half at margin 1, half at -1
    assert run(has_val=False)[1].last.val is None


def test_epochs_are_counted_from_one_and_reported_each():
    _, history, seen = run()
    assert [e.epoch for e in history.epochs] == [1, 2, 3, 4, 5]
    assert seen == [1, 2, 3, 4, 5]


def test_a_continued_fit_does_what_is_left_as_if_it_had_never_stopped():
    whole, history, _ = run()
    rest, continued, seen = run(history=History(history.epochs[:3]))
    assert rest.orders == whole.orders[3:]
    assert rest.draws == whole.draws[3:]
    assert rest.rates == whole.rates[3:]
    assert seen == [4, 5]
    assert [e.epoch for e in continued.epochs] == [1, 2, 3, 4, 5]


def test_a_run_whose_record_fails_ends_with_its_error_and_the_other_goes_on():
    seen, error = [], OSError("no space left")

    def fail(history):
        seen.append(len(history))
        raise error

    broken, whole = training(fail), training(lambda h: None, epochs=3)
    assert list(fit([broken, whole])) == [broken, whole]
    assert (broken.error, whole.error, seen) == (error, None, [1])
    assert (broken.backend.joined, whole.backend.joined) == ([2], [1])
    assert [len(r.backend.rates) for r in (broken, whole)] == [2, 2]  # epoch 1 of both; 2 and 3


def test_runs_share_the_seconds_in_which_they_train_together(monkeypatch):
    clock = count()
    monkeypatch.setattr("hw3.training.fit.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    first, second = (training(lambda h: None, epochs=n) for n in (1, 2))
    list(fit([first, second]))  # a second passes as they train, and one as each is measured
    assert [e.seconds for e in first.history.epochs] == [1.5]
    assert [e.seconds for e in second.history.epochs] == [1.5, 2]


class Keeper(Recorder):
    """A recorder whose weights are the number of epochs, and whose loss rises from the second on.

    From the epoch `diverges_in` on its logits are NaN.
    """

    def __init__(self, diverges_in=99):
        super().__init__()
        self.diverges_in, self.params = diverges_in, 0

    def train_epoch(self, *args, **options):
        super().train_epoch(*args, **options)
        self.params = len(self.rates)

    def predict_logits(self, inputs):
        scale = np.nan if self.params >= self.diverges_in else -abs(self.params - 2)
        return scale * np.ones((len(inputs), 2)) * [1, 0]

    def get_params(self):
        return [(np.full((1, 1), self.params), np.zeros(1))]

    def set_params(self, params):
        self.params = int(params[0][0].item())


def watched(keeper, patience=None):
    data = Dataset("made", ("a", "b"), split(N_TRAIN), split(N_VAL), {})
    schedule = preset_record(SCHEDULES, "constant", initial=0.4)
    history = History()
    plan = Plan(SoftmaxCrossEntropy(), schedule, 7, 100, 0, patience)
    list(fit([Training(keeper, data, plan, lambda h: None, history)]))
    return history


def kept(keeper, patience):
    return len(watched(keeper, patience)), keeper.params


def test_each_epoch_measures_the_weights_that_it_left_and_no_mean_over_epochs():
    epochs = watched(Keeper()).epochs
    expected = np.log(1 + np.exp(np.abs(np.arange(1, 8) - 2)))
    assert [e.train.loss for e in epochs] == pytest.approx(expected)
    assert [e.val.loss for e in epochs] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("patience", "expected"), [(None, (7, 7)), (1, (3, 2)), (3, (5, 2)), (9, (7, 2))]
)
def test_patience_stops_and_goes_back_to_the_lowest_loss(patience, expected):
    """The loss is lowest after the second epoch; without patience the last weights stay."""
    assert kept(Keeper(), patience) == expected


@pytest.mark.parametrize("patience", [None, 3])
def test_what_diverged_stops_and_keeps_what_it_has(patience):
    assert kept(Keeper(diverges_in=4), patience) == (4, 4)
