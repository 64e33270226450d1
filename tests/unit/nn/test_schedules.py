import pytest

from hw3.nn.schedules import SCHEDULES
from tests.builders import preset_record


def trace(schedule, epochs):
    return [schedule.applied(epoch, epochs) for epoch in range(epochs)]


def test_halve_twice_of_the_assignment():
    expected = [0.1] * 20 + [0.05] * 20 + [0.025] * 10
    assert trace(preset_record(SCHEDULES, "halve_twice", initial=0.1), 50) == pytest.approx(
        expected
    )
    assert trace(
        preset_record(SCHEDULES, "halve_twice", initial=0.1, after=(20, 40)), 50
    ) == pytest.approx(expected)


@pytest.mark.parametrize("epochs", [2, 3, 4, 5, 7, 10, 49, 50, 51])
def test_the_last_rate_is_a_quarter_of_the_first(epochs):
    rates = trace(preset_record(SCHEDULES, "halve_twice", initial=0.4), epochs)
    assert rates[0] == 0.4
    assert rates[-1] == 0.1
    assert rates == sorted(rates, reverse=True)


def test_a_share_of_less_than_an_epoch_is_one():
    schedule = preset_record(SCHEDULES, "halve_twice", initial=0.4, after=(0.1, 0.6))
    assert trace(schedule, 4) == [0.4, 0.2, 0.1, 0.1]


def test_a_single_epoch_has_no_room_to_halve():
    assert trace(preset_record(SCHEDULES, "halve_twice", initial=0.4), 1) == [0.4]


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_start_at_initial_and_stay_in_its_range(name):
    rates = trace(preset_record(SCHEDULES, name, initial=0.3), 40)
    assert rates[0] == 0.3
    assert all(0 < rate <= 0.3 for rate in rates)


def test_step_and_cosine_by_hand():
    assert trace(
        preset_record(SCHEDULES, "step", initial=1.0, every=2, factor=0.1), 5
    ) == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert trace(preset_record(SCHEDULES, "cosine", initial=1.0), 4) == pytest.approx(
        [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]
    )
    assert trace(
        preset_record(SCHEDULES, "cosine", initial=1.0, final_share=0.5), 2
    ) == pytest.approx([1, 0.75])
    assert trace(
        preset_record(SCHEDULES, "cosine", initial=0.4, final_share=0.5), 2
    ) == pytest.approx([0.4, 0.3])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_rises_by_equal_steps_and_then_the_schedule_runs_over_the_rest(name):
    plain = trace(preset_record(SCHEDULES, name, initial=0.4), 7)
    warmed = trace(preset_record(SCHEDULES, name, initial=0.4, warmup=3), 10)
    assert warmed[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert warmed[3:] == plain
