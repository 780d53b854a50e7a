"""Whether the other end is there, whose turn it is, and how much may be under way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeport.adapters.live.credit import Budget, Window
from homeport.adapters.live.link import HelperLinks
from homeport.adapters.live.loading import LARGE
from homeport.adapters.live.pacing import LONGEST, Precedence
from homeport.adapters.live.turns import Turns
from homeport.aio.beside import beside
from homeport.aio.virtual import run_virtually
from homeport.kit.masking import Mask
from homeport.ports.cluster import Finish, Stream, Target
from homeport.ports.clusters import Opened
from homeport.ports.live import Batch, Heard, LinkBroken, LiveLink, Move, NotApplied, Put, Remove, Silent
from homeport.session.reaching import CloudLinks
from homeport.wire import helper as wire
from homeport.work.seen.cloud import Cloud

POD = Target("default", "pod")


class Scripted:
    """A helper in memory, which answers as long as it is ``going``; it keeps the times of pings."""

    def __init__(self) -> None:
        self.going = True
        self.pings: list[float] = []
        self.labels: list[str] = []
        self.refusing = 0
        """The error number that every write gets."""
        self.opened = 0
        self._out: asyncio.Queue[bytes] = asyncio.Queue()
        self._owed: list[wire.Frame] = []
        self._decoder = wire.Decoder()

    @asynccontextmanager
    async def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AsyncIterator[Any]:
        self.opened += 1
        yield self

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        while data := await self._out.get():
            yield "out", data

    async def send(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            if isinstance(frame, wire.Ping):
                self.pings.append(asyncio.get_running_loop().time())
            if isinstance(frame, wire.Applied):
                self.labels.append(frame.text)
            self._owed.append(frame)
        if self.going:
            self.answer()

    def answer(self) -> None:
        """Answer all that was asked."""
        for frame in self._owed:
            if isinstance(frame, wire.Hello):
                self._out.put_nowait(wire.encode(wire.State(frame.id, 1, 1, age=1)))
            elif not isinstance(frame, wire.Write) or frame.last:
                error = self.refusing if isinstance(frame, wire.Write) else 0
                self._out.put_nowait(wire.encode(wire.Ack(frame.id, error)))
        self._owed = []

    def say(self, data: bytes) -> None:
        self._out.put_nowait(data)

    def finish(self) -> Finish:
        return Finish(0, asked=False)


class Apart:
    """Helpers of which each stream has its own."""

    @asynccontextmanager
    async def exec(self, *_: Any, **_more: Any) -> AsyncIterator[Any]:
        yield Scripted()


def put(path: str) -> Batch:
    return Batch((Put(path, b"x"),), path)


@asynccontextmanager
async def opened(helper: Scripted) -> AsyncIterator[LiveLink]:
    async with HelperLinks(helper, Precedence()).open(POD, ["/app"]) as link:
        yield link


def now() -> float:
    return asyncio.get_running_loop().time()


class TestSilence:
    """Only the helper's own answers prove that the container is there."""

    def test_silence_is_told_within_ten_seconds_and_the_link_stays(self) -> None:
        """Frozen: after less than ten seconds without a byte it is told, nothing is closed, and later all is answered."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper) as link:
                events, began = link.events(), now()
                helper.going = False
                silent = await anext(events)
                assert isinstance(silent, Silent)
                assert now() - began < 10
                async with beside(link.apply(put("/app/a"))) as applying:
                    await asyncio.wait({applying}, timeout=20)
                    assert not applying.done()
                    helper.going = True
                    helper.answer()
                    assert await anext(events) == Heard()
                    assert (await applying).label == "/app/a"

        run_virtually(main())

    def test_an_idle_link_is_asked_every_five_seconds(self) -> None:
        """No more than that, for hours."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper):
                await asyncio.sleep(3600)
            assert 700 <= len(helper.pings) <= 720

        run_virtually(main())

    def test_who_owes_an_answer_is_asked_sooner(self) -> None:
        """Two seconds after the last byte, while something is under way."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper) as link:
                await asyncio.sleep(5.5)
                helper.going, began = False, now()
                async with beside(link.apply(put("/app/a"))):
                    await asyncio.sleep(30)
                assert helper.pings[-1] - began < 5

        run_virtually(main())

    def test_a_helper_that_never_answers_is_given_up(self) -> None:
        """Opening a link to a frozen cluster fails after ten seconds."""

        async def main() -> None:
            helper = Scripted()
            helper.going = False
            with pytest.raises(LinkBroken, match="10 s"):
                async with opened(helper):
                    pass
            assert now() == pytest.approx(10)

        run_virtually(main())

    def test_what_is_no_frame_ends_the_link(self) -> None:
        """A stream that is out of step is of no use: everything fails, and says why."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper) as link:
                helper.going = False
                helper.say(b"Segmentation fault")
                with pytest.raises(LinkBroken):
                    await link.ping()
                assert "no frame" in await link.ended()

        run_virtually(main())


class TestLabels:
    """A label is never wrong."""

    def test_there_is_none_while_files_change(self) -> None:
        """It is taken away before the first change goes out, and set when all were made."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper) as link:
                helper.going = False
                async with beside(link.apply(put("/app/a"))) as one, beside(link.apply(put("/app/b"))) as other:
                    await asyncio.wait({one, other}, timeout=1)
                    assert helper.labels == ["~"]
                    helper.going = True
                    helper.answer()
                    await asyncio.wait({one, other})
                assert helper.labels == ["~", "/app/b"]

        run_virtually(main())

    def test_there_is_none_after_a_failure(self) -> None:
        """Until a later batch has been made whole."""

        async def main() -> None:
            helper = Scripted()
            async with opened(helper) as link:
                helper.refusing = 13
                with pytest.raises(NotApplied, match="may not write"):
                    await link.apply(put("/app/a"))
                assert helper.labels == ["~"]
                helper.refusing = 0
                await link.apply(put("/app/a"))
                assert helper.labels == ["~", "/app/a"]

        run_virtually(main())


class TestPrecedence:
    """Saves go before what takes long."""

    def test_the_saves_of_one_pod_go_before_the_bulk_of_another(self) -> None:
        """However many links a house has: they share the cluster."""

        async def main() -> None:
            one, other, cloud = Scripted(), Apart(), Cloud()
            links = CloudLinks(cloud)
            async with AsyncExitStack() as stack:
                reached = []
                for helper in (one, other):
                    cloud.enter(cast("Opened", SimpleNamespace(cluster=helper)), Mask(dict))
                    reached.append(await stack.enter_async_context(links.open(POD, ["/app"])))
                one.going = False
                await stack.enter_async_context(beside(reached[0].apply(put("/app/a"))))
                await asyncio.sleep(LONGEST / 10)
                large = Put("/app/b", b"x" * (2 * LARGE))
                large_began = now()
                await reached[1].apply(Batch((large,), "/app/b"))
                assert now() - large_began == pytest.approx(LONGEST * 9 / 10)

        run_virtually(main())


class TestTurns:
    """Changes of the same paths follow each other."""

    @pytest.mark.parametrize(
        ("one", "other", "wait"),
        [
            (Put("/a/b", b""), Put("/a/b", b""), True),
            (Put("/a/b", b""), Remove("/a"), True),
            (Remove("/a"), Put("/a/b/c", b""), True),
            (Move("/x", "/a/b"), Put("/a/b/c", b""), True),
            (Put("/a/b", b""), Put("/a/bc", b""), False),
            (Put("/a/b", b""), Put("/a/c", b""), False),
        ],
    )
    def test_paths_that_meet_wait(self, one: Any, other: Any, wait: bool) -> None:
        """The same path, or one above or below it; neighbours go side by side."""

        async def main() -> None:
            turns = Turns()

            async def second() -> None:
                async with turns.of([other]):
                    pass

            async with turns.of([one]), beside(second()) as waiting:
                await asyncio.wait({waiting}, timeout=1)
                assert waiting.done() is not wait

        run_virtually(main())

    def test_what_is_still_under_way_is_waited_for(self) -> None:
        """Who was cancelled has sent something that may arrive later than what the next one sends."""

        async def main() -> None:
            turns, answer = Turns(), asyncio.get_running_loop().create_future()
            async with turns.of([Remove("/a")]) as pending:
                pending.add(answer)

            async def second() -> None:
                async with turns.of([Remove("/a")]):
                    pass

            async with beside(second()) as waiting:
                await asyncio.wait({waiting}, timeout=1)
                assert not waiting.done()
                answer.set_result(None)
                await waiting

        run_virtually(main())


class TestCredit:
    """What may be under way is bounded."""

    def test_windows_grow_to_a_bound(self) -> None:
        """One that flows gets a megabyte; all together get no more than thirty-two beyond their beginning."""
        budget = Budget()
        windows = [Window(budget) for _ in range(100)]
        eaten = [*[wire.CREDIT] * 64, 1 << 20]
        granted = [wire.CREDIT + sum(window.used(count) - count for count in eaten) for window in windows]
        assert max(granted) == 1 << 20
        assert sum(granted) <= (32 << 20) + 100 * wire.CREDIT
        for window in windows:
            window.close()
        assert budget.granted == 0
