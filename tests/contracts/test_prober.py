"""What every prober promises: the fake by script, the real one against servers on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from homeport.adapters.probes import LoopbackProber
from homeport.ports.fakes.prober import FakeProber
from homeport.ports.prober import Look, Prober


class Scripted:
    """A neighbourhood that only the fake sees."""

    def __init__(self) -> None:
        self.fake = FakeProber()
        self.prober: Prober = self.fake
        self._next = 20000

    async def answering(self, status: int) -> int:
        self._next += 1
        self.fake.answers(self._next, status)
        return self._next

    async def slow(self, seconds: float) -> int:
        port = await self.answering(200)
        self.fake.takes(port, seconds)
        return port

    async def nobody(self) -> int:
        return 19999

    async def relay(self) -> int:
        port = await self.answering(200)
        self.fake.stands_before_nobody(port)
        return port


class Neighbours:
    """Servers on loopback that do as the test says."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.prober: Prober = LoopbackProber()
        self.requests: list[bytes] = []
        self._stack = stack

    async def answering(self, status: int) -> int:
        return await self.saying(b"HTTP/1.1 %d Whatever\r\nContent-Length: 2\r\n\r\nok" % status)

    async def slow(self, seconds: float) -> int:
        return await self.saying(None)

    async def nobody(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as once:
            return int(once.getsockname()[1])

    async def relay(self) -> int:
        """Accept connections, and close each at once."""
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        await self._stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])

    async def saying(self, answer: bytes | None, host: str = "127.0.0.1") -> int:
        """Serve ``answer`` to whoever sent a whole head, then close; None: say nothing until the client has left."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if answer is None:
                    await reader.read()
                else:
                    writer.write(answer)
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # a look that only connects
            finally:
                writer.close()

        server = await asyncio.start_server(serve, host, 0)
        await self._stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    async with AsyncExitStack() as stack:
        yield Neighbours(stack)


@pytest.fixture(params=["fake", "loopback"])
async def around(request: pytest.FixtureRequest) -> AsyncIterator[Scripted | Neighbours]:
    async with AsyncExitStack() as stack:
        yield Scripted() if request.param == "fake" else Neighbours(stack)


class TestVerdicts:
    """Both probers judge alike."""

    @pytest.mark.parametrize("status", [200, 204, 302, 399])
    async def test_an_answer_below_400_is_healthy(self, around: Scripted | Neighbours, status: int) -> None:
        """Without wanted statuses 200-399 is healthy, redirects included."""
        assert await around.prober.look(Look(await around.answering(status), "/health")) is None

    async def test_another_status_is_named(self, around: Scripted | Neighbours) -> None:
        """What was answered and what was expected are both said."""
        port = await around.answering(503)
        assert await around.prober.look(Look(port, "/")) == "answered 503, expected 200-399"

    async def test_wanted_statuses_are_the_only_healthy_ones(self, around: Scripted | Neighbours) -> None:
        """With statuses given, those alone are healthy."""
        port = await around.answering(401)
        assert await around.prober.look(Look(port, "/", statuses=(401, 403))) is None
        port = await around.answering(200)
        assert await around.prober.look(Look(port, "/", statuses=(401, 403))) == "answered 200, expected 401 or 403"

    @pytest.mark.parametrize("path", [None, "/health"])
    async def test_a_port_without_a_listener_refuses(self, around: Scripted | Neighbours, path: str | None) -> None:
        """Nobody listening is said with the port."""
        port = await around.nobody()
        assert await around.prober.look(Look(port, path)) == f"connection refused on port {port}"

    async def test_a_listener_is_enough_without_a_path(self, around: Scripted | Neighbours) -> None:
        """A port that accepts is healthy whatever it would answer."""
        assert await around.prober.look(Look(await around.answering(500))) is None

    async def test_a_relay_before_nobody_is_no_listener(self, around: Scripted | Neighbours) -> None:
        """A connection that is accepted and closed at once counts only where nobody may stand between."""
        port = await around.relay()
        assert await around.prober.look(Look(port, relayed=True)) == f"nobody listens behind port {port}"
        assert await around.prober.look(Look(port)) is None

    async def test_a_listener_behind_a_relay_is_one(self, around: Scripted | Neighbours) -> None:
        """A connection that stays open was taken."""
        assert await around.prober.look(Look(await around.slow(5), relayed=True)) is None

    async def test_silence_ends_at_the_time_limit(self, around: Scripted | Neighbours) -> None:
        """A server that takes the request and says nothing is given up after the limit, which is named."""
        port = await around.slow(5)
        assert await around.prober.look(Look(port, "/", timeout=0.05)) == "no answer within 0.05 s"


class TestLoopback:
    """What the real prober does on the wire."""

    async def test_the_request_names_host_headers_and_an_end(self, neighbours: Neighbours) -> None:
        """A GET with the wanted headers, which win over ours, that asks to close afterwards."""
        port = await neighbours.answering(200)
        headers = (("Host", "shop.localhost"), ("X-Key", "7"))
        await neighbours.prober.look(Look(port, "/a b?c=%20ü", headers=headers))
        (request,) = neighbours.requests
        lines = request.decode().split("\r\n")
        assert lines[0] == "GET /a%20b?c=%20%C3%BC HTTP/1.1"
        assert {"Host: shop.localhost", "X-Key: 7", "Connection: close"} <= set(lines)

    async def test_ipv6_alone_is_found(self, neighbours: Neighbours) -> None:
        """A server that listens on ::1 only is looked at there."""
        try:
            port = await neighbours.saying(b"HTTP/1.1 204 No Content\r\n\r\n", host="::1")
        except OSError:
            pytest.skip("this machine has no ::1")
        assert await neighbours.prober.look(Look(port, "/")) is None
        assert await neighbours.prober.look(Look(port)) is None

    @pytest.mark.parametrize(
        ("answer", "verdict"),
        [
            (b"", "closed the connection without an answer"),
            (b"HTTP/1.1 2", "closed the connection within its answer"),
            (b"SSH-2.0-OpenSSH_9.9\r\n", "the answer is not HTTP"),
            (b"HTTP/1.1 abc\r\n\r\n", "the answer is not HTTP"),
            (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 No\r\n\r\n", "answered 500, expected 200-399"),
            (b"HTTP/1.0 200\r\n\r\n", None),
            (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", None),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", None),
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, None),
        ],
    )
    async def test_odd_answers_end_in_a_sentence(
        self, neighbours: Neighbours, answer: bytes, verdict: str | None
    ) -> None:
        """Whatever the other side says, the look ends with a verdict."""
        assert await neighbours.prober.look(Look(await neighbours.saying(answer), "/")) == verdict

    async def test_a_reset_is_no_answer(self, neighbours: Neighbours) -> None:
        """A server that resets the connection has closed it without an answer."""

        def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            said = await neighbours.prober.look(Look(port, "/"))
            assert said == "closed the connection without an answer"

    async def test_a_body_without_end_does_not_hold_the_verdict(self, neighbours: Neighbours) -> None:
        """An event stream is healthy once its status came, although its body never ends."""

        async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            await reader.read()
            writer.close()

        async with await asyncio.start_server(stream, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            assert await neighbours.prober.look(Look(port, "/", timeout=30)) is None

    async def test_headers_that_cannot_be_sent_are_a_sentence(self, neighbours: Neighbours) -> None:
        """A header with a line break, or beyond what HTTP carries, is never put on the wire."""
        for value in ("a\r\nX-Evil: 1", "€"):
            said = await neighbours.prober.look(Look(1, "/", headers=(("X", value),)))
            assert said is not None
            assert said.startswith("a header of the probe holds")

    async def test_a_full_backlog_ends_at_the_time_limit(self, neighbours: Neighbours) -> None:
        """A listener that never accepts is no answer, not a hang."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            said = [await neighbours.prober.look(Look(port, "/", timeout=0.1)) for _ in range(3)]
            assert said == ["no answer within 0.1 s"] * 3

    async def test_a_cancelled_look_leaves_nothing_open(self, neighbours: Neighbours) -> None:
        """The connection of a look that is cut short is closed, which the server notices."""
        left = asyncio.get_running_loop().create_future()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            looking.cancel()
            left.set_result(await reader.read())
            writer.close()

        async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            looking = asyncio.get_running_loop().create_task(neighbours.prober.look(Look(port, "/", timeout=60)))
            async with asyncio.timeout(10):
                assert await left == b""
        assert looking.cancelled()
