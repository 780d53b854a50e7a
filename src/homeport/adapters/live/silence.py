"""Whether the other end is heard. Only its own answers prove that it lives: the cluster in between answers for itself."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from homeport.aio.beside import beside
from homeport.ports.live import Heard, LinkBroken, Silent

_IDLE: Final = 5.0
_OWED: Final = 2.0
"""Seconds without a byte after which it is asked: with nothing under way, and while an answer is owed."""
_PATIENCE: Final = 4.0
"""Seconds after which who was asked counts as silent: less than ten after the last byte."""


class Silence:
    """Asks for a sign of life where nothing comes by itself, and says when none is given. The link itself is left alone."""

    def __init__(self, say: Callable[[Silent | Heard], None]) -> None:
        self._say = say
        self._last = 0.0
        self._silent = False

    def heard(self) -> None:
        """Note that something came."""
        self._last = _now()
        if self._silent:
            self._silent = False
            self._say(Heard())

    async def watch(self, ping: Callable[[], Coroutine[Any, Any, None]], owed: Callable[[], bool]) -> None:
        """Ask now and then, until the link breaks."""
        self._last = _now()
        while True:
            rest = self._last + (_OWED if owed() else _IDLE) - _now()
            if rest > 0:
                await asyncio.sleep(rest)
                continue
            async with beside(_asked(ping)) as answer:
                await self._answered(answer)
                if answer.result():
                    return

    async def _answered(self, answer: "asyncio.Future[bool]") -> None:
        """Wait for the answer to a question, however long; say so when nothing at all is heard meanwhile."""
        asked = _now()
        while not answer.done():
            rest = None if self._silent else max(self._last, asked) + _PATIENCE - _now()
            if rest is not None and rest <= 0:
                self._silent = True
                self._say(Silent(_now() - self._last))
            else:
                await asyncio.wait({answer}, timeout=rest)


async def _asked(ping: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Ask, and return whether the link has ended."""
    try:
        await ping()
    except LinkBroken:
        return True
    return False


def _now() -> float:
    return asyncio.get_running_loop().time()
