"""What shared addresses promise: the fake by asking who is next, the real ones by connections."""

import asyncio
import hashlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from homeport.adapters.links import LoopbackFronts
from homeport.aio.virtual import run_virtually
from homeport.model.errors import OutsideError
from homeport.ports.callers import Caller
from homeport.ports.fakes.fronts import FakeAddress, FakeFronts
from homeport.ports.fronts import Address

LIMIT = 20
"""Seconds after which a test is stuck; nothing waits for it."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as once:
        return int(once.getsockname()[1])


class Street:
    """Real replicas, each of which says its letter first and echoes afterwards, and clients of a shared address."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.servers: dict[str, asyncio.Server] = {}
        self.port = free_port()

    async def replica(self, letter: str, host: str = "127.0.0.1", port: int = 0) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(letter.encode())
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            except ConnectionError:
                pass  # the client left in a hurry
            finally:
                writer.close()

        server = await asyncio.start_server(serve, host, port)
        self.servers[letter] = await self._stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self, letter: str) -> None:
        self.servers[letter].close()
        await self.servers[letter].wait_closed()

    async def connect(self, host: str = "127.0.0.1") -> Connection:
        reader, writer = await asyncio.open_connection(host, self.port)
        self._stack.push_async_callback(hang_up, writer)
        return reader, writer

    async def letter(self) -> str:
        """Connect, and return which replica took the call."""
        reader, writer = await self.connect()
        said = await reader.readexactly(1)
        await hang_up(writer)
        return said.decode()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except ConnectionError:
        return  # the other side was faster


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    async with asyncio.timeout(LIMIT), AsyncExitStack() as stack:
        yield Street(stack)


class TestFake:
    """The fake keeps the same promises."""

    def test_turns_waiting_and_taken_ports(self) -> None:
        """Connections go in turn, wait while there is no target, and a taken port is an error."""

        async def story() -> list[int]:
            fronts = FakeFronts(taken=[81])
            async with fronts.listen({"api": 80}) as addresses:
                with pytest.raises(OutsideError, match='"web", port 81'):
                    await fronts.listen({"web": 81}).__aenter__()
                address = fronts.open[80]
                assert isinstance(address, FakeAddress)
                asyncio.get_running_loop().call_later(5, addresses["api"].point, [1, 2])
                return [await address.connect() for _ in range(3)]

        assert run_virtually(story()) == [1, 2, 1]


class TestTurns:
    """Who gets the next connection."""

    async def test_connections_go_round(self, street: Street) -> None:
        """Each target gets its turn."""
        targets = [await street.replica(letter) for letter in "abc"]
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point(targets)
            assert [await street.letter() for _ in range(6)] == list("abcabc")

    async def test_a_refusing_target_is_passed_over(self, street: Street) -> None:
        """When a target refuses, the next one gets the connection and the client notices nothing."""
        targets = [free_port(), await street.replica("b"), free_port()]
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point(targets)
            assert [await street.letter() for _ in range(5)] == list("bbbbb")

    async def test_targets_on_ipv6_and_clients_on_ipv6(self, street: Street) -> None:
        """Both loopbacks are listened on, and a target that listens on ::1 alone is reached."""
        try:
            target = await street.replica("6", host="::1")
        except OSError:
            pytest.skip("this machine has no ::1")
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([target])
            reader, _writer = await street.connect("::1")
            assert await reader.readexactly(1) == b"6"

    async def test_a_rolling_restart_refuses_nobody(self, street: Street) -> None:
        """While replicas go away and come back one by one, every new connection is served."""
        targets = [await street.replica("a"), await street.replica("b")]
        served: list[str] = []

        async def restart(letter: str, address: Address, rest: list[int], port: int) -> None:
            await street.close(letter)  # the front is told late: the dead target refuses meanwhile
            served.extend([await street.letter() for _ in range(10)])
            address.point(rest)
            served.extend([await street.letter() for _ in range(10)])
            await street.replica(letter, port=port)
            address.point(targets)

        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point(targets)
            await restart("a", addresses["api"], targets[1:], targets[0])
            await restart("b", addresses["api"], targets[:1], targets[1])
            served.extend([await street.letter() for _ in range(4)])
        assert len(served) == 44
        assert set(served[-4:]) == {"a", "b"}


class TestWaiting:
    """No target, for now."""

    async def test_connections_wait_for_a_target(self, street: Street) -> None:
        """Without targets connections are accepted and wait; what they sent meanwhile arrives."""
        target = await street.replica("a")
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            reader, writer = await street.connect()
            writer.write(b"early")
            addresses["api"].point([target])
            assert await reader.readexactly(6) == b"aearly"

    async def test_a_target_that_comes_back_is_found(self, street: Street) -> None:
        """When all targets refuse, they are tried again without a new ``point``."""
        port = free_port()
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([port])
            reader, _writer = await street.connect()
            await street.replica("a", port=port)
            assert await reader.readexactly(1) == b"a"

    async def test_nobody_waits_for_ever(self, street: Street) -> None:
        """A connection that finds no target within the patience ends."""
        async with LoopbackFronts(patience=0.05).listen({"api": street.port}) as addresses:
            addresses["api"].point([free_port()])
            reader, _writer = await street.connect()
            assert await reader.read() == b""

    async def test_who_waits_at_the_close_is_told(self, street: Street) -> None:
        """A connection that still waits when the address closes ends."""
        async with LoopbackFronts().listen({"api": street.port}):
            reader, _writer = await street.connect()
        assert await reader.read() == b""


class TestCarrying:
    """What happens to bytes."""

    async def test_open_connections_stay_where_they_are(self, street: Street) -> None:
        """``point`` never touches an open connection."""
        first, second = await street.replica("a"), await street.replica("b")
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([first])
            reader, writer = await street.connect()
            assert await reader.readexactly(1) == b"a"
            addresses["api"].point([second])
            addresses["api"].point([])
            writer.write(b"still there?")
            assert await reader.readexactly(12) == b"still there?"

    async def test_half_a_close_is_carried(self, street: Street) -> None:
        """A client that has said everything still hears the rest of the answer."""
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([await street.replica("a")])
            reader, writer = await street.connect()
            writer.write(b"x" * 100_000)
            writer.write_eof()
            assert await reader.read(-1) == b"a" + b"x" * 100_000

    async def test_large_transfers_arrive_whole_both_ways(self, street: Street) -> None:
        """Every byte arrives once and in order, also when one side reads slowly."""
        sent = hashlib.sha256(b"a")
        got = hashlib.sha256()
        block = bytes(range(256)) * 4096

        async def send(writer: asyncio.StreamWriter) -> None:
            for _ in range(32):
                writer.write(block)
                sent.update(block)
                await writer.drain()
            writer.write_eof()

        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([await street.replica("a")])
            reader, writer = await street.connect()
            async with asyncio.TaskGroup() as group:
                group.create_task(send(writer))
                while data := await reader.read(7000):
                    got.update(data)
        assert got.hexdigest() == sent.hexdigest()

    async def test_a_client_that_does_not_read_stops_its_server(self, street: Street) -> None:
        """Bytes pile up in no place of ours: the sender is stopped when the receiver does not read."""
        stopped = asyncio.get_running_loop().create_future()

        class Flood(asyncio.Protocol):
            """Sends until it is told to pause, then says how much it sent."""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                self.transport, self.sent, self.paused = transport, 0, False
                asyncio.get_running_loop().call_soon(self.more)

            def more(self) -> None:
                if not self.paused and self.sent < 1 << 28:
                    self.transport.write(bytes(1 << 16))
                    self.sent += 1 << 16
                    asyncio.get_running_loop().call_soon(self.more)
                elif not stopped.done():
                    stopped.set_result(self.sent)

            def pause_writing(self) -> None:
                self.paused = True

        server = await asyncio.get_running_loop().create_server(Flood, "127.0.0.1", 0)
        async with server, LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point([server.sockets[0].getsockname()[1]])
            with socket.create_connection(("127.0.0.1", street.port)):
                assert await stopped < 1 << 26

    async def test_a_broken_connection_breaks_the_other_half(self, street: Street) -> None:
        """A reset on one side is a reset on the other, never a clean end."""

        async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(5)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()

        async with (
            await asyncio.start_server(reset, "127.0.0.1", 0) as server,
            LoopbackFronts(grace=0).listen({"api": street.port}) as addresses,
        ):
            addresses["api"].point([server.sockets[0].getsockname()[1]])
            reader, writer = await street.connect()
            writer.write(b"hello")
            with pytest.raises(ConnectionResetError):
                await reader.read()

    async def test_an_early_answer_arrives(self, street: Street) -> None:
        """A target that answers and leaves without reading all is heard, although the rest of the request is lost."""

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            writer.write(b"too large")
            writer.close()

        async with (
            await asyncio.start_server(refuse, "127.0.0.1", 0) as server,
            LoopbackFronts(grace=0).listen({"api": street.port}) as addresses,
        ):
            addresses["api"].point([server.sockets[0].getsockname()[1]])
            reader, writer = await street.connect()
            writer.write(b"x" * 10_000_000)
            assert await reader.readexactly(9) == b"too large"
            writer.transport.abort()

    async def test_two_hundred_clients_at_once_are_all_served(self, street: Street) -> None:
        """A crowd waits in the backlog and is served; nobody is refused."""
        targets = [await street.replica(letter) for letter in "ab"]
        async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
            addresses["api"].point(targets)
            async with asyncio.TaskGroup() as group:
                calls = [group.create_task(street.letter()) for _ in range(200)]
            assert sorted(call.result() for call in calls) == ["a"] * 100 + ["b"] * 100


class TestOpeningAndClosing:
    """The life of an address."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
    async def test_a_taken_port_is_an_error_that_names_it(self, street: Street, host: str) -> None:
        """The port of another program, on either loopback, is an error with the address's name; nothing stays open."""
        family = socket.AF_INET6 if host == "::1" else socket.AF_INET
        try:
            holder = socket.create_server((host, street.port), family=family)
        except OSError:
            pytest.skip(f"this machine has no {host}")
        with holder, pytest.raises(OutsideError, match=f'"api", port {street.port} on {host}, is taken'):
            await LoopbackFronts().listen({"api": street.port}).__aenter__()
        async with LoopbackFronts().listen({"api": street.port}):
            pass

    async def test_the_close_waits_for_connections_that_end(self, street: Street) -> None:
        """Within the grace an open connection ends by itself and whole."""
        target = await street.replica("a")
        async with LoopbackFronts(grace=LIMIT).listen({"api": street.port}) as addresses:
            addresses["api"].point([target])
            reader, writer = await street.connect()
            writer.write(b"last words")
            writer.write_eof()
        assert await reader.read() == b"alast words"

    async def test_the_close_aborts_what_does_not_end(self, street: Street) -> None:
        """After the grace open connections are broken."""
        target = await street.replica("a")
        async with LoopbackFronts(grace=0.05).listen({"api": street.port}) as addresses:
            addresses["api"].point([target])
            reader, _writer = await street.connect()
            assert await reader.readexactly(1) == b"a"
        with pytest.raises(ConnectionResetError):
            await reader.read()

    async def test_a_closed_address_can_be_opened_again_at_once(self, street: Street) -> None:
        """Connections in TIME_WAIT do not hold the port."""
        target = await street.replica("a")
        for _ in range(3):
            async with LoopbackFronts(grace=0).listen({"api": street.port}) as addresses:
                addresses["api"].point([target])
                assert await street.letter() == "a"


class TestServing:
    """Connections that a coroutine serves."""

    @staticmethod
    async def _echo(_name: str, caller: Caller) -> None:
        while said := await caller.read():
            caller.write(said)
            await caller.drain()
        caller.end()
        await caller.flushed()

    async def test_both_loopbacks_are_served(self, street: Street) -> None:
        """Each port by its name, with what was said last still to be answered after the end."""
        names: list[str] = []

        async def serve(name: str, caller: Caller) -> None:
            names.append(name)
            await self._echo(name, caller)

        async with LoopbackFronts().accept({"api": street.port}, serve):
            for host in ("127.0.0.1", "::1"):
                reader, writer = await street.connect(host)
                writer.write(b"x" * 3_000_000)
                writer.write_eof()
                assert await reader.read() == b"x" * 3_000_000
        assert names == ["api", "api"]

    async def test_what_breaks_is_reset(self, street: Street) -> None:
        """Nobody takes the part that came for the whole: after an abort, a failed serve, and the end of the block."""

        async def serve(_name: str, caller: Caller) -> None:
            match await caller.read():
                case b"abort":
                    caller.write(b"half")
                    await caller.flushed()
                    caller.abort()
                case b"fail":
                    raise ConnectionAbortedError
                case _:
                    await caller.gone

        async with LoopbackFronts().accept({"api": street.port}, serve):
            for word in (b"abort", b"fail"):
                reader, writer = await street.connect()
                writer.write(word)
                with pytest.raises(ConnectionResetError):
                    await reader.read()
            waits, _writer = await street.connect()
            _writer.write(b"wait")
            await street.connect()  # and leaves before anybody served it, perhaps
        with pytest.raises(ConnectionResetError):
            await waits.read()

    async def test_a_client_that_left_in_a_hurry_harms_nobody(self, street: Street) -> None:
        """Whatever is still said to it goes nowhere, without an error but that it has left."""
        served: asyncio.Queue[str] = asyncio.Queue()

        async def serve(_name: str, caller: Caller) -> None:
            await caller.read()
            served.put_nowait("heard")
            await caller.gone
            caller.write(b"too late")
            caller.end()
            caller.abort()
            with pytest.raises(ConnectionError):
                await caller.drain()
            served.put_nowait("over")

        async with LoopbackFronts().accept({"api": street.port}, serve):
            client = hasty(street.port)
            assert await served.get() == "heard"
            client.close()
            assert await served.get() == "over"

    async def test_an_end_that_meets_a_reset_is_no_failure(self, street: Street) -> None:
        """The kernel knows of the reset before the loop does."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def serve(_name: str, caller: Caller) -> None:
            await caller.read()
            client.close()
            caller.end()
            done.set_result(None)

        async with LoopbackFronts().accept({"api": street.port}, serve):
            client = hasty(street.port)
            await done

    async def test_a_taken_port_is_named(self, street: Street) -> None:
        """And no other port stays open."""
        free = free_port()
        taken = pytest.raises(OutsideError, match=f'"api", port {street.port} on 127.0.0.1, is taken')
        with socket.create_server(("127.0.0.1", street.port)), taken:
            await LoopbackFronts().accept({"web": free, "api": street.port}, self._echo).__aenter__()
        async with LoopbackFronts().accept({"web": free}, self._echo):
            pass


def hasty(port: int) -> socket.socket:
    """Connect and say something; the close will be a reset, which the other side's kernel knows at once."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sendall(b"x")
    return client
