"""HTTP/1.1 as an engine's API speaks it: one connection per request, and answers that may stream for hours.

A library for it would cost more to load than everything else that a container needs, and none leaves a hijacked stream alone.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from homeport.adapters.containers.finding import Address
from homeport.aio.threads import in_thread

CHUNK: Final = 1 << 16
LARGEST_HEAD: Final = 1 << 16


class Answer:
    """An answer whose head has arrived: ``status``, ``headers`` in lower case, and a body that can be read once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[1].isdigit():
            raise ConnectionError(f"no HTTP: {first[:80]!r}")
        pairs = [line.partition(":") for line in lines if line]
        self.status = int(words[1])
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self._reader = reader
        self._writer = writer

    def close(self) -> None:
        """Let go of the connection."""
        self._writer.transport.abort()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises OSError when it is cut off where that can be seen."""
        try:
            if self.headers.get("transfer-encoding", "").lower() == "chunked":
                async for piece in self._chunks():
                    yield piece
            elif "content-length" in self.headers:
                left = int(self.headers["content-length"])
                while left:
                    piece = await self._reader.read(min(left, CHUNK))
                    left -= len(piece) if piece else _cut_off()
                    yield piece
            elif self.status not in (204, 304):
                while piece := await self._reader.read(CHUNK):
                    yield piece
        finally:
            self.close()

    async def body(self) -> bytes:
        """Return the whole body."""
        return b"".join([piece async for piece in self.pieces()])

    async def json(self) -> Any:
        """Return the whole body as data; None when it is empty."""
        body = await self.body()
        return json.loads(body) if body.strip() else None

    async def complaint(self) -> str:
        """Return what the engine says about a request that it refused."""
        body = (await self.body()).decode("utf-8", "replace").strip()
        try:
            return str(json.loads(body)["message"]).strip()
        except (ValueError, KeyError, TypeError):
            return body or f"status {self.status}"

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            line = await self._reader.readline()
            size = int(line.split(b";")[0] or b"-1", 16) if line.endswith(b"\n") else _cut_off()
            if size == 0:
                await self._reader.readline()
                return
            left = size
            while left:
                piece = await self._reader.read(min(left, CHUNK))
                left -= len(piece) if piece else _cut_off()
                yield piece
            await self._reader.readline()


def _cut_off() -> int:
    raise ConnectionResetError("the engine closed the connection in the middle of an answer")


class Link:
    """The way to one engine."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._tls: ssl.SSLContext | None = None

    async def open(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send a request and return the answer once its head is there, whatever it says. Raises OSError."""
        reader, writer = await self._connected()
        try:
            data = b"" if body is None else json.dumps(body).encode()
            target = path + (f"?{urlencode(query)}" if query else "")
            lines = [f"{method} {target} HTTP/1.1", "Host: docker", f"Content-Length: {len(data)}", "Connection: close"]
            lines += [
                "Content-Type: application/json",
                *(f"{name}: {value}" for name, value in (headers or {}).items()),
            ]
            writer.write("\r\n".join([*lines, "", ""]).encode() + data)
            await writer.drain()
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                raise ConnectionResetError("the engine closed the connection without an answer") from error
            return Answer(reader, writer, head[:-4])
        except BaseException:
            writer.transport.abort()
            raise

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.socket is not None:
            return await asyncio.open_unix_connection(self.address.socket, limit=LARGEST_HEAD)
        if self.address.certificates and self._tls is None:
            self._tls = await in_thread(lambda: _trust(Path(self.address.certificates)))
        host, port = self.address.place
        return await asyncio.open_connection(host, port, ssl=self._tls, limit=LARGEST_HEAD)


def _trust(folder: Path) -> ssl.SSLContext:
    """Return whom we trust and who we are. Raises OSError when there are no such files."""
    trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    trust.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return trust
