"""Logs of containers in the log book, each line once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace

from homeport.aio.beside import beside
from homeport.aio.virtual import run_virtually
from homeport.kit.masking import NOTHING
from homeport.model.cluster_jobs import FollowPod
from homeport.model.errors import OutsideError
from homeport.model.facts import Key
from homeport.model.forwards import Followed
from homeport.ports.bookmarks import Bookmark
from homeport.ports.cluster import Changed, LogLine, LogSource, Scope
from homeport.ports.fakes.bookmarks import FakeBookmarks
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.work.cluster.following import DOUBT, EVERY, follow_pod, last_lines
from homeport.work.seen.cloud import Cloud

NAME = "u1/main/0"


class Desk:
    """A cluster with the pod ``p``, a log book and bookmarks."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.book = FakeLogBook()
        self.bookmarks = FakeBookmarks()
        self.cloud = Cloud()
        self.cloud.enter(SimpleNamespace(cluster=self.cluster), NOTHING)
        self.facts: list[Followed] = []

    async def pod(self) -> None:
        meta = {"name": "p", "namespace": "default", "uid": "u1"}
        await self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
        self.run = self.cluster.says("default", "p", "main")

    def put(self, key: Key, fact: Followed) -> None:
        assert key[:2] == job().key[:2]
        self.facts.append(fact)

    def texts(self) -> list[str]:
        return [line.text for line in self.book.lines]

    def follow(self, restarts: int = 0) -> object:
        return beside(follow_pod(job(restarts), self, self))


def job(restarts: int = 0) -> FollowPod:
    return FollowPod(("log p/main", "api", restarts), "f1", "api", "default", "p", "u1", "main", number=restarts + 1)


def at_desk(story: Callable[[Desk], object]) -> Desk:
    """Run a story in virtual time; nothing may be left of it, and every pen is given back."""
    desk: list[Desk] = []

    async def main() -> None:
        desk.append(Desk())
        await desk[0].pod()
        await story(desk[0])
        assert len(asyncio.all_tasks()) == 1
        assert all(pen.closed for pen in desk[0].book.pens)

    run_virtually(main())
    return desk[0]


def test_lines_go_into_the_log_until_the_run_has_ended() -> None:
    """As the run of their number, under the label; then the job says so with the time of the last line."""

    async def story(desk: Desk) -> None:
        async with desk.follow() as following:
            desk.run.write(b"one")
            await asyncio.sleep(3)
            desk.run.write(b"two")
            desk.run.end()
            await asyncio.wait({following})

    desk = at_desk(story)
    assert [(line.service, line.run, line.text) for line in desk.book.lines] == [("api", 1, "one"), ("api", 1, "two")]
    assert desk.facts == [Followed("f1", ended=True)]
    assert desk.bookmarks.kept[NAME] == Bookmark("2", "2026-01-01T00:00:00.000000001Z", ended=True)


def test_a_later_house_goes_on_after_the_last_line() -> None:
    """Nothing is lost or said twice; what had ended is not even asked for."""

    async def story(desk: Desk) -> None:
        async with desk.follow():
            desk.run.write(b"one")
            await asyncio.sleep(0.1)
        desk.run.write(b"two")
        async with desk.follow():
            await asyncio.sleep(0.1)
            desk.run.end()
            await asyncio.sleep(0.1)
        desk.cluster.cut()
        async with desk.follow() as following:
            await asyncio.wait({following}, timeout=0.1)

    desk = at_desk(story)
    assert desk.texts() == ["one", "two"]
    assert len(desk.facts) == 2
    assert desk.facts[0] == desk.facts[1]
    assert len(desk.book.pens) == 2


def test_bookmarks_are_kept_once_a_second() -> None:
    """Of thousands of lines too; and none while nothing is written."""

    async def story(desk: Desk) -> None:
        async with desk.follow():
            for _ in range(300):
                desk.run.write(b"x")
                await asyncio.sleep(0.01)
            written = len(desk.bookmarks.written)
            await asyncio.sleep(EVERY)
            last = len(desk.bookmarks.written)
            await asyncio.sleep(60)
            assert len(desk.bookmarks.written) == last
            assert written <= 3
            assert desk.bookmarks.kept[NAME].mark == "300"

    at_desk(story)


def test_a_container_that_begins_late_is_waited_for() -> None:
    """What the cluster refuses is told, and asked for again; the refusal is over with the first line."""

    async def story(desk: Desk) -> None:
        async with desk.follow(restarts=1):
            await asyncio.sleep(1)
            desk.cluster.restarts("default", "p", "main").write(b"again")
            await asyncio.sleep(5)

    desk = at_desk(story)
    assert [fact.error for fact in desk.facts] == ['"main" has no such run', ""]
    assert [(line.run, line.text) for line in desk.book.lines] == [(2, "again")]


def test_a_link_that_is_down_only_delays() -> None:
    """Lines written meanwhile come when the cluster answers again."""

    async def story(desk: Desk) -> None:
        desk.cluster.cut("the network is gone")
        async with desk.follow():
            await asyncio.sleep(1)
            desk.run.write(b"meanwhile")
            assert desk.facts[-1].error == "the network is gone"
            desk.cluster.mend()
            await asyncio.sleep(5)

    assert at_desk(story).texts() == ["meanwhile"]


def test_a_log_that_is_gone_has_ended() -> None:
    """With its pod, or another one of its name; nobody asks again."""

    async def story(desk: Desk) -> None:
        await desk.cluster.delete(Scope("v1", "Pod", "default", name="p"))
        async with desk.follow() as following:
            await asyncio.wait({following}, timeout=1)

    assert at_desk(story).facts == [Followed("f1", ended=True)]


def test_a_disk_without_room_for_bookmarks_loses_no_line() -> None:
    """It is told, and the log goes on."""

    async def story(desk: Desk) -> None:
        desk.bookmarks.refusal = OutsideError("the disk is full")
        async with desk.follow() as following:
            desk.run.write(b"one")
            await asyncio.sleep(2)
            desk.run.write(b"two")
            desk.run.end()
            await asyncio.wait({following}, timeout=1)

    desk = at_desk(story)
    assert desk.texts() == ["one", "two"]
    assert "the disk is full" in [fact.error for fact in desk.facts]
    assert desk.facts[-1].ended


def test_last_lines_explain_a_crash() -> None:
    """Those of the run before, at once although the present one goes on; nothing when they cannot be had."""

    async def story(desk: Desk) -> None:
        for number in range(20):
            desk.run.write(b"line %d" % number)
        desk.cluster.restarts("default", "p", "main").write(b"again")
        lines = await last_lines(desk.cluster, "default", "p", "main", previous=True, count=2)
        assert lines == ("line 18", "line 19")
        assert await last_lines(desk.cluster, "default", "p", "main", count=2) == ("again",)
        assert await last_lines(desk.cluster, "default", "nobody", "main") == ()

    at_desk(story)


class Asked(FakeCluster):
    """Remembers which logs were asked for; one of a run that is only thought to run says nothing, as a later run's might."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[LogSource] = []

    async def logs(self, source: LogSource) -> AsyncGenerator[LogLine, None]:
        self.sources.append(source)
        if source.current:
            await asyncio.get_running_loop().create_future()
        async for line in super().logs(source):
            yield line


def seen(desk: Desk, restarts: int) -> None:
    """Let the mirror hear how often the container was restarted."""
    status = {"name": "main", "restartCount": restarts, "state": {"running": {}}}
    meta = {"name": "p", "namespace": "default", "uid": "u1"}
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": {"containerStatuses": [status]}}
    desk.cloud.mirror.put(Scope("v1", "Pod", "default"), Changed(made))


async def asked(*restarts: int) -> list[bool]:
    """Follow run 0 while the mirror hears these numbers; return with which belief its log was asked for each time."""
    desk = Desk()
    desk.cluster = cluster = Asked()
    desk.cloud.enter(SimpleNamespace(cluster=cluster), NOTHING)
    await desk.pod()
    seen(desk, restarts[0])
    async with desk.follow():
        for number in restarts[1:]:
            await asyncio.sleep(0.1)
            seen(desk, number)
        await asyncio.sleep(2 * DOUBT)
    return [source.current for source in cluster.sources]


def test_a_run_that_is_seen_to_run_is_not_asked_about() -> None:
    """One that nobody sees, or sees another run of, is."""
    assert run_virtually(asked(0)) == [True]
    assert run_virtually(asked(1)) == [False]


def test_a_run_that_had_ended_when_its_log_was_begun_is_asked_about() -> None:
    """What was heard too late is made good: what is left of the run is read, however silent the next one is."""
    assert run_virtually(asked(0, 1)) == [True, False]
