"""However Homeport ends, nothing that it started is left five seconds later."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import homeport

HOUSE = Path(__file__).with_name("house.py")
SOURCES = str(Path(homeport.__file__).parent.parent)
LIMIT = 5.0

OBEDIENT = "echo; sleep 1000 & echo $!; echo 0; wait"
DEAF = """trap "" TERM INT HUP; echo; sh -c 'echo $$; echo 0; while :; do sleep 1000; done'"""
OWN_SESSION = "echo; setsid sh -c 'trap \"\" TERM; echo $$; echo 0; while :; do sleep 1000; done'"
FORKED_TWICE = (
    "echo; (setsid sh -c 'trap \"\" TERM; echo $$; echo 0; while :; do sleep 1000; done' &) & wait; sleep 1000"
)
LEFT_BEHIND = "echo; (setsid sh -c 'trap \"\" TERM; echo $$; echo 0; while :; do sleep 1000; done' &) & exit 0"
UNMARKED = "echo; (env -i setsid sh -c 'echo $$; echo 0; while :; do /bin/sleep 1000; done' &) & wait; sleep 1000"
HOSTILE = [OBEDIENT, DEAF, OWN_SESSION, FORKED_TWICE, LEFT_BEHIND]
"""``UNMARKED`` is known only to whoever adopted it: to nobody where there are no subreapers."""


class House:
    """A running house, and pidfds of everything in it."""

    def __init__(self, mode: str, *texts: str) -> None:
        command = [sys.executable, str(HOUSE), mode, *texts]
        env = {**os.environ, "PYTHONPATH": SOURCES}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env, start_new_session=True)
        told = self.hear()
        self.guardian = int(told["guardian"])
        self.watched = [fd for pid in (*told["pids"], self.guardian) if (fd := _pidfd(pid)) is not None]
        self.alive = len(self.watched)

    def hear(self) -> dict[str, Any]:
        """Return the next thing that the house tells."""
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def watch(self, pid: int) -> None:
        """Expect one more process to end."""
        fd = _pidfd(pid)
        assert fd is not None
        self.watched.append(fd)

    def ended(self) -> tuple[int, float]:
        """Wait until everything has ended, or for the limit; return what is left, and the seconds that it took."""
        start = time.monotonic()
        left = set(self.watched)
        poll = select.poll()
        for fd in left:
            poll.register(fd, select.POLLIN)
        while left and (rest := start + LIMIT - time.monotonic()) > 0:
            for fd, _ in poll.poll(rest * 1000):
                poll.unregister(fd)
                left.discard(fd)
        return len(left), time.monotonic() - start

    def close(self) -> None:
        """Kill the house; close everything."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.ended()
        for fd in self.watched:
            os.close(fd)


def _pidfd(pid: int) -> int | None:
    """Return a descriptor that is readable once the process has ended; None when it has."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


@pytest.fixture(params=["linux", "portable"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Return a house full of hostile programs."""
    house = House(request.param, *HOSTILE)
    yield house
    house.close()


@pytest.fixture
def linux_house() -> Iterator[House]:
    """Return a house that also has a program which only a subreaper can hold."""
    house = House("linux", *HOSTILE, UNMARKED)
    yield house
    house.close()


ENDINGS: list[Callable[[House], None]] = [
    lambda house: os.killpg(house.process.pid, signal.SIGKILL),
    lambda house: os.killpg(house.process.pid, signal.SIGHUP),
]


def test_nothing_is_left_after_kill_9(house: House) -> None:
    """Deaf, detached, twice forked and left-behind programs included."""
    assert house.alive >= 8
    house.process.kill()
    left, seconds = house.ended()
    assert left == 0
    assert seconds < LIMIT


@pytest.mark.parametrize("ending", ENDINGS, ids=["kill -9 of the group", "closed terminal"])
def test_nothing_is_left_however_the_group_ends(linux_house: House, ending: Callable[[House], None]) -> None:
    """Even a daemon without session, parent, group and mark of its run."""
    ending(linux_house)
    assert linux_house.ended()[0] == 0


def test_services_outlive_the_guardian_and_the_promise_holds_again(house: House) -> None:
    """When the guardian is killed nothing else ends; another one is started, it is said, and everything still ends."""
    os.kill(house.guardian, signal.SIGKILL)
    told = house.hear()
    assert "another one takes over" in told["said"][0]
    assert int(told["guardian"]) != house.guardian
    poll = select.poll()
    for fd in house.watched:
        poll.register(fd, select.POLLIN)
    assert len(poll.poll(0)) == 1  # the guardian itself
    house.watch(int(told["guardian"]))
    house.process.kill()
    assert house.ended()[0] == 0


def test_a_second_guardian_knows_whom_the_first_had_adopted(linux_house: House) -> None:
    """A daemon without session, parent, group and mark of its run ends with the house, although its first guardian died."""
    os.kill(linux_house.guardian, signal.SIGKILL)
    linux_house.watch(int(linux_house.hear()["guardian"]))
    linux_house.process.kill()
    assert linux_house.ended()[0] == 0


def test_signals_of_a_terminal_do_not_reach_the_guardian(linux_house: House) -> None:
    """It has a session of its own, and ignores what ends other programs."""
    assert os.getsid(linux_house.guardian) == linux_house.guardian
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(linux_house.guardian, number)
    linux_house.process.kill()
    assert linux_house.ended()[0] == 0
