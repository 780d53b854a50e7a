"""Commands that are run through the stream: their output, their status, their end."""

import errno
import hashlib
import os

import pytest
from far_side import Container, Stream, ended

from homeport.wire import helper as wire


def test_a_command_has_its_output_and_status(stream: Stream, container: Container) -> None:
    """Both outputs come whole and apart, then the status; it runs in the folder that is named."""
    text = "pwd; echo sorry >&2; cat; exit 3"
    assert stream.run("sh", "-c", text, folder=str(container.root)) == (3, f"{container.root}\n".encode(), b"sorry\n")


@pytest.mark.parametrize(
    ("command", "folder", "status"),
    [(("/no/such",), "", 127), (("/",), "", 126), (("true",), "/no/such", 127), (("sh", "-c", "kill -9 $$"), "", 137)],
)
def test_a_command_that_fails_says_how(stream: Stream, command: tuple[str, ...], folder: str, status: int) -> None:
    """As in a shell: 127 is not there, 126 cannot be run, 128+n ended by signal n."""
    answer = stream.run(*command, folder=folder)
    assert answer[0] == status
    assert (b"/" in answer[2]) == (status < 128)


def test_output_is_whole_however_long(stream: Stream) -> None:
    """More than all buffers hold arrives in its order, before the status."""
    status, output, _ = stream.run("sh", "-c", "seq 1 1000000")
    assert status == 0
    expected = "".join(f"{each}\n" for each in range(1, 1000001)).encode()
    assert hashlib.sha256(output).digest() == hashlib.sha256(expected).digest()


def test_a_background_child_does_not_hold_the_status(stream: Stream) -> None:
    """The status comes when the command ends, though somebody has its output open still."""
    status, output, _ = stream.run("sh", "-c", "sleep 1000 & echo $!; exit 4")
    assert status == 4
    os.kill(int(output), 9)


def test_commands_end_with_their_stream(stream: Stream) -> None:
    """A command and its children do not outlive who asked for them."""
    number = stream.number()
    stream.send(wire.Run(number, "", ("sh", "-c", "trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000")))
    pids = [int(word) for word in stream.hear(wire.Output).content.split()]
    assert stream.end() == 0
    for pid in pids:
        ended(pid)


def test_a_command_can_be_ended(stream: Stream) -> None:
    """A reset kills it with its children; its status is told."""
    number = stream.number()
    stream.send(wire.Run(number, "", ("sh", "-c", "echo up; sleep 1000")))
    stream.hear(wire.Output)
    stream.send(wire.Reset(number))
    assert stream.hear(wire.Exit).value == 137


def test_several_commands_run_at_a_time(stream: Stream, container: Container) -> None:
    """One that waits for another one, which was asked for later, hears from it."""
    os.mkfifo(container.root / "pipe")
    reads, writes = stream.number(), stream.number()
    stream.send(wire.Run(reads, str(container.root), ("cat", "pipe")))
    stream.send(wire.Run(writes, str(container.root), ("sh", "-c", "echo hello > pipe")))
    for number in (reads, writes):
        assert stream.hear(wire.Exit, lambda frame, number=number: frame.id == number).value == 0  # type: ignore[misc]
    assert stream.said(wire.Output, reads) == b"hello\n"


def test_no_command_is_none(stream: Stream) -> None:
    """What names no program, or more words than there is room for, is refused."""
    assert stream.ask(wire.Run, "", ()) == errno.EINVAL
    assert stream.ask(wire.Run, "", ("true",) * 300) == errno.E2BIG
