"""A link to the helper of one container: one stream for saves, and one for what takes long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from typing import Final

from homeport.adapters.live.bulk import Bulk
from homeport.adapters.live.commands import run
from homeport.adapters.live.credit import Budget
from homeport.adapters.live.files import Changes
from homeport.adapters.live.labels import UNKNOWN, Labels
from homeport.adapters.live.loading import Loaded, loaded, small
from homeport.adapters.live.news import News
from homeport.adapters.live.opening import Executor, streaming
from homeport.adapters.live.pacing import Pace, Precedence
from homeport.adapters.live.refusals import refused
from homeport.adapters.live.silence import Silence
from homeport.adapters.live.stream import Stream
from homeport.adapters.live.tunnel import listening
from homeport.adapters.live.turns import Turns
from homeport.aio.beside import beside
from homeport.ports.cluster import Stream as Output
from homeport.ports.cluster import Target
from homeport.ports.live import Applied, Batch, Event, Hello, LiveLink
from homeport.wire import helper as wire


class HelperLinks:
    """Opens links to helpers in containers, among whose saves and all else a ``precedence`` holds."""

    def __init__(self, executor: Executor, precedence: Precedence) -> None:
        self._executor = executor
        self._precedence = precedence

    @asynccontextmanager
    async def open(self, target: Target, roots: Sequence[str]) -> AsyncIterator[LiveLink]:
        """Open a link for a block. Raises HelperMissing, LinkBroken and ClusterError."""
        news = News()
        silence = Silence(news.say)
        async with streaming(self._executor, target, roots, news.state, silence) as saves:
            # The second stream tells nothing that the first one would not: one voice is enough.
            bulk = Bulk(lambda: streaming(self._executor, target, roots, lambda _: None, Silence(lambda _: None)))
            async with beside(bulk.live()):
                link = HelperLink(saves, bulk, news, self._precedence)
                async with beside(link.live()):
                    yield link


class HelperLink:
    """A link to a helper."""

    helped: Final = True

    def __init__(self, saves: Stream, bulk: Bulk, news: News, precedence: Precedence) -> None:
        self._saves = saves
        self._bulk = bulk
        self._news = news
        self._turns = Turns()
        self._budget = Budget()
        self._precedence = precedence
        self._pace = Pace(precedence)
        self._labels = Labels(saves)

    async def hello(self) -> Hello:
        """Ask how it is now."""
        state = await self._saves.ask(wire.Hello)
        assert isinstance(state, wire.State)
        return _hello(state)

    async def apply(self, batch: Batch) -> Applied:
        """Make the changes, small ones in one round trip."""
        async with self._turns.of(batch.operations) as pending, aclosing(loaded(batch.operations)) as groups:
            some: list[Loaded] = await anext(groups, [])
            light = len(some) == len(batch.operations) and small(some)
            changes = Changes(self._saves) if light else Changes(await self._bulk.stream(), self._pace)
            with self._precedence.taken() if light else nullcontext():
                async with self._labelled(batch.label, light=light):
                    try:
                        await changes.send(some)
                        async for more in groups:
                            await changes.send(more)
                        done = await changes.done()
                    finally:
                        pending.update(changes.answers())
        return Applied(done, batch.label)

    @asynccontextmanager
    async def _labelled(self, label: str | None, *, light: bool) -> AsyncIterator[None]:
        """Have the label hold after the block, and none within."""
        if label is None:
            yield
            return
        await self._labels.begin(label, here=light)
        made = False
        try:
            yield
            made = True
        finally:
            await self._labels.end(made=made)

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        output: Callable[[Output, bytes], None] | None = None,
    ) -> int:
        """Run a command in the container and return its status."""
        words = ["env", *(f"{name}={value}" for name, value in env.items()), *argv] if env else argv
        return await run(self._saves, words, cwd or "", output)

    async def restart(self, signal: int = 15, grace: float = 10.0) -> int:
        """Start the container's command anew; return its pid."""
        with self._news.meant():
            ack = await self._saves.ask(lambda number: wire.Restart(number, signal, round(grace * 1000)))
        assert isinstance(ack, wire.Ack)
        if ack.errno:
            raise refused("the command in the container was not started anew", ack)
        return (await self.hello()).pid

    async def ping(self) -> float:
        """Ask for a sign of life, and return how many seconds it took."""
        before = _now()
        await self._saves.ping()
        return _now() - before

    def listen(self, port: int, local: int) -> AbstractAsyncContextManager[None]:
        """Carry the connections of a port in the pod to a port here, for a block."""
        return listening(self._bulk.stream, self._budget, port, local)

    def events(self) -> AsyncIterator[Event]:
        """Yield what happens from now on, until the link breaks."""
        return self._news.events()

    async def ended(self) -> str:
        """Wait until the link is broken and return why."""
        return await self._saves.ended()

    async def live(self) -> None:
        """Wait for the end of either stream: then there is no link any more."""
        async with beside(self._saves.ended()) as one, beside(self._bulk.broke()) as other:
            await asyncio.wait({one, other}, return_when=asyncio.FIRST_COMPLETED)
            if not one.done():
                self._saves.close(other.result())
                await one
            self._bulk.end(self._saves.broken())
        self._news.over()


def _hello(state: wire.State) -> Hello:
    last = 128 + state.signal if state.signal is not None else state.exited
    return Hello(None if state.label == UNKNOWN else state.label, state.pid, state.starts, last, state.version)


def _now() -> float:
    return asyncio.get_running_loop().time()
