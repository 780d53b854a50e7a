"""A pod that is in the way of a better one is deleted, and nobody else."""

from harbour import Harbour, in_harbour, last

from homeport.model.cluster_jobs import Unblock
from homeport.model.shipped import Unblocked
from homeport.work.cluster.unblocking import unblock


def test_the_pod_in_the_way_goes_and_its_volume_stays():
    """That very one, with a line in the log; a namesake that came meanwhile is left alone, and nothing else is touched."""
    shop = Harbour()
    shop.make("PersistentVolumeClaim", "data-mq-0", node="mq")
    shop.make("Pod", "mq-0", node="mq")

    async def story() -> None:
        made = shop.outside.cloud.mirror.get("v1", "Pod", "mq-0")
        assert made is not None
        uid = made["metadata"]["uid"]
        await unblock(Unblock(("unblock", "mq", 0), "older", "demo", "mq-0", "older"), shop.outside, shop)
        assert shop.there("Pod") == ["mq-0"]
        await unblock(Unblock(("unblock", "mq", 0), uid, "demo", "mq-0", uid), shop.outside, shop)
        assert last(shop.of("unblock")) == Unblocked(uid)
        assert (shop.there("Pod"), shop.there("PersistentVolumeClaim")) == ([], ["data-mq-0"])

    in_harbour(shop, story)
