"""Shared addresses without sockets: who would get the next connection is a question."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from homeport.model.errors import OutsideError
from homeport.ports.callers import Caller
from homeport.ports.fakes.callers import FakeCaller
from homeport.ports.fronts import Address

Serve = Callable[[str, Caller], Awaitable[None]]


class FakeFronts:
    """Remembers the open addresses by port."""

    def __init__(self, taken: Iterable[int] = ()) -> None:
        self.taken = set(taken)
        """Ports that another program holds."""
        self.open: dict[int, FakeAddress] = {}
        self.served: dict[int, tuple[str, Serve]] = {}
        """Ports whose connections are served, with their names."""
        self._callers: dict[FakeCaller, int] = {}

    async def call(self, port: int, caller: FakeCaller) -> None:
        """Have a connection to a port served, to its end. Raises ConnectionRefusedError when nobody listens."""
        if port not in self.served:
            raise ConnectionRefusedError(port)
        name, serve = self.served[port]
        self._callers[caller] = port
        try:
            await serve(name, caller)
        except ConnectionError:
            caller.abort()
        finally:
            del self._callers[caller]

    @asynccontextmanager
    async def accept(self, ports: Mapping[str, int], serve: Serve) -> AsyncIterator[None]:
        """Take connections until the block ends."""
        self._refuse(ports)
        self.served.update({port: (name, serve) for name, port in ports.items()})
        try:
            yield
        finally:
            for port in ports.values():
                del self.served[port]
            for caller in [each for each, port in self._callers.items() if port in ports.values()]:
                caller.abort()

    @asynccontextmanager
    async def listen(self, ports: Mapping[str, int], host: str | None = None) -> AsyncIterator[Mapping[str, Address]]:
        """Open the addresses until the block ends."""
        self._refuse(ports)
        addresses = {name: FakeAddress() for name in ports}
        opened = {port: addresses[name] for name, port in ports.items()}
        self.open.update(opened)
        try:
            yield addresses
        finally:
            for port in opened:
                del self.open[port]

    def _refuse(self, ports: Mapping[str, int]) -> None:
        for name, port in ports.items():
            if port in self.taken or port in self.open or port in self.served:
                raise OutsideError(
                    f'the shared address of "{name}", port {port} on 127.0.0.1, is taken',
                    hint="stop the program that holds it, or name another port",
                )


class FakeAddress:
    """One shared address."""

    def __init__(self) -> None:
        self.targets: tuple[int, ...] = ()
        self._turn = 0
        self._news: asyncio.Future[None] | None = None

    def point(self, targets: Sequence[int]) -> None:
        """Remember the targets and let waiting connections through."""
        self.targets = tuple(targets)
        if self.targets and self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def connect(self) -> int:
        """Return the target that a new connection gets; wait while there is none."""
        while not self.targets:
            if self._news is None or self._news.done():
                self._news = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)
        self._turn += 1
        return self.targets[(self._turn - 1) % len(self.targets)]
