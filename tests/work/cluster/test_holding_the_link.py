"""The link to the cluster: opened again after trouble, and each time with nothing taken for granted."""

from collections.abc import AsyncIterator

from harbour import Harbour, StubbornCluster, pass_time, quiet

from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.model.cluster_jobs import WatchCluster
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.places import Site
from homeport.model.rollouts import Linked, Rollout
from homeport.ports.cluster import LinkDown, LinkUp
from homeport.work.cluster.holding import hold_cluster

JOB = WatchCluster(("cluster", "", 0), "site-1", Site("fake", "demo"))


class ExpiringCluster(StubbornCluster):
    """A cluster whose link ends for good when a test says so, as with a login that has expired."""

    def __init__(self) -> None:
        super().__init__()
        self.expires = Latest(0)

    async def pulse(self) -> AsyncIterator[LinkDown | LinkUp]:
        """Answer until it is over."""
        turn = self.expires.turn
        yield LinkUp()
        await self.expires.after(turn)
        raise OutsideError("the login has expired", hint="log in again")


def expiring() -> tuple[Harbour, ExpiringCluster]:
    """Return a harbour with such a cluster."""
    shop, cluster = Harbour(), ExpiringCluster()
    shop.cluster = shop.clusters.cluster = cluster
    return shop, cluster


def links(shop: Harbour) -> list[str]:
    """Return what was told of the link, in short."""
    found = [fact for _, fact in shop.of("cluster") if isinstance(fact, Linked)]
    return [each.error or each.down or ("ok" if each.ok else "?") for each in found]


def test_a_context_that_was_not_allowed_is_not_asked_for_again():
    """Somebody has to wish otherwise; the reason is told once."""
    shop = Harbour()
    shop.clusters.refusal = RefusedError("the context was not allowed", hint="allow it")

    async def main() -> None:
        async with shop.beside(hold_cluster(Latest(JOB), shop.outside, shop)):
            await pass_time(30)
            shop.clusters.refusal = None
            await pass_time(30)
        assert links(shop) == ["the context was not allowed"]
        assert shop.clusters.opened == 0

    run_virtually(main())


def test_a_cluster_that_nothing_leads_to_is_looked_for_again():
    """The same reason is told once, and that it is over."""
    shop = Harbour()
    shop.clusters.refusal = OutsideError("no kubeconfig", hint="make one")

    async def main() -> None:
        async with shop.beside(hold_cluster(Latest(JOB), shop.outside, shop)):
            await pass_time(9)
            assert links(shop) == ["no kubeconfig"]
            shop.clusters.refusal = None
            await pass_time(3)
            assert links(shop) == ["no kubeconfig", "ok"]

    run_virtually(main())


def test_the_same_trouble_twice_is_told_twice():
    """When the link was well in between."""
    shop, cluster = expiring()

    async def main() -> None:
        async with shop.beside(hold_cluster(Latest(JOB), shop.outside, shop)):
            for _ in range(2):
                await pass_time(5)
                cluster.expires.set(1)
                await pass_time(1)
        assert links(shop) == ["ok", "the login has expired"] * 2

    run_virtually(main())


def test_what_was_told_by_another_link_is_taken_back():
    """What was deleted while there was none is not believed to be there."""
    shop, cluster = expiring()
    cluster.apply_as("somebody", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}})
    shop.make("Deployment", "api", "apps/v1", spec={"replicas": 1})

    async def main() -> None:
        async with shop.beside(hold_cluster(Latest(JOB), shop.outside, shop)):
            await quiet()
            cluster.expires.set(1)
            await quiet()
            cluster._objects.pop(("apps/v1", "Deployment", "demo", "api"))
            await pass_time(5)
        kinds = [fact.kind for _, fact in shop.of("rollout") if isinstance(fact, Rollout)]
        assert kinds == ["Deployment", ""]

    run_virtually(main())
