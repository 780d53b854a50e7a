"""A command is started anew in its container: when it is asked for, and by itself where its files would be lost."""

import errno
import os
import signal
from pathlib import Path

import pytest
from far_side import LIMIT, Container, Stream, ended

from homeport.wire import helper as wire

CRASHES = "echo up; test -e crash && exit 3; sleep 1000"
"""Ends by itself once there is a file ``crash``."""


def running(container: Container, command: str) -> Stream:
    """Start a command that says ``up``, and open a stream."""
    container.start(command)
    assert container.line() == "up"
    stream = container.serve()
    assert stream.state().starts == 1
    return stream


def test_a_restart_replaces_the_command_and_keeps_the_container(container: Container) -> None:
    """The answer comes when the new one was started; process 1 stays."""
    stream = running(container, "echo up; sleep 1000")
    before = stream.state()
    assert stream.ask(wire.Restart) == 0
    after = stream.state()
    assert (after.starts, after.signal) == (2, signal.SIGTERM)
    assert after.pid != before.pid
    assert container.line() == "up"
    ended(before.pid)
    assert container.one is not None
    assert container.one.poll() is None


def test_a_restart_ends_all_that_the_command_left(container: Container) -> None:
    """A process in a session of its own, which would keep the port, is gone before the new command starts."""
    container.start("(setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' &); sleep 1000")
    orphan = int(container.line())
    assert container.serve().ask(wire.Restart, 0, 50) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)


def test_who_is_deaf_is_killed_after_its_grace(container: Container) -> None:
    """SIGKILL follows the signal after ``grace``."""
    stream = running(container, "trap '' TERM; echo up; while :; do sleep 1000; done")
    assert stream.ask(wire.Restart, 0, 50) == 0
    assert stream.state().signal == signal.SIGKILL


def test_a_restart_asks_with_the_signal_that_it_names(container: Container) -> None:
    """A command that wants another signal than SIGTERM gets that one."""
    stream = running(container, "trap 'exit 6' USR1; trap '' TERM; echo up; sleep 1000 & wait")
    assert stream.ask(wire.Restart, signal.SIGUSR1, 60000) == 0
    assert stream.state().exited == 6
    assert stream.ask(wire.Restart, 200, 0) == errno.EINVAL


def test_restarts_that_are_asked_for_together_are_one(container: Container) -> None:
    """Two that meet are both answered by the one start that comes after both."""
    stream = running(container, "trap '' TERM; echo up; while :; do sleep 1000; done")
    one, other = stream.number(), stream.number()
    stream.send(wire.Restart(one, 0, 200), wire.Restart(other, 0, 200))
    assert (stream.ack(one), stream.ack(other)) == (0, 0)
    assert stream.state().starts == 2


def test_after_a_batch_an_end_does_not_end_the_container(container: Container) -> None:
    """A command that ends by itself is started again, later each time, and whoever listens hears of it at once."""
    stream = running(container, CRASHES)
    assert stream.ask(wire.Applied, "batch 1") == 0
    (container.root / "crash").touch()
    assert stream.ask(wire.Restart) == 0
    first = stream.news(lambda state: state.exited == 3)
    assert (first.pid, first.label) == (0, "batch 1")
    assert 0 < first.again <= 500
    second = stream.news(lambda state: state.starts == 3 and not state.pid)
    assert 500 < second.again <= 1000
    assert second.again > first.again


def test_a_restart_does_not_wait_for_the_pause(container: Container) -> None:
    """Asked for while the command waits to be started again, it starts at once, and pauses are short again."""
    stream = running(container, CRASHES)
    stream.ask(wire.Applied, "batch 1")
    (container.root / "crash").touch()
    stream.ask(wire.Restart)
    stream.news(lambda state: state.exited == 3)
    (container.root / "crash").unlink()
    assert stream.ask(wire.Restart) == 0
    state = stream.state()
    assert (state.starts, state.again, state.pid > 0) == (3, 0, True)


def test_a_label_that_was_taken_back_counts_as_none(container: Container) -> None:
    """With the files of the image again, the command's end is the container's."""
    stream = running(container, CRASHES)
    assert stream.ask(wire.Applied, "batch 1") == 0
    assert stream.ask(wire.Applied, "") == 0
    (container.root / "crash").touch()
    stream.ask(wire.Restart)
    assert container.one is not None
    assert container.one.wait(LIMIT) == 3


@pytest.mark.parametrize("name", ["TERM", "INT", "QUIT"])
def test_an_end_that_was_asked_for_from_outside_ends_the_container(container: Container, name: str) -> None:
    """Whoever ends a pod with a signal of the image's choice is obeyed, whatever was applied."""
    stream = running(container, f"trap 'exit 9' {name}; echo up; sleep 1000 & wait")
    stream.ask(wire.Applied, "batch 1")
    assert container.one is not None
    container.one.send_signal(int(getattr(signal, f"SIG{name}")))
    assert container.one.wait(LIMIT) == 9


def test_a_container_can_be_ended_while_its_command_waits(container: Container) -> None:
    """SIGTERM between two starts ends process 1 at once."""
    stream = running(container, CRASHES)
    stream.ask(wire.Applied, "batch 1")
    (container.root / "crash").touch()
    stream.ask(wire.Restart)
    stream.news(lambda state: state.exited == 3)
    assert container.one is not None
    container.one.terminate()
    assert container.one.wait(LIMIT) == 0


def test_the_state_outlives_its_stream(container: Container) -> None:
    """A later stream is told the label that an earlier one set, and what runs."""
    first = running(container, "echo up; sleep 1000")
    label = "é" * (wire.LABEL // 2)
    assert first.ask(wire.Applied, label) == 0
    assert first.end() == 0
    state = container.serve().state()
    assert state.label == label
    assert state.protocol == wire.PROTOCOL
    assert state.age >= state.since > 0
    assert state.memory > 0
    assert Path(f"/proc/{state.pid}").exists()


def test_where_no_helper_is_process_one_a_stream_says_so(stream: Stream) -> None:
    """Age 0 is the state of a container with another process 1; it can be written to, but nothing is remembered."""
    state = stream.state()
    assert (state.age, state.starts, len(state.version)) == (0, 0, 16)
    assert stream.ask(wire.Applied, "batch 1") == errno.ESRCH
    assert stream.ask(wire.Restart) == errno.ESRCH


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_user_is_not_obeyed(container: Container) -> None:
    """Process 1 hears root and its own user; whoever else is in the container is passed over."""
    container.start("echo up; sleep 1000", user=65531)
    assert container.line() == "up"
    stranger = container.serve(user=65532)
    stranger.send(wire.Restart(stranger.number()))
    assert stranger.ask(wire.Ping) == 0
    own = container.serve(user=65531)
    assert own.state().starts == 1
    assert own.ask(wire.Restart) == 0
    assert own.state().starts == 2
