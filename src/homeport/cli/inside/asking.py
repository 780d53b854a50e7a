"""Running programs in a container to learn or to move something: what they need and what they said."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from msgspec import Struct

from homeport.aio.beside import beside
from homeport.ports.cluster import Cluster, ClusterError, Command, Target, Unreachable

_MOST = 4096
"""Bytes of complaints that are kept."""


class Ran(Struct, frozen=True):
    """How a program ended: its ``code``, and what it ``said`` on standard error. ``missing``: the container does not have it."""

    code: int = 0
    said: str = ""
    missing: bool = False


class Box:
    """A container in a pod, for programs that are run in it."""

    def __init__(self, cluster: Cluster, target: Target) -> None:
        self._cluster = cluster
        self._target = target

    async def run(
        self,
        argv: Sequence[str],
        given: AsyncIterator[bytes] | None = None,
        take: Callable[[bytes], object] = lambda _: None,
    ) -> Ran:
        """Run a program; ``given`` is its input and ``take`` gets its output. Raises ClusterError."""
        said = bytearray()
        try:
            async with self._cluster.exec(self._target, argv, stdin=given is not None) as command:
                async with beside(_give(command, given)):
                    async for stream, data in command.output():
                        if stream == "out":
                            take(data)
                        elif len(said) < _MOST:
                            said += data
                return Ran(command.finish().code, said.decode(errors="replace").strip())
        except ClusterError as error:
            if is_missing(error):
                return Ran(127, missing=True)
            if error.reason == "Untold" and said:  # it left its input unread, and said why
                return Ran(1, said.decode(errors="replace").strip())
            raise

    async def read(self, argv: Sequence[str]) -> str | None:
        """Return what a program writes; None when it is missing or fails."""
        found = bytearray()
        ran = await self.run(argv, take=found.extend)
        return found.decode(errors="surrogateescape") if not ran.missing and ran.code == 0 else None


def is_missing(error: ClusterError) -> bool:
    """Whether a program could not be started because the container does not have it."""
    said = error.what.lower()
    return not isinstance(error, Unreachable) and (
        "executable file not found" in said or ("exec" in said and "no such file or directory" in said)
    )


async def _give(command: Command, given: AsyncIterator[bytes] | None) -> None:
    if given is None:
        return
    with suppress(Unreachable):  # it has ended, and its code says how
        async for data in given:
            await command.send(data)
        await command.send_eof()
