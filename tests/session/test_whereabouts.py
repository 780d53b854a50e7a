"""Where a node of a running house is."""

from homeport.model.containers import Container, NamedImage
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import Where
from homeport.model.rollouts import ContainerSeen, Linked, PodSeen, Rollout
from homeport.model.snapshot import Snapshot
from homeport.model.whereabouts import PodAt, Whereabouts
from homeport.model.wishes import Wishes
from homeport.session.whereabouts import whereabouts

API = Service("api", Where("stack.py", 1), run=("api",), cwd="/", container=Container(NamedImage("api:1")))


def pod(name: str, *, ready: bool = True, leaving: bool = False) -> PodSeen:
    containers = (
        ContainerSeen("before", "ended", init=True),
        ContainerSeen("mesh", "running"),
        ContainerSeen("api", "running"),
    )
    return PodSeen(name, f"uid-{name}", ready=ready, leaving=leaving, containers=containers)


def snapshot(*pods: PodSeen, place: str = "kubernetes") -> Snapshot:
    wishes = Wishes(places={"api": place})  # type: ignore[dict-item]
    rollout = Rollout("Deployment", "api", pods=pods)
    facts = {
        "": {("cluster", 0): Linked("i", ok=True, context="testbed", namespace="shop")},
        "api": {("rollout", 0): rollout},
    }
    return Snapshot(Graph("shop", "/", "/stack.py", {"api": API}), wishes, facts)


def test_pods_keep_their_order_and_leaving_ones_do_not_come() -> None:
    """A replica has the same number whether it is ready or not; with each comes the container that is the node's own."""
    found = whereabouts("api", snapshot(pod("a", ready=False), pod("b"), pod("c", leaving=True)))
    pods = (PodAt("a", "api", ready=False), PodAt("b", "api"))
    assert found == Whereabouts("kubernetes", context="testbed", namespace="shop", pods=pods)


def test_what_runs_here_is_nowhere_else() -> None:
    """A process has no pods, whatever was once known of some."""
    assert whereabouts("api", snapshot(pod("a"), place="here")) == Whereabouts("here")
