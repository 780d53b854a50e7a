"""What logs do when the cluster misbehaves: an API server on loopback follows a script."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web
from kubernetes_server import Answer, Server, refuses, says, serving, streams

from homeport.adapters.kubernetes.cluster import RealCluster, open_cluster
from homeport.ports.cluster import ClusterError, LogSource

POD = "/api/v1/namespaces/shop/pods/p"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def cluster(server: Server) -> AsyncIterator[RealCluster]:
    async with open_cluster(server.access, {}) as cluster:
        yield cluster


def pod(restarts: int = 0, *, over: bool = False) -> Any:
    state: dict[str, Any] = {"terminated": {"exitCode": 0}} if over else {"running": {}}
    status = {"name": "main", "restartCount": restarts, "state": state}
    return says({"metadata": {"uid": "u"}, "status": {"containerStatuses": [status]}})


def line(second: int, text: str, fraction: str = "5") -> bytes:
    return f"2026-11-21T12:00:{second:02d}.{fraction}Z {text}\n".encode()


def answered_from(lines: list[bytes]) -> Answer:
    """Answer with the lines from the second on that was asked for, in the order of the log, as a node does."""

    async def answer(request: web.Request) -> web.StreamResponse:
        since = request.query.get("sinceTime", "").rstrip("Z").encode()
        return await streams(*[each for each in lines if each >= since])(request)

    return answer


async def log(cluster: RealCluster, **more: Any) -> list[bytes]:
    return [each.text async for each in cluster.logs(LogSource("shop", "p", "main", **more))]


class TestLogs:
    """Each line once."""

    async def test_a_broken_log_goes_on_without_loss_or_repetition(self, server: Server, cluster: RealCluster) -> None:
        """Lines of the same second are told apart, equal ones counted, and half a line is sent again as a whole."""
        one, two, same, last = line(1, "one"), line(2, "two"), line(2, "same"), line(2, "last")
        server.on(POD, pod(), pod(), pod(), pod(over=True))
        server.on(
            f"{POD}/log",
            streams(one, two, same, same, last[:-3], end="broken"),
            streams(one, two, same, same, same, last, end="broken"),
            streams(one, two, same, same, same, last, line(3, "end")[:-1]),
        )
        assert await log(cluster) == [b"one", b"two", b"same", b"same", b"same", b"last", b"end"]
        since = [query.get("sinceTime") for query in server.asked(f"{POD}/log")]
        assert since[:3] == [None, "2026-11-21T12:00:01Z", "2026-11-21T12:00:01Z"]

    async def test_a_run_that_ended_meanwhile_is_read_to_its_end(self, server: Server, cluster: RealCluster) -> None:
        """After a restart the rest comes from the previous run, and nothing from the new one."""
        server.on(POD, pod(), pod(1))
        server.on(f"{POD}/log", streams(line(1, "one"), end="broken"), streams(line(1, "one"), line(2, "rest")))
        assert await log(cluster) == [b"one", b"rest"]
        assert [query.get("previous") for query in server.asked(f"{POD}/log")] == [None, "true"]

    async def test_what_the_kubelet_says_is_no_line_of_the_program(self, server: Server, cluster: RealCluster) -> None:
        """Of a container that is gone it tells so in the middle of the log, without a time."""
        noise = b"unable to retrieve container logs for containerd://0123"
        server.on(f"{POD}/log", streams(line(1, "one"), noise + b"\n", line(2, "two"), noise))
        server.on(POD, pod(over=True))
        assert await log(cluster) == [b"one", b"two"]

    async def test_another_runs_log_is_not_taken_for_ours(self, server: Server, cluster: RealCluster) -> None:
        """The pod tells a restart late: a log that does not begin with what we know is not read on."""
        server.on(POD, pod(), pod(), pod(1))
        server.on(
            f"{POD}/log",
            streams(line(1, "one"), end="broken"),
            streams(line(5, "of another run"), end="never"),
            streams(line(1, "one"), line(2, "rest")),
        )
        assert await log(cluster) == [b"one", b"rest"]

    async def test_a_run_that_is_seen_to_run_is_asked_about_when_it_says_something(
        self, server: Server, cluster: RealCluster
    ) -> None:
        """Before it there is nothing to mistake: a silent log costs no look, however often houses come and go."""
        seen: dict[str, Any] = {"uid": "u", "restarts": 0, "current": True}
        server.on(POD, pod(), pod(over=True))
        server.on(f"{POD}/log", streams(line(1, "one")), streams(line(1, "one"), line(2, "end")))
        lines = cluster.logs(LogSource("shop", "p", "main", **seen))
        assert (await anext(lines)).text == b"one"
        assert len(list(server.asked(POD))) == 1
        assert [each.text async for each in lines] == [b"end"]

    async def test_a_later_run_s_log_is_not_taken_for_one_that_was_seen_to_run(
        self, server: Server, cluster: RealCluster
    ) -> None:
        """It was restarted meanwhile: the run that is meant is read as the one before."""
        server.on(POD, pod(1))
        server.on(f"{POD}/log", streams(line(5, "of a later run"), end="never"), streams(line(1, "one")))
        assert await log(cluster, uid="u", restarts=0, current=True) == [b"one"]
        assert [query.get("previous") for query in server.asked(f"{POD}/log")] == [None, "true"]

    async def test_another_pod_s_log_is_not_taken_for_one_that_was_seen_to_run(
        self, server: Server, cluster: RealCluster
    ) -> None:
        """A namesake has another log."""
        server.on(POD, pod())
        server.on(f"{POD}/log", streams(line(5, "of a namesake"), end="never"))
        assert await log(cluster, uid="gone", restarts=0, current=True) == []

    async def test_what_was_read_before_tells_the_run_without_a_look(
        self, server: Server, cluster: RealCluster
    ) -> None:
        """The cluster sends the last line that is known again, which no later run has."""
        server.on(POD, pod())
        server.on(
            f"{POD}/log", streams(line(1, "one"), end="never"), streams(line(1, "one"), line(2, "two"), end="never")
        )
        async with aclosing(cluster.logs(LogSource("shop", "p", "main"))) as lines:
            mark = (await anext(lines)).mark
        looks = len(list(server.asked(POD)))
        seen = LogSource("shop", "p", "main", uid="u", restarts=0, after=mark, current=True)
        async with aclosing(cluster.logs(seen)) as lines:
            assert (await anext(lines)).text == b"two"
        assert len(list(server.asked(POD))) == looks

    async def test_many_lines_of_one_time_come_once_each(self, server: Server, cluster: RealCluster) -> None:
        """Neither their time nor their text tells them apart, only how many there were."""
        server.on(POD, pod(), pod(), pod(over=True))
        server.on(
            f"{POD}/log",
            streams(*[line(1, "same")] * 4, end="broken"),
            streams(*[line(1, "same")] * 9, end="broken"),
            streams(*[line(1, "same")] * 10, line(1, "end", "6")),
        )
        assert await log(cluster) == [b"same"] * 10 + [b"end"]

    async def test_outputs_that_wrote_past_each_other(self, server: Server, cluster: RealCluster) -> None:
        """A line that is older than the one before it is new all the same."""
        first, late = [line(2, "b", "9"), line(2, "a", "1"), line(3, "c")], [line(2, "d", "95"), line(3, "e", "1")]
        server.on(POD, pod(), pod(over=True))
        server.on(f"{POD}/log", streams(*first, end="broken"), streams(*first, *late))
        assert await log(cluster) == [b"b", b"a", b"c", b"d", b"e"]

    async def test_a_log_that_was_begun_anew_is_read_on(self, server: Server, cluster: RealCluster) -> None:
        """What the node rotated away is lost, and what is there now is not taken for what was read."""
        new = line(7, "after the rotation")
        server.on(POD, pod(), pod(), pod(over=True))
        server.on(
            f"{POD}/log",
            streams(line(1, "one"), line(1, "two"), end="broken"),
            streams(new, end="never"),
            streams(new, line(7, "more", "6"), end="broken"),
            streams(new, line(7, "more", "6")),
        )
        assert await log(cluster) == [b"one", b"two", b"after the rotation", b"more"]

    async def test_the_rest_of_a_long_line_is_not_another_line(self, server: Server, cluster: RealCluster) -> None:
        """A line that the node keeps in parts may have begun before the second from which a log is asked again."""
        long, rest = line(1, "x" * 20_000), line(3, "x" * 3_616)
        server.on(POD, pod(), pod(over=True))
        server.on(
            f"{POD}/log",
            streams(long, line(3, "two"), line(4, "three"), end="broken"),
            streams(rest, line(3, "two"), line(4, "three"), line(4, "four", "6")),
        )
        assert await log(cluster) == [b"x" * 20_000, b"two", b"three", b"four"]

    async def test_a_later_house_takes_no_rest_for_a_line(self, server: Server, cluster: RealCluster) -> None:
        """It does not know the long line, and finds its place by the time of the last line."""
        long, after = line(1, "x" * 20_000), [line(3, "two"), line(4, "three"), line(4, "four", "6")]
        server.on(POD, pod(over=True))
        server.on(f"{POD}/log", streams(long, *after[:2]), streams(line(3, "xxx", "1"), *after))
        *_, three = [each async for each in cluster.logs(LogSource("shop", "p", "main"))]
        assert await log(cluster, after=three.mark, restarts=0) == [b"four"]

    async def test_the_end_of_a_log_goes_on_after_a_break(self, server: Server, cluster: RealCluster) -> None:
        """What was before the last lines is not read because the cluster sends whole seconds."""
        before = [line(1, str(number), f"{number}0") for number in range(1, 9)]
        server.on(POD, pod(), pod(over=True))
        server.on(f"{POD}/log", streams(*before[-2:], end="broken"), streams(*before, line(1, "new", "9")))
        assert await log(cluster, tail=2) == [b"7", b"8", b"new"]

    async def test_a_mark_leads_on_in_a_later_house(self, server: Server, cluster: RealCluster) -> None:
        """Wherever reading stopped, the rest comes, each line once; also when the restart is told late."""
        lines = [line(1, "a"), line(1, "a"), line(2, "b", "9"), line(2, "c", "1"), line(3, "d"), line(4, "e")]
        server.on(POD, pod(over=True))
        server.on(f"{POD}/log", answered_from(lines))
        read = [each async for each in cluster.logs(LogSource("shop", "p", "main"))]
        assert [each.text for each in read] == [b"a", b"a", b"b", b"c", b"d", b"e"]
        for number, each in enumerate(read, 1):
            assert await log(cluster, after=each.mark, restarts=0) == [later.text for later in read[number:]]
        server.script[POD].clear()
        server.script[f"{POD}/log"].clear()
        server.on(POD, pod(), pod(1))
        server.on(f"{POD}/log", streams(line(9, "of another run"), end="never"), answered_from(lines))
        assert await log(cluster, after=read[3].mark, restarts=0) == [b"d", b"e"]

    async def test_a_run_is_meant_by_its_number(self, server: Server, cluster: RealCluster) -> None:
        """After a restart its log is the previous one; after two it is gone."""
        server.on(POD, pod(1))
        server.on(f"{POD}/log", streams(line(1, "one")))
        assert await log(cluster, restarts=0) == [b"one"]
        assert next(server.asked(f"{POD}/log"))["previous"] == "true"
        server.script[POD].clear()
        server.on(POD, pod(2))
        with pytest.raises(ClusterError, match="was restarted twice"):
            await log(cluster, restarts=0)

    async def test_the_end_of_a_pod_is_the_end(self, server: Server, cluster: RealCluster) -> None:
        """A pod that is gone has no more to say."""
        server.on(POD, pod(), refuses(404, "NotFound", "no pod"))
        server.on(f"{POD}/log", streams(line(1, "one")))
        assert await log(cluster, tail=5) == [b"one"]
        assert next(server.asked(f"{POD}/log"))["tailLines"] == "5"
