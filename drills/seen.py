"""What a house tells of itself, as drills look at it."""

from collections.abc import Collection

from drills.stage import Stage
from homeport.client.client import Client
from homeport.model.view import Frame, NodeView

Pids = dict[str, tuple[int | None, ...]]
"""The processes of each service's replicas, by its name."""


def frame(stage: Stage) -> Frame | None:
    """Return what the house of a round tells, None when it does not answer."""
    try:
        return stage.client().status()
    except OSError:
        return None


def pids(frame: Frame, but: Collection[str] = ()) -> Pids:
    """Return who runs, some services aside: whoever is started again has another process."""
    services = (node for node in frame.nodes if node.type == "service" and node.name not in but)
    return {node.name: tuple(replica.pid for replica in node.replicas) for node in services if node.replicas}


def node(client: Client, name: str) -> NodeView:
    """Return one node."""
    return client.status([name]).nodes[0]
