"""Asking registries: what each answer means."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from homeport.adapters.images.registry import has, is_loopback
from homeport.kit.imagenames import parsed
from homeport.model.errors import OutsideError


@asynccontextmanager
async def registry(answer: bytes, heard: list[bytes]) -> AsyncIterator[str]:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        writer.write(answer)
        writer.close()
        with suppress(ConnectionError):  # who has read enough hangs up
            await writer.wait_closed()
        served.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"localhost:{server.sockets[0].getsockname()[1]}"
        await served.wait()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", False),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", None),
        (b"HTTP/1.1 500 Oops\r\n\r\n", None),
        (b"SSH-2.0-x\r\n", None),
        (b"", None),
    ],
)
async def test_answers(answer: bytes, expected: bool | None) -> None:
    """Two answers are clear; with any other one the engine's client is to ask."""
    heard: list[bytes] = []
    async with registry(answer, heard) as host:
        assert await has(parsed(f"{host}/shop/api:hp-1"), plain=True) is expected
    assert heard[0].startswith(b"HEAD /v2/shop/api/manifests/hp-1 HTTP/1.1\r\n")
    assert b"application/vnd.oci.image.index.v1+json" in heard[0]


async def test_a_registry_that_is_away_is_named() -> None:
    """The error has the registry's name and the system's reason."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        host = f"localhost:{once.getsockname()[1]}"
    with pytest.raises(OutsideError, match=f'registry "{host}" does not answer: connection refused') as caught:
        await has(parsed(f"{host}/a/b:1"), plain=True)
    assert caught.value.hint


async def test_a_registry_that_speaks_no_tls_is_named() -> None:
    """Encryption is expected of registries elsewhere; one without it is told so."""
    async with registry(b"HTTP/1.0 400 Bad Request\r\n\r\n", []) as host:
        with pytest.raises(OutsideError, match="no trusted TLS"):
            await has(parsed(f"{host}/a/b:1"), plain=False)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("localhost:5005", True), ("127.0.0.1:5000", True), ("[::1]:5000", True),
        ("k3d-reg.localhost:5000", True), ("ghcr.io", False), ("localhost.example.com", False), ("10.0.0.1:5000", False),
    ],
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    """Registries of this machine are known by their names."""
    assert is_loopback(host) is expected
