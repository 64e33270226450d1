"""What the engines of submitit share."""

import signal
from concurrent.futures import ThreadPoolExecutor

from hw3.launch.engines._submitit import unheard


def test_a_thread_starts_processes_too_and_sets_no_handler():
    def started():
        with unheard():
            return signal.getsignal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(started).result() == before
    assert started() == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == before
