"""Saves go first: what takes long rests meanwhile, is never far ahead, and is never held up for good."""

import asyncio

from homeport.adapters.live.pacing import AFTER, AHEAD, LONGEST, STEP, Pace, Precedence
from homeport.adapters.live.silence import Silence
from homeport.adapters.live.stream import Stream
from homeport.aio.beside import beside
from homeport.aio.virtual import run_virtually
from homeport.wire import helper as wire


def now() -> float:
    """Return the instant."""
    return asyncio.get_running_loop().time()


class Sent:
    """What left on a stream whose other end a test plays."""

    def __init__(self) -> None:
        self.stream = Stream("test", lambda _: None, Silence(lambda _: None))
        self.asked: list[int] = []
        self._decoder = wire.Decoder()

    async def take(self, data: bytes) -> None:
        """Take what left."""
        self.asked += [frame.id for frame in self._decoder.feed(data) if isinstance(frame, wire.Ping)]

    def done(self) -> None:
        """Say that everything before the oldest question has been done."""
        self.stream._take(wire.Ack(self.asked.pop(0), 0))


def test_what_takes_long_rests_while_a_save_is_on_its_way() -> None:
    """And for a moment more, in which the result is looked at; two saves at once are waited for both."""

    async def story() -> None:
        precedence = Precedence()
        before = now()
        with precedence.taken():
            with precedence.taken():
                await asyncio.sleep(LONGEST / 10)
            await asyncio.sleep(LONGEST / 10 + AFTER)
        await precedence.free()
        assert round(now() - before, 6) == round(LONGEST / 5 + 2 * AFTER, 6)
        await precedence.free()

    run_virtually(story())


def test_a_save_that_nobody_answers_holds_up_no_other() -> None:
    """Such as one into a pod whose node is frozen."""

    async def story() -> None:
        precedence = Precedence()
        before = now()
        with precedence.taken():
            await precedence.free()
            assert round(now() - before, 6) == LONGEST

    run_virtually(story())


def test_no_more_goes_ahead_than_a_save_can_pass() -> None:
    """The next step waits until the other end has done the oldest."""

    async def story() -> None:
        sent, pace = Sent(), Pace(Precedence())

        async def send() -> None:
            for _ in range(2 * AHEAD):
                await pace.step(sent.stream, STEP)

        async with beside(sent.stream.outbox.pump(sent.take)), beside(send()) as sending:
            await asyncio.sleep(1)
            assert len(sent.asked) == AHEAD + 1
            for _ in range(AHEAD - 1):
                assert not sending.done()
                sent.done()
                await asyncio.sleep(1)
            sent.done()
            await sending

    run_virtually(story())
