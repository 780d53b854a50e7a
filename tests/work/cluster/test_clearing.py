"""What left the cluster is removed from it, and nothing else."""

from harbour import Harbour, in_harbour, last, quiet

from homeport.model.cluster_jobs import Clear
from homeport.work.cluster.clearing import clear


def job(*names: str, relayed: tuple[str, ...] = ()) -> Clear:
    """Return the job that removes what is left of these nodes."""
    return Clear(("clear", "", 0), "id-1", names, relayed)


def test_exactly_what_is_ours_of_these_nodes_goes():
    """Not what others own, or made for us, or other nodes; and never a volume."""
    shop = Harbour()
    made = {"ownerReferences": [{"uid": "x", "kind": "Deployment", "name": "api"}]}
    shop.make("Deployment", "api", "apps/v1")
    shop.make("Service", "api")
    shop.make("ConfigMap", "api-theirs", node="api", owner="owner-2")
    shop.make("ConfigMap", "api-made", node="api", meta=made)
    shop.make("PersistentVolumeClaim", "data-api-0", node="api")
    shop.make("Deployment", "web", "apps/v1")

    async def story() -> None:
        await clear(job("api"), shop.outside, shop)
        assert sorted(shop.asked("delete")) == ['delete Deployment "api"', 'delete Service "api"']
        assert shop.there("PersistentVolumeClaim") == ["data-api-0"]
        assert last(shop.of("clear")).error == ""

    in_harbour(shop, story)


def test_the_services_that_the_relay_stands_for_stay():
    """By their names, whoever they lead to at this moment: the relay takes them over."""
    shop = Harbour()
    shop.make("Service", "db")
    shop.make("Service", "db-peers", node="db")
    shop.make("Deployment", "db", "apps/v1")

    async def story() -> None:
        await clear(job("db", relayed=("db",)), shop.outside, shop)
        assert shop.there("Service") == ["db"]
        assert shop.there("Deployment", "apps/v1") == []

    in_harbour(shop, story)


def test_a_namesake_that_is_newer_than_what_is_known_stays():
    """That very object is deleted, by its uid."""
    shop = Harbour()
    shop.make("ConfigMap", "api")

    async def story() -> None:
        before = shop.outside.cloud.mirror.all("v1", "ConfigMap")
        await clear(job("api"), shop.outside, shop)
        shop.make("ConfigMap", "api")
        # The mirror has not heard of the new one yet.
        assert before == shop.outside.cloud.mirror.all("v1", "ConfigMap")
        await clear(job("api"), shop.outside, shop)
        await quiet()
        assert shop.there("ConfigMap") == ["api"]

    in_harbour(shop, story)


def test_what_could_not_be_removed_is_told():
    """The plan asks again later."""
    shop = Harbour()
    shop.make("ConfigMap", "api")

    async def story() -> None:
        shop.cluster.cut("no answer within 10 s")
        await clear(job("api"), shop.outside, shop)
        assert "no answer" in last(shop.of("clear")).error
        shop.cluster.mend()
        await quiet()

    in_harbour(shop, story)
