"""Keeping the mirror of a cluster: what is told of the link, the nodes and what happened, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from evidence import recorded
from msgspec.structs import replace

from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.model.facts import Fact, Instant, Key
from homeport.model.graph import Graph
from homeport.model.rollouts import Linked, Rollout
from homeport.model.shipped import Present
from homeport.ports.cluster import Changed, ClusterError, Listed, News, Scope
from homeport.ports.fakes.cluster import FakeCluster
from homeport.work.cluster.telling import GONE, KINDS, Sight
from homeport.work.cluster.watching import AGAIN, SOON, keep_mirror
from homeport.work.seen.mirror import HAPPENINGS, Mirror

SIGHT = Sight("s1", "kind", "default", "app.kubernetes.io/name")


WATCHED = [*(f"watch {kind}" for _api, kind in KINDS), 'watch Namespace "default"']
"""What is asked for once, and once more after a break."""


class Shop:
    """A fake cluster, what was told of it, and time."""

    def __init__(self, cluster: FakeCluster | None = None) -> None:
        self.cluster = cluster or FakeCluster()
        self.sights = Latest(SIGHT)
        self.mirror = Mirror()
        self.told: list[tuple[float, Key, Fact]] = []
        self.lines: list[tuple[str, str]] = []

    def put(self, key: Key, fact: Fact) -> None:
        self.told.append((round(self.wall(), 3), key, fact))

    def declare(self, graph: Graph) -> None:
        raise AssertionError(graph)

    def say(self, node: str, line: str) -> None:
        self.lines.append((node, line))

    def now(self) -> Instant:
        return round(self.wall() * 1e6)

    def wall(self) -> float:
        return asyncio.get_running_loop().time()

    def apply(self, *objects: dict[str, Any]) -> None:
        """Have these objects, as they were recorded, in the cluster."""
        for each in objects:
            meta = {**each["metadata"], "namespace": "default"}
            self.cluster.apply_as("other", {**each, "metadata": meta}, force=True)

    def links(self) -> list[tuple[float, bool, str]]:
        """Return what was told of the link: when, whether it is well, why it is down."""
        return [(at, fact.ok, fact.down) for at, _key, fact in self.told if isinstance(fact, Linked)]

    def rollouts(self, node: str) -> list[Rollout]:
        """Return what was told of a node."""
        return [fact for _at, key, fact in self.told if isinstance(fact, Rollout) and key == ("rollout", node, 0)]

    def last_link(self) -> Linked:
        return [fact for _at, _key, fact in self.told if isinstance(fact, Linked)][-1]


def watching(shop: Shop, *acts: tuple[float, Callable[[], object]], until: float = 10.0) -> Shop:
    """Keep the mirror while things happen at their times; nothing may go on after it was cancelled."""

    async def main() -> None:
        keeping = keep_mirror(shop.cluster, shop.sights, shop.mirror, shop, shop.say, shop)
        loop = asyncio.get_running_loop()
        timers = [loop.call_at(at, act) for at, act in acts]
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await keeping
        for timer in timers:
            timer.cancel()
        assert len(asyncio.all_tasks()) == 1

    run_virtually(main())
    return shop


def parts(situation: str, *kinds: str) -> list[dict[str, Any]]:
    """Return the recorded objects of these kinds."""
    return [each for each in recorded(situation) if each["kind"] in kinds]


def event(name: str, reason: str, message: str, at: float, **more: Any) -> dict[str, Any]:
    """Return an event of the pod that is called so."""
    when = f"1970-01-01T00:00:{at:09.6f}Z"
    about = {"kind": "Pod", "name": name}
    meta = {"name": f"{name}.{reason}.{more.pop('mark', '')}"}
    return {"apiVersion": "v1", "kind": "Event", "metadata": meta, "involvedObject": about, "reason": reason,
            "message": message, "type": "Warning", "firstTimestamp": when, "lastTimestamp": when, **more}  # fmt: skip


def test_all_kinds_are_watched_once_and_nothing_is_told_before_all_is_known():
    """One watch for each kind, all at once; the first facts come with the first complete picture."""
    shop = Shop()
    shop.apply(*recorded("ready"), *recorded("crash-loop"))
    shop.cluster.requests.clear()
    watching(shop)
    assert sorted(shop.cluster.requests) == sorted(WATCHED)
    assert shop.links() == [(0.0, True, "")]
    assert [key for _at, key, _fact in shop.told] == [
        ("present", "", 0), ("rollout", "crash", 0), ("rollout", "ok", 0), ("cluster", "", 0),
    ]  # fmt: skip
    assert [(made.complete, bool(made.failure)) for node in ("ok", "crash") for made in shop.rollouts(node)] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert shop.told[0][2] == Present({"crash": ("Deployment", "Pod"), "ok": ("Deployment", "Pod")})


def test_a_rollout_is_told_only_when_it_differs_and_keeps_its_instant():
    """News that change nothing for people are no facts; ``since`` is the instant of the last turn, not of the last word."""
    shop = Shop()
    shop.apply(*parts("ready", "Deployment", "Pod"))
    deployment, pod, _other = parts("ready", "Deployment", "Pod")
    touched = {**deployment, "metadata": {**deployment["metadata"], "resourceVersion": "9"}}
    status = {**deployment["status"], "availableReplicas": 1}
    scope = Scope("apps/v1", "Deployment", "default", name="ok")
    watching(
        shop,
        (1, lambda: shop.apply(touched)),
        (2, lambda: shop.cluster.set(scope, status=status)),
        (3, lambda: shop.cluster.set(scope, status={**status, "replicas": 3})),
        (4, lambda: shop.cluster.set(scope, status=deployment["status"])),
    )
    assert [(made.complete, made.since) for made in shop.rollouts("ok")] == [
        (True, 0), (False, 2_000_000), (True, 4_000_000),
    ]  # fmt: skip
    assert pod["metadata"]["name"] in [each.name for each in shop.rollouts("ok")[0].pods]


def test_a_broken_link_is_told_and_healed_and_what_was_known_stays():
    """The link turns red with its reason and green again; rollouts are told again only when they differ by then."""
    shop = Shop()
    shop.apply(*parts("ready", "Deployment", "Pod"))
    scope = Scope("apps/v1", "Deployment", "default", name="ok")
    watching(
        shop,
        (1, lambda: shop.cluster.cut("no answer within 4 s")),
        (2, lambda: shop.cluster.set(scope, status={"observedGeneration": 1})),
        (5, shop.cluster.mend),
    )
    assert shop.links() == [(0.0, True, ""), (1.0, False, "no answer within 4 s"), (5.0, True, "")]
    assert [(made.complete, made.since) for made in shop.rollouts("ok")] == [(True, 0), (False, 5_000_000)]
    assert len(shop.mirror.of({"app.kubernetes.io/name": "ok"})) == 3


def test_after_a_break_every_stream_is_opened_anew():
    """A stream may be dead without a sign: the link is well again when everything was told anew, by new streams."""
    shop = Shop()
    shop.apply(*parts("ready", "Deployment", "Pod"))
    shop.cluster.requests.clear()
    watching(shop, (1, shop.cluster.cut), (2, shop.cluster.mend))
    assert sorted(shop.cluster.requests) == sorted(2 * WATCHED)
    assert len(shop.cluster._watches) == 0
    assert len(shop.rollouts("ok")) == 1


def test_a_namespace_that_is_being_deleted_is_told():
    """With the link, since what is in it does not say so; and that it is over, once it is gone."""
    shop = Shop()
    scope = Scope("v1", "Namespace", name="default")
    shop.cluster.apply_as("other", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    watching(
        shop,
        (1, lambda: shop.cluster.set(scope, metadata={"name": "default", "deletionTimestamp": "2026-01-01T00:00:00Z"})),
        (2, lambda: shop.cluster._remove(("v1", "Namespace", None, "default"))),
    )
    told = [(at, fact.leaving) for at, _key, fact in shop.told if isinstance(fact, Linked)]
    assert told == [(0.0, False), (1.0, True), (2.0, False)]


class Slow(FakeCluster):
    """A cluster whose list of pods takes a second after the first one."""

    seen = 0

    async def watch(self, scope: Scope) -> AsyncIterator[News]:
        self.seen += scope.kind == "Pod"
        if scope.kind == "Pod" and self.seen > 1:
            await asyncio.sleep(1)
        async for news in super().watch(scope):
            yield news


def test_half_of_what_was_missed_is_not_told():
    """After a break nothing is told of nodes until all kinds are known again; the first reason of the break is kept."""
    shop = Shop(Slow())

    def break_it() -> None:
        shop.cluster.cut("first")
        shop.cluster.cut("second")

    def heal() -> None:
        shop.cluster.mend()
        shop.apply(*parts("ready", "Deployment", "Pod"))

    watching(shop, (1, break_it), (2, heal))
    assert shop.links() == [(0.0, True, ""), (1.0, False, "first"), (3.0, True, "")]
    assert [at for at, key, _fact in shop.told if key[0] == "rollout"] == [3.0]
    assert [(made.complete, made.ready) for made in shop.rollouts("ok")] == [(True, 2)]


def test_a_cluster_that_is_away_at_first_is_told_and_waited_for():
    """Nothing is told of nodes before the first complete picture, however late it is."""
    shop = Shop()
    shop.cluster.cut("no route to host")
    watching(shop, (3, lambda: (shop.cluster.mend(), shop.apply(*parts("ready", "Deployment", "Pod")))))
    assert shop.links() == [(0.0, False, "no route to host"), (3.0, True, "")]
    assert next(at for at, key, _fact in shop.told if key[0] == "rollout") == 3.0


def test_what_is_deleted_behind_our_back_is_told():
    """When a namespace goes with all that is in it, no node has anything left there."""
    shop = Shop()
    shop.apply(*parts("ready", "Deployment", "Pod"))
    watching(shop, (1, lambda: shop.cluster._remove(("v1", "Namespace", None, "default"))))
    assert shop.rollouts("ok")[-1] == replace(GONE, since=1_000_000)
    assert shop.mirror.nodes() == ()
    assert [fact for _at, _key, fact in shop.told if isinstance(fact, Present)][-1] == Present({})


def test_events_are_lines_each_once():
    """What happens is said once, to the log of whom it concerns, as soon as that is known; old and usual things are not."""
    shop = Shop()
    deployment, *pods = parts("ready", "Deployment", "Pod")
    name, other = (pod["metadata"]["name"] for pod in pods)

    def begin() -> None:
        shop.apply(event(name, "Failed", "no such image", 5))
        shop.apply(event(name, "Failed", "no such image", 6, count=2))
        shop.apply(event(other, "BackOff", "waiting", 5))
        shop.apply(event(name, "Pulled", "Successfully pulled in 12ms (12ms including waiting)", 5, type="Normal"))
        shop.apply(
            event(name, "Pulled", "Successfully pulled in 3.2s (4s including waiting)", 5, type="Normal", mark="2")
        )
        shop.apply(event(name, "Failed", "Error: ErrImagePull", 5, mark="2"))
        shop.apply(event("foreign", "Failed", "not ours", 5))
        shop.apply(event(name, "Failed", "long ago", 0, mark="3"))

    watching(
        shop,
        (5, lambda: shop.apply(deployment, pods[0])),
        (5, begin),
        (6, lambda: shop.apply(pods[1])),
        (7, shop.cluster.cut),
        (8, shop.cluster.mend),
    )
    assert shop.lines == [
        ("ok", f'Pod "{name}": no such image'),
        ("ok", f'Pod "{name}": Successfully pulled in 3.2s (4s including waiting)'),
        ("ok", f'Pod "{name}": long ago'),
        ("ok", f'Pod "{other}": waiting'),
    ]


def test_what_happened_before_the_house_looked_is_not_said_again():
    """The house before this one said it."""
    shop = Shop()
    deployment, pod, _other = parts("ready", "Deployment", "Pod")
    shop.apply(deployment, pod, event(pod["metadata"]["name"], "Failed", "yesterday", 1))

    async def late() -> None:
        await asyncio.sleep(100)
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await keep_mirror(shop.cluster, shop.sights, shop.mirror, shop, shop.say, shop)

    run_virtually(late())
    assert shop.lines == []
    assert [each.message for each in shop.mirror.happened("Pod", pod["metadata"]["name"])] == ["yesterday"]


def test_a_kind_that_is_refused_is_asked_for_again():
    """A further kind whose definition is not there yet is no trouble, and seen once it is; what always is needed is an error."""
    shop = Shop()
    shop.sights.set(Sight("s2", "kind", "default", SIGHT.selector, (("x.example/v1", "Thing"),)))
    watching(shop, (1, lambda: shop.cluster.apis.add("x.example/v1")), until=SOON + 1)
    assert [fact.ok for _at, _key, fact in shop.told if isinstance(fact, Linked)] == [True]
    assert ("x.example/v1", "Thing") in shop.mirror.listed
    bare = Shop()
    bare.cluster.apis.remove("apps/v1")
    watching(bare, until=AGAIN - 1)
    assert (bare.last_link().ok, bare.last_link().error) == (False, "the cluster knows no Deployment in apps/v1")


def test_another_sight_adds_kinds_and_watches_nothing_twice():
    """What is watched already goes on; its facts are not told again."""
    shop = Shop()
    shop.cluster.apis.add("x.example/v1")
    shop.apply(*parts("ready", "Deployment", "Pod"))
    more = Sight("s2", "kind", "default", SIGHT.selector, (("x.example/v1", "Thing"), ("apps/v1", "Deployment")))
    meta = {"name": "db", "labels": {"app.kubernetes.io/name": "db"}}
    thing = {"apiVersion": "x.example/v1", "kind": "Thing", "metadata": meta, "status": {"conditions": []}}
    watching(shop, (1, lambda: shop.sights.set(more)), (2, lambda: shop.apply(thing)))
    assert [request for request in shop.cluster.requests if request.startswith("watch")].count("watch Deployment") == 1
    assert "watch Thing" in shop.cluster.requests
    assert shop.last_link().identity == "s2"
    assert len(shop.rollouts("ok")) == 1
    assert [made.complete for made in shop.rollouts("db")] == [True]


class Broken(FakeCluster):
    """A cluster whose watch of pods has a mistake in it."""

    async def watch(self, scope: Scope) -> AsyncIterator[News]:
        if scope.kind == "Pod":
            await asyncio.sleep(1)
            raise ValueError("a mistake of ours")
        async for news in super().watch(scope):
            yield news


def test_a_mistake_of_ours_in_a_stream_is_not_swallowed():
    """A stream that ends by a bug ends the whole watch at once, so that it is reported and started again."""
    with pytest.raises(ValueError, match="a mistake of ours"):
        watching(Shop(Broken()))


class Guarded(FakeCluster):
    """A cluster that shows some kinds to nobody."""

    def __init__(self, *kinds: str) -> None:
        super().__init__()
        self.kinds = kinds

    async def watch(self, scope: Scope) -> AsyncIterator[News]:
        if scope.kind in self.kinds:
            raise ClusterError(f"{scope.kind} is forbidden", reason="Forbidden", code=403, hint="ask for this right")
        async for news in super().watch(scope):
            yield news


def test_what_may_not_be_seen_is_gone_without():
    """Who may not list secrets still sees how far everything is."""
    assert watching(Shop(Guarded("Secret"))).last_link().ok
    assert watching(Shop(Guarded("Namespace"))).last_link().ok
    shut = watching(Shop(Guarded("Pod")))
    assert (shut.last_link().ok, shut.last_link().error, shut.last_link().hint) == (
        False, "Pod is forbidden", "ask for this right",
    )  # fmt: skip


def put(mirror: Mirror, *objects: dict[str, Any]) -> None:
    """Put the complete list of one kind."""
    mirror.put(Scope(objects[0]["apiVersion"], objects[0]["kind"]), Listed(objects))


def test_no_value_is_kept():
    """Of secrets and settings only who they are is kept, and no copy of what was last applied."""
    for kind in ("Secret", "ConfigMap"):
        mirror = Mirror()
        applied = {"homeport.dev/digest": "d", "kubectl.kubernetes.io/last-applied-configuration": "s3cr3t"}
        labels = {"app.kubernetes.io/name": "api"}
        meta = {"name": "env", "labels": labels, "managedFields": [{"manager": "x"}], "annotations": applied}
        put(
            mirror,
            {
                "apiVersion": "v1",
                "kind": kind,
                "metadata": meta,
                "data": {"A": "s3cr3t"},
                "stringData": {"B": "s3cr3t"},
            },
        )
        assert mirror.get("v1", kind, "env") == {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": "env", "labels": labels, "annotations": {"homeport.dev/digest": "d"}},
        }


def test_null_is_the_same_as_not_there():
    """Whoever reads the mirror need not ask for both."""
    mirror = Mirror()
    meta = {"name": "a", "creationTimestamp": None}
    put(
        mirror,
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": {"conditions": [{"message": None}, None]}},
    )
    found = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "status": {"conditions": [{}]}}
    assert mirror.get("v1", "Pod", "a") == found


def test_the_mirror_finds_by_name_kind_and_labels_and_forgets_what_a_list_lacks():
    """A later list says what is left; what lies under another label moves."""
    mirror = Mirror()
    one, two = ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"app.kubernetes.io/name": name,
                 "tier": "web"}}} for name in ("one", "two"))  # fmt: skip
    assert ("v1", "Service") not in mirror.listed
    put(mirror, one, two)
    assert ("v1", "Service") in mirror.listed
    assert mirror.all("v1", "Service") == [one, two]
    assert mirror.of({"tier": "web", "app.kubernetes.io/name": "two"}) == [two]
    put(mirror, two)
    assert mirror.get("v1", "Service", "one") is None
    assert (mirror.nodes(), mirror.node_of("Service", "one")) == (("two",), "one")
    moved = {**two, "metadata": {"name": "two", "labels": {"app.kubernetes.io/name": "three"}}}
    assert mirror.put(Scope("v1", "Service"), Changed(moved)) == {"two", "three"}
    assert mirror.nodes() == ("three",)


def test_few_happenings_are_kept_of_each_object():
    """Of one that fails for hours only the last of each sort is remembered."""
    mirror = Mirror()
    for number in range(50):
        mirror.put(Scope("v1", "Event"), Changed(event("a", "Failed", f"{number:02} happened", number)))
        mirror.put(Scope("v1", "Event"), Changed(event("a", "BackOff", "again", number)))
    kept = [each.message for each in mirror.happened("Pod", "a")]
    assert len(kept) == HAPPENINGS
    assert kept.count("again") == 1
    assert "49 happened" in kept


def test_who_waits_for_the_mirror_wakes_when_it_holds():
    """A reader names a condition, and goes on after the batch that made it true."""
    shop, seen = Shop(), list[float]()
    found: Sequence[dict[str, Any]] = parts("ready", "Deployment", "Pod")

    async def main() -> None:
        async def wait() -> None:
            await shop.mirror.until(lambda mirror: mirror.get("apps/v1", "Deployment", "ok") is not None)
            seen.append(shop.wall())

        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(keep_mirror(shop.cluster, shop.sights, shop.mirror, shop, shop.say, shop))
            waiting = group.create_task(wait())
            asyncio.get_running_loop().call_at(2, lambda: shop.apply(*found))
            await waiting
            keeping.cancel()

    run_virtually(main())
    assert seen == [2.0]
