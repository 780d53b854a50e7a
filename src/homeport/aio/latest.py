"""A value that changes, and a way to wait for the next one without missing any."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """The newest value of something; many changes may arrive as one."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._turn = 0
        self._news: asyncio.Future[None] | None = None

    @property
    def value(self) -> T:
        """The newest value."""
        return self._value

    def set(self, value: T) -> None:
        """Replace the value and wake who waits."""
        self._value = value
        self._turn += 1
        news, self._news = self._news, None
        if news is not None and not news.done():
            news.set_result(None)

    @property
    def turn(self) -> int:
        """How often the value was replaced."""
        return self._turn

    async def after(self, turn: int) -> tuple[int, T]:
        """Wait until the value was replaced more than ``turn`` times; return the new turn and value."""
        while self._turn <= turn:
            if self._news is None:
                self._news = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)
        return self._turn, self._value
