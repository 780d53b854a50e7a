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


async def test_a_folder_may_be_called_like_a_pattern(file: Path) -> None:
    """A save is seen in it too; and files that come to a pattern are."""
    folder = file.parent / "[x]"
    await asyncio.to_thread(folder.mkdir)
    save(folder / "stack.py", "one")
    sources = Sources()
    sources.note({}, [str(folder / "stack.py"), str(file.parent / "more" / "**" / "*.py")])
    assert sources.are_read
    save(folder / "stack.py", "another")
    assert not sources.are_read
    sources.note({}, [str(file.parent / "more" / "**" / "*.py")])
    assert sources.are_read
    await asyncio.to_thread((file.parent / "more" / "deep").mkdir, parents=True)
    save(file.parent / "more" / "deep" / "a.py", "")
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


class Counting(Sources):
    """Counts how often somebody looks."""

    looks = 0

    @property
    def are_read(self) -> bool:
        """Look, and count it."""
        self.looks += 1
        return super().are_read


def test_a_busy_house_is_no_reason_to_look_more_often(file: Path) -> None:
    """However fast revisions follow one another, the files are looked at every 50 ms."""
    house = Clockwork(service("api"))
    house.sources = Counting()
    feed = HouseFeed(house.store, house.loop, house.outside, 1, tuple, house.sources)

    async def story(_feed: HouseFeed) -> None:
        await feed.after(-1)
        house.sources.note({}, [str(file)])
        save(file, "another")
        loop = asyncio.get_running_loop()
        for number in range(1000):
            loop.call_later(number / 1000, house.store.touch)
        loop.call_later(0.999, house.sources.note, {}, [str(file)])
        await feed.caught_up()
        assert loop.time() == pytest.approx(1.0, abs=0.06)
        assert 20 <= house.sources.looks <= 22

    house.live(story)
