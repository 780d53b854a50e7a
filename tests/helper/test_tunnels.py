"""Connections through the stream: in order, both ways, ended one by one, and never more than there is credit for."""

import errno
import random
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from far_side import LIMIT, Stream

from homeport.wire import helper as wire

PLENTY = random.Random(2).randbytes(3 << 20)


def free_port(family: int = socket.AF_INET, host: str = "127.0.0.1") -> int:
    """Return a port that was free just now."""
    with socket.socket(family) as made:
        made.bind((host, 0))
        return int(made.getsockname()[1])


def call(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Connect to a port of the container."""
    return socket.create_connection((host, port), LIMIT)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Return a listening socket in the container."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(LIMIT)
        yield made


def opened(stream: Stream, server: socket.socket) -> tuple[int, socket.socket]:
    """Open a connection to a server in the container; return its id and the server's end."""
    number = stream.number()
    stream.send(wire.Open(number, server.getsockname()[1]))
    accepted, _ = server.accept()
    accepted.settimeout(LIMIT)
    assert stream.ack(number) == 0
    return number, accepted


def listening(stream: Stream) -> tuple[int, int]:
    """Listen in the container; return the id and the port."""
    number, port = stream.number(), free_port()
    stream.send(wire.Listen(number, port))
    assert stream.ack(number) == 0
    return number, port


def received(stream: Stream, number: int, size: int) -> bytes:
    """Return so many bytes of a connection, giving credit for each."""
    content = b""
    while len(content) < size:
        part = stream.hear(wire.Data, lambda frame: frame.id == number).content
        content += part
        stream.send(wire.Credit(number, len(part)))
    return content


def test_a_connection_into_the_container_carries_both_ways(stream: Stream, server: socket.socket) -> None:
    """Data need not wait for the answer, and what the server says comes back."""
    number = stream.number()
    stream.send(wire.Open(number, server.getsockname()[1]), wire.Data(number, b"question"), wire.End(number))
    accepted, _ = server.accept()
    with accepted:
        assert accepted.makefile("rb").read() == b"question"
        assert stream.ack(number) == 0
        accepted.sendall(b"answer")
    assert stream.hear(wire.Data) == wire.Data(number, b"answer")
    assert stream.hear(wire.End).id == number


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_the_container_leads_here(stream: Stream, host: str) -> None:
    """Each connection is announced with an id of the helper's, and carries both ways."""
    listener, port = listening(stream)
    with call(port, host) as one, call(port, host) as other:
        one.sendall(b"one")
        other.sendall(b"other")
        accepted = [stream.hear(wire.Accepted) for _ in range(2)]
        assert {frame.value for frame in accepted} == {listener}
        assert all(frame.id >= wire.THEIRS for frame in accepted)
        said = {frame.content: frame.id for frame in (stream.hear(wire.Data), stream.hear(wire.Data))}
        assert set(said) == {b"one", b"other"}
        stream.send(wire.Data(said[b"other"], b"to other"), wire.End(said[b"other"]), wire.Reset(said[b"one"]))
        assert other.makefile("rb").read() == b"to other"
        assert one.recv(1) == b""


def test_ends_are_one_way_at_a_time(stream: Stream) -> None:
    """Who has said all can still hear; after both ends the id is unknown."""
    _, port = listening(stream)
    with call(port) as made:
        number = stream.hear(wire.Accepted).id
        made.shutdown(socket.SHUT_WR)
        assert stream.hear(wire.End).id == number
        stream.send(wire.Data(number, b"late"), wire.End(number))
        assert made.makefile("rb").read() == b"late"
    stream.send(wire.Data(number, b"later"))
    assert stream.ask(wire.Ping) == 0
    stream.end()
    assert not [frame for frame in stream.rest() if isinstance(frame, wire.Reset)]


def test_no_more_comes_than_there_is_credit_for(stream: Stream, server: socket.socket) -> None:
    """At first ``CREDIT`` bytes; what was held back comes when more was given, whole and in its order."""
    number, accepted = opened(stream, server)
    with accepted:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        accepted.sendall(PLENTY[: wire.CREDIT * 2])
        first = b""
        while len(first) < wire.CREDIT:
            first += stream.hear(wire.Data).content
        assert stream.ask(wire.Ping) == 0
        assert first == PLENTY[: wire.CREDIT]
        stream.send(wire.Credit(number, 10))
        assert stream.hear(wire.Data).content == PLENTY[wire.CREDIT : wire.CREDIT + 10]


def test_a_slow_reader_holds_nobody_else(stream: Stream, server: socket.socket) -> None:
    """What one connection does not take waits in its window; the stream goes on, and all of it arrives at last."""
    number, slow = opened(stream, server)
    quick_number, quick = opened(stream, server)
    with slow, quick:
        sent = 0

        def send(credit: int) -> int:
            for at in range(sent, min(sent + credit, len(PLENTY)), wire.PART):
                stream.send(wire.Data(number, PLENTY[at : min(at + wire.PART, sent + credit)]))
            return min(sent + credit, len(PLENTY))

        sent = send(wire.CREDIT + stream.hear(wire.Credit, lambda frame: frame.id == number).value)
        stream.send(wire.Data(quick_number, b"quick"))
        assert quick.recv(5) == b"quick"
        content = b""
        while len(content) < len(PLENTY):
            content += slow.recv(1 << 20)
            if len(content) == sent < len(PLENTY):
                sent = send(stream.hear(wire.Credit, lambda frame: frame.id == number).value)
        assert content == PLENTY


def test_more_than_the_credit_breaks_the_connection(stream: Stream, server: socket.socket) -> None:
    """Memory in a container is bounded by what was granted: a client that overdraws loses that connection, and no other."""
    number, slow = opened(stream, server)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with slow:
        for _ in range(24):  # MiB: more than the system holds
            stream.send(*(wire.Data(number, PLENTY[at : at + wire.PART]) for at in range(0, 1 << 20, wire.PART)))
        assert stream.hear(wire.Reset, lambda frame: frame.id == number).value == errno.EPROTO
    other, accepted = opened(stream, server)
    with accepted:
        stream.send(wire.Data(other, b"x"))
        assert accepted.recv(1) == b"x"


def test_a_long_answer_arrives_whole(stream: Stream, server: socket.socket) -> None:
    """More than all windows, while the stream is used for something else too."""
    number, accepted = opened(stream, server)
    with accepted:
        accepted.setblocking(False)
        sent = accepted.send(PLENTY)
        content = b""
        while len(content) < len(PLENTY):
            content += received(stream, number, 1)
            assert stream.ask(wire.Ping) == 0
            if sent < len(PLENTY):
                try:
                    sent += accepted.send(PLENTY[sent:])
                except BlockingIOError:
                    continue
        assert content == PLENTY


def test_where_nobody_listens_a_connection_is_refused(stream: Stream) -> None:
    """The reset says why."""
    number = stream.number()
    stream.send(wire.Open(number, free_port()), wire.Data(number, b"x"))
    assert stream.hear(wire.Reset) == wire.Reset(number, errno.ECONNREFUSED)


def test_a_server_on_the_other_loopback_is_found(stream: Stream) -> None:
    """What listens on ::1 alone, as some do who listen on "localhost", is reached."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as made:
        made.settimeout(LIMIT)
        _, accepted = opened(stream, made)
        accepted.close()


def test_a_listen_can_be_taken_back(stream: Stream) -> None:
    """After a reset the port is free; connections that it brought live on."""
    listener, port = listening(stream)
    with call(port) as made:
        number = stream.hear(wire.Accepted).id
        stream.send(wire.Reset(listener))
        assert stream.ask(wire.Ping) == 0
        with pytest.raises(ConnectionRefusedError):
            call(port)
        stream.send(wire.Data(number, b"still"))
        assert made.recv(5) == b"still"
    assert stream.ask(wire.Listen, port) == 0


def test_a_port_that_is_taken_is_refused(stream: Stream) -> None:
    """The answer to a listen says so."""
    with closing(socket.create_server(("0.0.0.0", 0))) as taken:
        assert stream.ask(wire.Listen, taken.getsockname()[1]) == errno.EADDRINUSE


def test_more_connections_than_there_is_room_for_wait(stream: Stream) -> None:
    """They stay with the system until another one ends, and then come."""
    _, port = listening(stream)
    made = [call(port) for _ in range(520)]
    accepted = [stream.hear(wire.Accepted).id for _ in range(510)]
    assert stream.ask(wire.Ping) == 0
    stream.send(*map(wire.Reset, accepted))
    late = [stream.hear(wire.Accepted).id for _ in range(9)]
    assert len({*accepted, *late}) == 519
    for each in made:
        each.close()


def test_connections_end_with_their_stream(stream: Stream, server: socket.socket) -> None:
    """When the stream ends both ends of everything that it carried are closed."""
    _, accepted = opened(stream, server)
    with accepted:
        stream.end()
        assert accepted.recv(1) == b""
