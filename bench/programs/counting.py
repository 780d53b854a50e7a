"""``counting.py KUBECONFIG LINES``: a plain door to a cluster's API, which writes each request (method, path) on a line.

It prints its port. KUBECONFIG is JSON with embedded client certificate.
"""

import asyncio
import base64
import json
import ssl
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from homeport.aio.beside import beside

Config = dict[str, list[dict[str, dict[str, str]]]]


def trust(config: Config) -> ssl.SSLContext:
    """Return how to speak to the cluster."""
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    made = ssl.create_default_context(cadata=authority)
    with tempfile.NamedTemporaryFile("wb") as both:
        both.write(
            base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"])
        )
        both.flush()
        made.load_cert_chain(both.name)
    return made


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on bytes to the end."""
    while chunk := await reader.read(1 << 16):
        writer.write(chunk)
        await writer.drain()


async def requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: Path) -> None:
    """Hand on requests and write them down; after one that upgrades there are only bytes."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        with lines.open("a") as out:
            out.write(" ".join(head.decode("latin1").split(" ", 2)[:2]) + "\n")
        names = dict(line.split(": ", 1) for line in head.decode("latin1").split("\r\n")[1:] if ": " in line)
        sizes = {name.lower(): value for name, value in names.items()}
        body = await reader.readexactly(int(sizes.get("content-length", "0")))
        writer.write(head + body)
        await writer.drain()
        if "upgrade" in sizes:
            return await pipe(reader, writer)


async def main(config: Config, lines: Path) -> None:
    """Serve until killed."""
    server, tls = urlsplit(config["clusters"][0]["cluster"]["server"]), trust(config)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(server.hostname, server.port, ssl=tls)
        with suppress(OSError, asyncio.IncompleteReadError):
            async with beside(requests(reader, ours, lines)) as there, beside(pipe(theirs, writer)) as back:
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        writer.transport.abort()
        ours.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])))
