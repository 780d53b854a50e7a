"""A follower that meets the limit of open files waits for better times: lines on disk are never lost by it."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from homeport.logs.book import DiskLogBook
from homeport.model.lines import LogLine


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let nothing be opened while the block lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _first(lines: AsyncIterator[tuple[LogLine, ...]]) -> tuple[LogLine, ...]:
    return await anext(lines)


async def test_lines_are_taken_once_files_can_be_opened_again(tmp_path: Path) -> None:
    """What was written while the log could not be opened for reading is yielded later, whole and in order."""
    book = DiskLogBook(tmp_path, wall=time.time)
    pen = book.writer("api", run=1)
    follower = book.follow(["api"])
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        with no_more_files():
            pen.feed("out", b"one\ntwo\n")
            coming = group.create_task(_first(follower))
            await asyncio.sleep(0)
        lines = await coming
    pen.close()
    book.close()
    assert [line.text for line in lines] == ["one", "two"]
