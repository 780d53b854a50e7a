"""Process 1: the container behaves as if the helper were not there, but for orphans, which are reaped."""

import errno
import signal
from pathlib import Path

import pytest
from far_side import LIMIT, Container, ended

from homeport.wire import helper as wire


@pytest.mark.parametrize(
    ("text", "status"),
    [("exit 0 ;", 0), ("exit 7 ;", 7), ("kill -KILL $$ ;", 128 + 9), ("exec /no/such/program x", 127)],
)
def test_a_container_that_was_never_updated_ends_with_its_command(container: Container, text: str, status: int) -> None:
    """The status of the command is the container's, 128+n when signal n ended it."""
    assert container.start(text).wait(LIMIT) == status


@pytest.mark.parametrize(("path", "status"), [("/no/such/program", 127), ("/", 126)])
def test_a_command_that_cannot_be_started_ends_as_in_a_shell(container: Container, path: str, status: int) -> None:
    """127 says that there is no such program, 126 that it cannot be run."""
    assert container.start(path).wait(LIMIT) == status


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "RTMIN"])
def test_signals_reach_the_command(container: Container, name: str) -> None:
    """What process 1 is sent the command gets, and its status is what the container ends with."""
    number = int(getattr(signal, f"SIG{name}"))
    one = container.start(f"trap 'exit 5' {number}; echo up; sleep 1000 & wait")
    assert container.line() == "up"
    one.send_signal(number)
    assert one.wait(LIMIT) == 5


def test_nothing_is_left_when_the_container_ends(container: Container) -> None:
    """What the command left behind ends with process 1, also in a session of its own."""
    one = container.start("(setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' &); sleep 1000")
    orphan = int(container.line())
    one.terminate()
    assert one.wait(LIMIT) == 128 + signal.SIGTERM
    ended(orphan)


def test_orphans_are_reaped(container: Container) -> None:
    """An orphan that has ended is no zombie."""
    container.start("(sh -c 'echo $$; exit 3' &); echo it has no parent; sleep 1000")
    orphan = next(int(line) for line in sorted((container.line(), container.line())))
    stream = container.serve()
    ended(orphan)
    for _ in range(2):  # the second answer comes from a turn of its loop that began after the end
        stream.state()
    assert not Path(f"/proc/{orphan}").exists()


def test_a_relay_has_no_command(container: Container) -> None:
    """Without a command process 1 stays until it is asked to end, and has nothing to restart."""
    one = container.start()
    stream = container.serve()
    state = stream.hear_state_of_one()
    assert (state.pid, state.starts) == (0, 0)
    assert stream.ask(wire.Restart) == errno.ECHILD
    one.terminate()
    assert one.wait(LIMIT) == 0


def test_two_of_one_name_do_not_disturb_each_other(container: Container) -> None:
    """Where another helper is process 1 already, a second one runs its command all the same."""
    container.start("echo up; sleep 1000")
    assert container.line() == "up"
    first = container.one
    second = container.start("exit 4 ;")
    assert second.wait(LIMIT) == 4
    assert second.stdout is not None
    second.stdout.close()
    container.one = first
    assert container.serve().state().starts == 1
