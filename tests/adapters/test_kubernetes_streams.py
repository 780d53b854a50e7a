"""Commands and connections when the other end misbehaves: an API server on loopback plays the pod."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from kubernetes_pods import SPDY, Pod, socket
from kubernetes_server import Server, free_port, refuses, says, serving

from homeport.adapters.kubernetes.cluster import RealCluster, open_cluster
from homeport.adapters.kubernetes.spdy import Frame, Reader, data
from homeport.adapters.links import LoopbackFronts
from homeport.model.errors import RefusedError
from homeport.ports.cluster import ClusterError, Finish, Target, Tunnel, Unreachable

POD = "/api/v1/namespaces/shop/pods/p"
TARGET = Target("shop", "p")
THERE = says({"metadata": {"uid": "u1"}})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def cluster(server: Server) -> AsyncIterator[RealCluster]:
    async with open_cluster(server.access, {}) as cluster, asyncio.timeout(30):
        yield cluster


def status(code: int | None = None, message: str = "") -> bytes:
    causes = [{"reason": "ExitCode", "message": str(code)}] if code is not None else []
    said = {"status": "Failure" if causes or message else "Success", "message": message, "details": {"causes": causes}}
    return b"\3" + json.dumps(said).encode()


class TestCommands:
    """Exec by hand."""

    async def test_a_success_that_nobody_asked_for_is_a_break(self, server: Server, cluster: RealCluster) -> None:
        """When the kubelet stops, a program sees the end of its input and leaves with 0: the finish tells it apart."""

        async def talk(pod: web.WebSocketResponse) -> None:
            await pod.send_bytes(b"\1")
            await pod.send_bytes(b"\1hello")
            await pod.send_bytes(status())

        server.on(f"{POD}/exec", socket(talk, "v5.channel.k8s.io"))
        async with cluster.exec(TARGET, ["serve", "a b"], stdin=True) as command:
            assert [piece async for piece in command.output()] == [("out", b"hello")]
            assert command.finish() == Finish(0, asked=False)

    async def test_a_stream_that_breaks_is_no_end(self, server: Server, cluster: RealCluster) -> None:
        """Without a status nobody knows how it ended, and a later send fails at once."""

        async def talk(pod: web.WebSocketResponse) -> None:
            await pod.send_bytes(b"\1half")

        server.on(f"{POD}/exec", socket(talk, "v5.channel.k8s.io"))
        async with cluster.exec(TARGET, ["serve"], stdin=True) as command:
            async with aclosing(command.output()) as output:
                assert await anext(output) == ("out", b"half")
                with pytest.raises(Unreachable, match='run of "serve" in the pod "p": the connection has ended'):
                    await anext(output)
            with pytest.raises(Unreachable):
                await command.send(b"x")
            with pytest.raises(Unreachable):
                command.finish()

    async def test_older_clusters_cannot_end_an_input(self, server: Server, cluster: RealCluster) -> None:
        """v4 runs commands too, and what it cannot do is refused instead of hanging."""
        got: list[bytes] = []

        async def talk(pod: web.WebSocketResponse) -> None:
            got.extend([(await pod.receive()).data for _ in range(2)])
            await pod.send_bytes(status(137))

        server.on(f"{POD}/exec", socket(talk, "v4.channel.k8s.io"))
        async with cluster.exec(TARGET, ["sh"], stdin=True, tty=True) as command:
            with pytest.raises(RefusedError, match="cannot be told that the input ends"):
                await command.send_eof()
            await command.send(b"exit\n")
            await command.resize(80, 24)
            assert [piece async for piece in command.output()] == []
            assert command.finish().code == 137
        assert got == [b"\0exit\n", b'\4{"Width":80,"Height":24}']
        assert next(server.asked(f"{POD}/exec"))["tty"] == "true"

    async def test_large_inputs_go_in_parts(self, server: Server, cluster: RealCluster) -> None:
        """No message comes near what makes the cluster drop the connection, and the end comes last."""
        sizes: list[int] = []

        async def talk(pod: web.WebSocketResponse) -> None:
            while (message := (await pod.receive()).data) != b"\xff\0":
                sizes.append(len(message))
            await pod.send_bytes(status())

        server.on(f"{POD}/exec", socket(talk, "v5.channel.k8s.io"))
        async with cluster.exec(TARGET, ["cat"], stdin=True) as command:
            await command.send(os.urandom(1_000_000))
            await command.send_eof()
            assert [piece async for piece in command.output()] == []
            assert command.finish() == Finish(0, asked=True)
        assert max(sizes) <= 128 * 1024 + 1
        assert sum(sizes) - len(sizes) == 1_000_000

    async def test_a_refused_websocket_says_why(self, server: Server, cluster: RealCluster) -> None:
        """Its answer is lost in the library, so the reason is asked for again."""
        server.on(f"{POD}/exec", refuses(400, "BadRequest", "container x is not valid for pod p"))
        with pytest.raises(ClusterError, match="container x is not valid for pod p"):
            async with cluster.exec(TARGET, ["true"]):
                pass


@pytest.fixture
def pod() -> Pod:
    return Pod()


@pytest.fixture
async def tunnel(server: Server, cluster: RealCluster, pod: Pod) -> AsyncIterator[Tunnel]:
    server.on(POD, THERE)
    server.on(f"{POD}/portforward", socket(pod.talk, SPDY))
    async with cluster.tunnel("shop", "p") as tunnel:
        yield tunnel


@asynccontextmanager
async def listening(tunnel: Tunnel, remote: int = 80) -> AsyncIterator[int]:
    """Lead a loopback port into the pod, for a block."""
    port = free_port()
    async with LoopbackFronts().accept({"web": port}, lambda _name, caller: tunnel.carry(caller, remote)):
        yield port


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


class TestTunnel:
    """Many connections in one WebSocket."""

    async def test_connections_are_whole_and_apart(self, server: Server, tunnel: Tunnel, pod: Pod) -> None:
        """Each gets its own bytes back, whatever the order, over one WebSocket."""
        sent = [os.urandom(300_000) for _ in range(3)]
        async with listening(tunnel) as port:
            ends = [await connect(port) for _ in sent]
            for (_reader, writer), text in zip(ends, sent, strict=True):
                writer.write(text)
            for (reader, writer), text in reversed(list(zip(ends, sent, strict=True))):
                assert await reader.readexactly(len(text)) == text
                writer.close()
        assert len(list(server.asked(f"{POD}/portforward"))) == 1

    async def test_one_direction_may_end_first(self, tunnel: Tunnel, pod: Pod) -> None:
        """After our end of file the pod still answers; after the pod's, we may still send."""
        pod.echo = False
        async with listening(tunnel) as port:
            reader, writer = await connect(port)
            writer.write(b"question")
            writer.write_eof()
            await pod.until(lambda: bool(pod.ended & set(pod.streams)))
            await pod.send(pod.streams[0], b"answer", fin=True)
            assert await reader.read() == b"answer"
            writer.close()
            reader, writer = await connect(port)
            await pod.until(lambda: len(pod.streams) == 2)
            await pod.send(pod.streams[1], b"greeting", fin=True)
            assert await reader.read() == b"greeting"
            writer.write(b"late")
            writer.close()
            await pod.until(lambda: pod.streams[1] in pod.ended)
            assert pod.got[pod.streams[1]] == b"late"

    async def test_a_program_that_leaves_resets_its_stream(self, tunnel: Tunnel, pod: Pod) -> None:
        """The pod is told, also when this side had already said that it sends no more."""
        pod.echo = False
        async with listening(tunnel) as port:
            _reader, writer = await connect(port)
            writer.write_eof()
            await pod.until(lambda: bool(pod.ended & set(pod.streams)))
            writer.transport.abort()
            await pod.send(pod.streams[0], b"x" * 10_000)  # which makes the kernel tell that nobody is there
            await pod.send(pod.streams[0], b"x" * 10_000)
            await pod.until(lambda: pod.streams[0] in pod.reset)

    async def test_an_error_cuts_one_connection(self, tunnel: Tunnel, pod: Pod) -> None:
        """What the pod refuses is reset, the others go on, and the link stays while the pod is there."""
        async with listening(tunnel) as port:
            good, to_good = await connect(port)
            to_good.write(b"a")
            assert await good.readexactly(1) == b"a"
            bad, to_bad = await connect(port)
            await pod.until(lambda: len(pod.streams) == 2)
            await pod.send(pod.errors[1], b"connection refused")
            assert await ended(bad)
            to_bad.close()
            to_good.write(b"b")
            assert await good.readexactly(1) == b"b"
            to_good.close()

    async def test_the_end_of_the_link_aborts_everything(self, tunnel: Tunnel, pod: Pod) -> None:
        """Nobody waits for an answer that cannot come."""
        async with listening(tunnel) as port:
            reader, writer = await connect(port)
            await pod.until(lambda: bool(pod.streams))
            assert pod.socket is not None
            await pod.socket.close()
            assert await ended(reader)
            assert await tunnel.ended() == "the cluster closed the link to the pod"
            writer.close()
            reader, writer = await connect(port)
            assert await ended(reader)
            writer.close()

    async def test_a_pod_that_was_replaced_ends_the_link(self, server: Server, tunnel: Tunnel, pod: Pod) -> None:
        """The session of a pod that is gone stays open: a connection that fails makes us look."""
        server.script[POD].clear()
        server.on(POD, says({"metadata": {"uid": "u2"}}))
        async with listening(tunnel) as port:
            _reader, writer = await connect(port)
            await pod.until(lambda: bool(pod.streams))
            await pod.send(pod.errors[0], b"sandbox is gone")
            assert await tunnel.ended() == 'the pod "p" was replaced'
            writer.close()

    async def test_the_end_of_the_block_ends_connections(self, tunnel: Tunnel, pod: Pod) -> None:
        """Open ones are aborted on both sides, also those whose own half had ended."""
        pod.echo = False
        async with listening(tunnel) as port:
            one, to_one = await connect(port)
            two, to_two = await connect(port)
            to_two.write_eof()
            await pod.until(lambda: bool(pod.ended & set(pod.streams)))
        assert await ended(one)
        assert await ended(two)
        await pod.until(lambda: len(pod.reset | pod.ended) >= 2)
        to_one.close()
        to_two.close()

    async def test_a_pod_whose_uid_is_known_is_not_looked_at(
        self, server: Server, cluster: RealCluster, pod: Pod
    ) -> None:
        """One request opens the link."""
        server.on(POD, THERE)
        server.on(f"{POD}/portforward", socket(pod.talk, SPDY))
        async with cluster.tunnel("shop", "p", "u1"):
            pass
        assert list(server.asked(POD)) == []
        assert len(list(server.asked(f"{POD}/portforward"))) == 1

    async def test_older_clusters_get_a_websocket_per_connection(self, server: Server, cluster: RealCluster) -> None:
        """Where SPDY is not spoken, v4 carries each connection by itself."""

        async def talk(pod: web.WebSocketResponse) -> None:
            if not pod.ws_protocol:
                return
            for channel in (b"\0", b"\1"):
                await pod.send_bytes(channel + b"\x50\0")
            async for message in pod:
                await pod.send_bytes(message.data)
                if b"bye" in message.data:
                    return

        server.on(POD, THERE)
        server.on(f"{POD}/portforward", socket(talk, "v4.channel.k8s.io"))
        async with cluster.tunnel("shop", "p") as tunnel, listening(tunnel) as port:
            reader, writer = await connect(port)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.write(b"bye")
            assert await reader.read() == b"bye"
            writer.close()
        assert [query.get("ports") for query in server.asked(f"{POD}/portforward")] == [None, "80"]


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether a connection has ended, with an end or a reset."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("cut", [1, 7, 8, 9, 1000])
def test_frames_come_whole_however_they_are_cut(cut: int) -> None:
    """The reader waits for the rest, and leaves out what is of no interest."""
    answer = bytes.fromhex("80030002 00000004 00000003".replace(" ", ""))
    ping = bytes.fromhex("80030006 00000004 00000009".replace(" ", ""))
    bytes_of: Any = data(3, b"hello") + answer + ping + data(3, b"", fin=True)
    reader = Reader()
    frames = [frame for at in range(0, len(bytes_of), cut) for frame in reader.feed(bytes_of[at : at + cut])]
    assert frames == [
        Frame("data", 3, b"hello", fin=False),
        Frame("ping", 0, b"\0\0\0\x09", fin=False),
        Frame("data", 3, b"", fin=True),
    ]
