"""A save is noticed when somebody asks, before any watch tells of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from clockwork import Clockwork, service

from homeport.model.errors import ConfigError, Mistake
from homeport.model.graph import Graph
from homeport.session.feed import MISSED, HouseFeed
from homeport.session.sources import NotingEvaluator, Sources


class Saving:
    """An evaluator of a file that is saved while it is read, ``saves`` times."""

    def __init__(self, file: Path, saves: int = 0, *, is_broken: bool = False) -> None:
        self.file = file
        self.saves = saves
        self.is_broken = is_broken

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return an empty graph, or tell of a mistake."""
        if self.saves:
            self.saves -= 1
            self.file.write_text(self.file.read_text() + "more")
        if self.is_broken:
            raise ConfigError([Mistake("broken")], sources=(file,))
        return Graph("demo", str(self.file.parent), file, {}, (file,))


def save(file: Path, text: str) -> None:
    """Save a text, as an editor does."""
    file.write_text(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A stack file."""
    path = tmp_path / "stack.py"
    path.write_text("one")
    return path


async def test_a_file_is_read_until_it_is_saved(file: Path) -> None:
    """A save makes the sources others than those that were read, and so does a removal."""
    sources = Sources()
    await NotingEvaluator(Saving(file), sources).evaluate(str(file), {})
    assert sources.are_read
    save(file, "another")
    assert not sources.are_read
    await asyncio.to_thread(file.unlink)
    assert not sources.are_read


async def test_a_save_during_an_evaluation_is_not_read(file: Path) -> None:
    """What was saved while a file was evaluated may not be what was evaluated."""
    sources = Sources()
    evaluator = NotingEvaluator(Saving(file, saves=1), sources)
    await evaluator.evaluate(str(file), {})
    assert not sources.are_read
    await evaluator.evaluate(str(file), {})
    assert sources.are_read


async def test_a_broken_file_is_read_too(file: Path) -> None:
    """Nobody waits for a file of which it is known that it is broken."""
    sources = Sources()
    with pytest.raises(ConfigError):
        await NotingEvaluator(Saving(file, is_broken=True), sources).evaluate(str(file), {})
    assert sources.are_read


def test_who_asks_after_a_save_hears_when_it_was_read(file: Path) -> None:
    """It is waited for the evaluation, and not a moment longer."""
    house = Clockwork(service("api"))

    async def story(feed: HouseFeed) -> None:
        await feed.after(-1)
        house.sources.note({}, [str(file)])
        save(file, "another")

        def read() -> None:
            house.sources.note({}, [str(file)])
            house.store.touch()

        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(0.5, read)
        await feed.caught_up()
        assert loop.time() - began == pytest.approx(0.5)

    house.live(story)


def test_a_save_that_nobody_sees_is_not_waited_for_long(file: Path) -> None:
    """Where the watch misses a save, who asks gets the answer of before after all."""
    house = Clockwork(service("api"))

    async def story(feed: HouseFeed) -> None:
        await feed.after(-1)
        house.sources.note({}, [str(file)])
        save(file, "another")
        began = asyncio.get_running_loop().time()
        await feed.caught_up()
        assert asyncio.get_running_loop().time() - began == pytest.approx(MISSED)

    house.live(story)
