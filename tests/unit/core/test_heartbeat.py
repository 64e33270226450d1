"""A job on another machine knows by a file that its sweep lives."""

import os

import pytest

from hw3.core import heartbeat
from hw3.core.heartbeat import Listener, beating, heard, listening
from hw3.core.workers import ORPHAN_SECONDS, is_in_sweep, patience, stop_if_orphaned


def test_a_job_goes_on_while_its_sweep_lives_and_ends_with_it(tmp_path):
    path = tmp_path / ".alive"
    with beating(path), listening(path):
        assert is_in_sweep()
        assert patience() > heartbeat.SILENCE_SECONDS  # an orphan may hold the folder so long
        stop_if_orphaned()
    with listening(path):
        stop_if_orphaned()  # it may be there, and this machine not know it yet
        with beating(path):
            stop_if_orphaned()
        with pytest.raises(KeyboardInterrupt):
            stop_if_orphaned()
    assert heard() is None
    assert patience() == ORPHAN_SECONDS


def test_a_job_of_a_sweep_whose_place_another_has_taken_ends(tmp_path):
    path = tmp_path / ".alive"
    path.write_text("host 1 12.5")
    listener = Listener(path)
    assert not listener.is_orphaned
    path.write_text("host 2 99.5")
    assert listener.is_orphaned


def test_a_silent_sweep_is_a_dead_one_and_clocks_may_differ(tmp_path, monkeypatch):
    path = tmp_path / ".alive"
    path.write_text("host 1 12.5")
    os.utime(path, (5, 5))  # of a machine whose clock is wrong by years
    listener, now = Listener(path), heartbeat.time.monotonic()
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now + 50)
    assert not listener.is_orphaned
    os.utime(path, (9, 9))
    assert not listener.is_orphaned  # heard after 50 seconds
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now + 109)
    assert not listener.is_orphaned
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now + 111)
    assert listener.is_orphaned


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / ".alive")
    with pytest.raises(OSError, match="no regular file"), beating(tmp_path / ".alive"):
        pass


def test_it_beats_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.001)
    path, beats = tmp_path / ".alive", []
    done = heartbeat.threading.Event()

    def utime(path):
        beats.append(path)
        if len(beats) == 3:
            done.set()

    monkeypatch.setattr(heartbeat.os, "utime", utime)
    with beating(path):
        assert done.wait(10)
