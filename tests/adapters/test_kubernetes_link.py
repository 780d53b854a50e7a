"""What requests, watches and logs do when the cluster misbehaves: an API server on loopback follows a script."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kubernetes_server import Server, breaks_off, refuses, says, serving, streams

from homeport.adapters.kubernetes.access import Access, pin
from homeport.adapters.kubernetes.cluster import RealCluster, open_cluster
from homeport.adapters.kubernetes.kubeconfig import Plugin
from homeport.ports.cluster import (
    Changed,
    ClusterError,
    FieldConflict,
    Gone,
    LinkDown,
    LinkUp,
    Listed,
    News,
    Scope,
    Unreachable,
)

MAPS = "/api/v1/namespaces/shop/configmaps"
SCOPE = Scope("v1", "ConfigMap", "shop")
ONE = Scope("v1", "ConfigMap", "shop", name="a")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def cluster(server: Server) -> AsyncIterator[RealCluster]:
    async with open_cluster(server.access, {}) as cluster:
        yield cluster


def item(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": str(version)}}


def listed(version: int, *items: dict[str, Any], more: str = "") -> Any:
    return says({"items": list(items), "metadata": {"resourceVersion": str(version), "continue": more}})


def event(kind: str, what: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": what}).encode() + b"\n"


async def take(cluster: RealCluster, count: int) -> list[News]:
    async with aclosing(cluster.watch(SCOPE)) as news:
        return [await anext(news) for _ in range(count)]


class TestRequests:
    """Another try where it is safe, and errors that say what next."""

    @pytest.mark.parametrize("trouble", [breaks_off, refuses(503, "", "starting"), refuses(504, "Timeout", "slow")])
    async def test_passing_trouble_is_tried_again(self, server: Server, cluster: RealCluster, trouble: Any) -> None:
        """A broken connection and an overloaded server are asked once more."""
        server.on(f"{MAPS}/a", trouble, says(item("a", 7)))
        assert await cluster.get(ONE) == item("a", 7)

    async def test_a_busy_server_says_how_long(self, server: Server, cluster: RealCluster) -> None:
        """429 waits as long as it is told to."""
        busy = refuses(429, "TooManyRequests", "later", **{"Retry-After": "1"})
        server.on(f"{MAPS}/a", busy, says(item("a", 7)))
        assert await cluster.get(ONE) == item("a", 7)

    async def test_a_refusal_is_final(self, server: Server, cluster: RealCluster) -> None:
        """What is forbidden is asked once, and the cluster's sentence and reason come through."""
        server.on(f"{MAPS}/a", refuses(403, "Forbidden", 'user "u" cannot get'))
        with pytest.raises(ClusterError) as raised:
            await cluster.get(ONE)
        assert raised.value.what == 'look at ConfigMap "a" in "shop" was refused: user "u" cannot get'
        assert (raised.value.reason, raised.value.code, len(server.requests)) == ("Forbidden", 403, 1)

    @pytest.mark.parametrize(
        "said",
        [
            "failed to create typed patch object (shop/c; shop.example/v1, Kind=Cart): .spec.sise: no such field",
            "failed to convert new object: .spec.sise: field not declared in schema",
        ],
    )
    async def test_what_does_not_fit_its_kind_is_invalid(self, server: Server, cluster: RealCluster, said: str) -> None:
        """The server calls it a failure of its own, which would be tried again for ever."""
        path = "/api/v1/namespaces/shop/configmaps/c"
        server.on(path, refuses(500, "InternalError", said))
        with pytest.raises(ClusterError, match="sise") as raised:
            await cluster.get(Scope("v1", "ConfigMap", "shop", name="c"))
        assert raised.value.reason == "Invalid"

    async def test_a_sentence_of_the_cluster_quotes_as_ours_do(self, server: Server, cluster: RealCluster) -> None:
        """An apostrophe stays one."""
        server.on(f"{MAPS}/a", refuses(422, "Invalid", "fields other than 'replicas' and 'x y' can't change, nobody's"))
        with pytest.raises(ClusterError, match='fields other than "replicas" and "x y" can\'t change, nobody\'s'):
            await cluster.get(ONE)

    async def test_a_page_of_a_proxy_is_no_json(self, server: Server, cluster: RealCluster) -> None:
        """An answer that is not the cluster's is an error all the same."""
        server.on(f"{MAPS}/a", streams(b"<html>no"), says(item("a", 7)))
        with pytest.raises(ClusterError, match="is not the JSON of a cluster"):
            await cluster.get(ONE)

    async def test_nobody_there_is_unreachable(self) -> None:
        """A cluster that is not running is said to be out of reach, with its context and address."""
        async with open_cluster(Access(context="dead", server="http://127.0.0.1:9"), {}) as cluster:
            with pytest.raises(
                Unreachable, match=r'the cluster of the context "dead" at http://127.0.0.1:9 is out of reach'
            ):
                await cluster.get(ONE)

    async def test_long_lists_come_by_pages(self, server: Server, cluster: RealCluster) -> None:
        """All pages are one list; when the pages grow too old it begins again."""
        old = refuses(410, "Expired", "too old")
        server.on(
            MAPS, listed(5, item("a", 1), more="x"), old, listed(9, item("a", 1), more="y"), listed(9, item("b", 2))
        )
        assert [each["metadata"]["name"] for each in await cluster.list(SCOPE)] == ["a", "b"]
        assert [query.get("continue") for query in server.asked(MAPS)] == [None, "x", None, "y"]

    async def test_conflicts_name_manager_and_field(self, server: Server, cluster: RealCluster) -> None:
        """Who owns what is told, each field by itself."""
        cause = {"reason": "FieldManagerConflict", "message": 'conflict with "helm" using v1', "field": ".data.a"}
        status = {"reason": "Conflict", "code": 409, "message": "Apply failed", "details": {"causes": [cause]}}
        server.on(f"{MAPS}/a", says(status, 409))
        with pytest.raises(FieldConflict) as raised:
            await cluster.apply(
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}
            )
        assert raised.value.fields == (("helm", ".data.a"),)
        assert server.requests[0][2]["fieldManager"] == "homeport"
        assert server.headers[0]["Content-Type"] == "application/apply-patch+yaml"

    async def test_kinds_are_learnt_once(self, server: Server, cluster: RealCluster) -> None:
        """The plural of a custom kind is asked for once."""
        resources = [{"name": "things", "kind": "Thing", "namespaced": True}]
        server.on("/apis/x.example/v1", says({"resources": resources}))
        server.on("/apis/x.example/v1/namespaces/shop/things/t", says(item("t", 1)))
        for _ in range(2):
            assert await cluster.get(Scope("x.example/v1", "Thing", "shop", name="t")) == item("t", 1)
        assert len(list(server.asked("/apis/x.example/v1"))) == 1


class TestWatch:
    """A watch goes on, whatever ends it."""

    async def test_it_goes_on_after_a_normal_end(self, server: Server, cluster: RealCluster) -> None:
        """The next connection begins at the last version heard, bookmarks included; that is no news."""
        server.on(
            MAPS,
            listed(5, item("a", 1)),
            streams(event("MODIFIED", item("a", 6)), event("BOOKMARK", item("", 8))),
            streams(event("DELETED", item("a", 9)), end="never"),
        )
        whole = {"apiVersion": "v1", "kind": "ConfigMap", **item("a", 1)}
        assert await take(cluster, 3) == [Listed((whole,)), Changed(item("a", 6)), Gone(item("a", 9))]
        assert [query.get("resourceVersion") for query in server.asked(MAPS)] == [None, "5", "8"]

    async def test_it_goes_on_after_a_broken_connection(self, server: Server, cluster: RealCluster) -> None:
        """What was cut in the middle is sent again, and comes once."""
        cut = event("MODIFIED", item("a", 7))
        server.on(
            MAPS, listed(5), streams(event("ADDED", item("a", 6)), cut[:20], end="broken"), streams(cut, end="never")
        )
        assert await take(cluster, 3) == [Listed(()), Changed(item("a", 6)), Changed(item("a", 7))]

    @pytest.mark.parametrize("told", ["event", "answer"])
    async def test_a_version_too_old_lists_again(self, server: Server, cluster: RealCluster, told: str) -> None:
        """410, as an event or as the answer, brings a new list."""
        status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
        expired = streams(event("ERROR", status)) if told == "event" else refuses(410, "Expired", "too old")
        server.on(MAPS, listed(5), expired, listed(9), streams(event("ADDED", item("a", 10)), end="never"))
        assert await take(cluster, 3) == [Listed(()), Listed(()), Changed(item("a", 10))]

    async def test_a_link_that_stays_down_is_told(self, server: Server, cluster: RealCluster) -> None:
        """Down once, with the reason, and up again when the cluster is heard."""
        bad = refuses(500, "InternalError", "etcd is away")
        server.on(MAPS, listed(5), bad, bad, bad, streams(event("ADDED", item("a", 6)), end="never"))
        first, down, up, changed = await take(cluster, 4)
        assert (first, up, changed) == (Listed(()), LinkUp(), Changed(item("a", 6)))
        assert isinstance(down, LinkDown)
        assert down.why.endswith("was refused: etcd is away")

    async def test_lines_of_any_length(self, server: Server, cluster: RealCluster) -> None:
        """An event may be longer than any buffer."""
        large = item("a", 6) | {"data": {"x": "y" * 3_000_000}}
        server.on(MAPS, listed(5), streams(event("ADDED", large), end="never"))
        assert await take(cluster, 2) == [Listed(()), Changed(large)]


PLUGIN = """
import json, os, sys, pathlib
runs = pathlib.Path(sys.argv[1]); runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
status = {"token": "token-%d" % len(runs.read_text()), "expirationTimestamp": sys.argv[2]}
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": status}))
"""


class TestLogins:
    """Who we are."""

    @pytest.fixture
    def program(self, tmp_path: Path) -> Path:
        (tmp_path / "login.py").write_text(PLUGIN)
        return tmp_path / "login.py"

    def access(self, server: Server, program: Path, until: str) -> Access:
        args = [str(program), str(program.parent / "runs"), until]
        plugin = Plugin("client.authentication.k8s.io/v1", sys.executable, args)
        return msgspec.structs.replace(server.access, plugin=plugin)

    async def test_a_plugin_runs_once_until_its_token_expires(self, server: Server, program: Path) -> None:
        """A token is kept while it is good, and one that has expired is renewed before it is used."""
        server.on(f"{MAPS}/a", says(item("a", 1)))
        for until, tokens in (("2999-01-01T00:00:00Z", {"1"}), ("2000-01-01T00:00:00Z", {"2", "3", "4"})):
            server.headers.clear()
            async with open_cluster(self.access(server, program, until), {}) as cluster:
                for _ in range(3):
                    await cluster.get(ONE)
            assert {each["Authorization"] for each in server.headers} == {f"Bearer token-{n}" for n in tokens}

    async def test_a_login_that_is_not_accepted_is_renewed(self, server: Server, program: Path) -> None:
        """401 makes the plugin run once more; a second 401 is the answer."""
        bad = refuses(401, "Unauthorized", "Unauthorized")
        server.on(f"{MAPS}/a", bad, says(item("a", 1)), bad)
        async with open_cluster(self.access(server, program, "2999-01-01T00:00:00Z"), {}) as cluster:
            assert await cluster.get(ONE) == item("a", 1)
            with pytest.raises(ClusterError) as raised:
                await cluster.get(ONE)
        assert (raised.value.reason, raised.value.hint) == ("Unauthorized", "log in to the cluster anew")
        sent = [each["Authorization"][-1] for each in server.headers]
        assert sent == ["1", "2", "2", "3"]

    async def test_a_token_file_is_read_again_at_401(self, server: Server, tmp_path: Path) -> None:
        """A token that was written anew in the meantime is found."""
        file = tmp_path / "token"
        file.write_text("old\n")
        server.on(f"{MAPS}/a", says(item("a", 1)), refuses(401, "Unauthorized", "no"), says(item("a", 2)))
        async with open_cluster(msgspec.structs.replace(server.access, token_file=str(file)), {}) as cluster:
            await cluster.get(ONE)
            file.write_text("new\n")
            assert await cluster.get(ONE) == item("a", 2)
        assert [each["Authorization"] for each in server.headers] == ["Bearer old", "Bearer old", "Bearer new"]

    async def test_a_kubeconfig_is_read_again_at_401(self, server: Server, tmp_path: Path) -> None:
        """Who logged in anew wrote another token there; the same one is not tried twice, nor one for another cluster."""
        file, no = tmp_path / "config", refuses(401, "Unauthorized", "no")

        def write(token: str, address: str = server.access.server) -> None:
            file.write_text(
                json.dumps(
                    {
                        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                        "current-context": "c",
                        "clusters": [{"name": "k", "cluster": {"server": address}}],
                        "users": [{"name": "u", "user": {"token": token}}],
                    }
                )
            )

        write("old")
        server.on(f"{MAPS}/a", no, no, no, says(item("a", 2)))
        async with open_cluster(pin({"KUBECONFIG": str(file)}, "/nowhere"), {}) as cluster:
            for _ in range(2):
                with pytest.raises(ClusterError):
                    await cluster.get(ONE)
                write("foreign", "http://127.0.0.1:9")
            write("new")
            assert await cluster.get(ONE) == item("a", 2)
        sent = [each["Authorization"].removeprefix("Bearer ") for each in server.headers]
        assert sent == ["old", "old", "old", "new"]
