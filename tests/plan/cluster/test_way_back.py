"""When pods are led to services of this machine, and that they are red while they are not."""

from msgspec.structs import replace
from sea import Sea, image
from stage import listening, ref

from homeport.model.cluster_jobs import Clear, Deploy, Relay
from homeport.model.forwards import Forwarding
from homeport.model.shipped import Relayed


def pair(**more: object) -> Sea:
    """Return a store and what uses it, both in the cluster."""
    return Sea(
        listening("db", container=image()),
        listening("api", env={"DB": ref("db", "port:http")}, container=image()),
        **more,
    )


def relayed(sea: Sea) -> Relayed:
    """Return what is known of the way back."""
    known = sea.see.fact(("relay", "", 0), Relayed)
    assert known is not None
    return known


def test_a_broken_way_is_red_where_it_is_needed():
    """With the reason, and until it is mended."""
    sea = pair()
    sea.move(db="here")
    sea.pass_time(5)
    assert sea.state("api") == "ready"
    well = relayed(sea)
    sea.put(("relay", "", 0), replace(well, ok=False, services=(), error="nobody answers"))
    assert sea.state("api") == "unready"
    assert sea.view("api").detail == "its way to db on this machine is broken: nobody answers"
    sea.put(("relay", "", 0), well)
    assert sea.state("api") == "ready"


def test_pods_are_led_here_once_there_is_somebody():
    """Until the program is ready here, and the nodes know the way, the pods that it had go on."""
    sea = pair()
    sea.settle()
    sea.sick.add("db")
    sea.move(db="here")
    sea.pass_time(10)
    assert (sea.did(Relay), sea.did(Clear)) == ([], [])
    sea.sick.clear()
    sea.settle()
    assert (sea.did(Relay), sea.did(Clear)) == ([""], [])
    sea.pass_time(6)
    assert sea.did(Clear) == [""]


def test_pods_are_not_applied_before_they_reach_what_they_need():
    """A first pod would fail; one that runs only tells."""
    sea = pair(places={"": "kubernetes", "db": "here"})
    sea.closed = True
    sea.pass_time(3)
    assert sea.did(Deploy) == []
    assert sea.view("api").detail == "its way to db on this machine is not open yet"
    sea.closed = False
    sea.settle()
    assert sea.did(Deploy) == ["api"]


def test_an_error_of_a_forward_speaks_of_the_pods_that_there_were():
    """The first pod that is ready is no failure because none was before."""
    sea = pair()
    sea.settle()
    known = sea.see.fact(("forward", "db", 0), Forwarding)
    assert known is not None
    sea.put(("forward", "db", 0), replace(known, error="no pod is ready", pods=(), offered=("db-before",)))
    assert sea.state("db") == "starting"
    sea.put(("forward", "db", 0), replace(known, error="port 9000 is taken", pods=(), offered=known.pods))
    assert sea.state("db") == "failed"
