"""Asking a registry whether it has an image."""

import asyncio
import os
import re
import socket
import ssl
from functools import cache
from typing import Final

from homeport.aio.threads import in_thread
from homeport.kit.imagenames import Name
from homeport.model.errors import OutsideError

LIMIT: Final = 5.0
"""Seconds that a registry has to answer."""

_KINDS: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "oci.image.index.v1",
    )
)
_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)? (\d\d\d)")


def is_loopback(registry: str) -> bool:
    """Whether a registry is on this machine, where engines speak HTTP without encryption."""
    host = registry.rpartition(":")[0] if re.search(r":\d+$", registry) else registry
    return host in {"localhost", "[::1]"} or host.startswith("127.") or host.endswith(".localhost")


async def has(name: Name, *, plain: bool) -> bool | None:
    """Whether the registry has the image; None when it wants to know who asks, or answers something else.

    Raises OutsideError when it does not answer.
    """
    host, port = _address(name.registry, plain=plain)
    try:
        async with asyncio.timeout(LIMIT):
            status = await _head(host, port, name, plain=plain)
    except TimeoutError:
        raise _silent(name.registry, f"nothing within {LIMIT:g} s") from None
    except ssl.SSLError as error:
        raise _silent(name.registry, f"no trusted TLS ({error.reason or error})") from error
    except OSError as error:
        raise _silent(name.registry, _why(error)) from error
    return {200: True, 404: False}.get(status)


async def _head(host: str, port: int, name: Name, *, plain: bool) -> int:
    reference = name.tag.removeprefix("@")
    lines = [
        f"HEAD /v2/{name.repository}/manifests/{reference} HTTP/1.1",
        f"Host: {name.registry}",
        f"Accept: {_KINDS}",
        "User-Agent: homeport",
        "Connection: close",
    ]
    trust = None if plain else await in_thread(_trust)
    reader, writer = await asyncio.open_connection(host, port, ssl=trust)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        match = _STATUS.match(await reader.readline())
    finally:
        writer.transport.abort()
    return int(match[1]) if match else 0


@cache
def _trust() -> ssl.SSLContext:
    """Return whom this machine trusts: some 30 ms of reading, once."""
    return ssl.create_default_context()


def _address(registry: str, *, plain: bool) -> tuple[str, int]:
    if registry == "docker.io":
        return "registry-1.docker.io", 443
    host, colon, port = registry.rpartition(":")
    if not colon or not port.isdigit():
        return registry, 80 if plain else 443
    # Resolvers differ about names below localhost; what they mean is fixed (RFC 6761).
    return "localhost" if host.endswith(".localhost") else host.strip("[]"), int(port)


def _why(error: OSError) -> str:
    """Return what the system calls it; asyncio puts its own words there, and one error around those of several addresses."""
    number = error.errno or next(map(int, re.findall(r"\[Errno (\d+)\]", str(error))), 0)
    known = number > 0 and not isinstance(error, socket.gaierror)
    return (os.strerror(number) if known else error.strerror or str(error)).lower()


def _silent(registry: str, why: str) -> OutsideError:
    return OutsideError(
        f'registry "{registry}" does not answer: {why}',
        hint="start it, or name the registry that the cluster pulls from",
    )
