"""Jobs whose work is in a cluster: what the plan wants there, and all that it knows of how."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.model.containers import Image, Update
from homeport.model.facts import Key
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.parts import Keep
from homeport.model.places import Site
from homeport.model.rollouts import Tail
from homeport.model.task_runs import TaskRun


class WatchCluster(Struct, frozen=True):
    """Hold the link to the cluster, and tell what becomes of everything of ours in it.

    ``kinds``: those of further objects, as API and kind.
    """

    key: Key
    identity: str
    site: Site
    kinds: tuple[tuple[str, str], ...] = ()


class MakeImage(Struct, frozen=True):
    """Make an image and bring it to where the cluster finds it; ``name`` is its name in the graph.

    ``values`` as in ``RunService``; ``bases``: images of ours by the names that a Dockerfile may begin from (``""``: not made
    yet). ``log``: in whose log its output is told. ``reads``: only find out of which files it is made. ``asks``: find out what
    it starts by itself, since nobody says it. ``anew``: a former image will not do, since a person asked for another
    one, or since what may run in it gets no saves. ``once``: for one run of a task, so that neither a former one will do nor
    later houses go on with this one.
    ``tries``: failures in a row before this.
    """

    key: Key
    identity: str
    name: str
    image: Image
    stack: str
    log: str
    values: Mapping[str, str] = {}
    bases: Mapping[str, str] = {}
    reads: bool = False
    asks: bool = False
    anew: bool = False
    once: bool = False
    tries: int = 0


class Scene(Struct, frozen=True):
    """What rendering needs besides values that only workers know.

    ``images``: by node, as the cluster calls them; in manifests by the names of node and image. ``commands``: what an image
    starts by itself, for nodes that say nothing.
    ``options``: wished values of options. ``replicas``: wished numbers.
    """

    graph: Graph
    site: Site
    images: Mapping[str, str]
    commands: Mapping[str, tuple[str, ...]] = {}
    options: Mapping[str, str] = {}
    replicas: Mapping[str, int] = {}


class DeployCommon(Struct, frozen=True):
    """Apply what all nodes share: the namespace, and declared secrets."""

    key: Key
    identity: str
    scene: Scene


class Deploy(Struct, frozen=True):
    """Apply the objects of a node. ``turn``: another text rolls its pods (``""``: leave them).

    ``force``: somebody asked, so fields that others set are taken over.
    """

    key: Key
    identity: str
    name: str
    scene: Scene
    turn: str = ""
    force: bool = False


class DeployManifests(Struct, frozen=True):
    """Read the user's own objects, apply what differs, and remove what is not among them any more; the rest as in ``Deploy``."""

    key: Key
    identity: str
    node: Manifests
    scene: Scene
    turn: str = ""
    force: bool = False


class Aim(Struct, frozen=True):
    """Find out where a port leads: which pods are behind an ``object`` (``Service/web``) and its ``number``."""

    key: Key
    identity: str
    namespace: str
    object: str
    number: int


class RunPodTask(TaskRun, frozen=True, kw_only=True):
    """Run a task as a Job of the cluster.

    ``image``: how its image is made of the files as they are when it begins, where that of its pods gets some of them later.
    """

    scene: Scene
    image: MakeImage | None = None


class Forward(Struct, frozen=True):
    """Carry connections to loopback ports into ready pods.

    ``ports``: by name, the loopback port and the port of the container. ``pods``: those that may get connections.
    """

    key: Key
    identity: str
    namespace: str
    ports: Mapping[str, tuple[int, int]]
    pods: tuple[str, ...] = ()


class FollowPod(Struct, frozen=True):
    """Write the log of one run of a container into the log called ``label``, as run ``number``."""

    key: Key
    identity: str
    label: str
    namespace: str
    pod: str
    uid: str
    container: str
    number: int
    keep: Keep = Keep()


class Explain(Struct, frozen=True):
    """Read the last lines of the run of a container that explains a failure."""

    key: Key
    identity: str
    namespace: str
    tail: Tail


class Unblock(Struct, frozen=True):
    """Delete an earlier pod that was never ready and keeps its controller from making the one that is wanted now."""

    key: Key
    identity: str
    namespace: str
    pod: str
    uid: str


class LivePod(Struct, frozen=True):
    """A pod whose files are kept like the sources: ``id`` is that of this very run of its container (``UID/RESTARTS``).

    ``container``: another one than the job's.
    """

    name: str
    id: str
    image: str
    container: str = ""


class Live(Struct, frozen=True):
    """Keep the files in a service's pods like the sources by the rules of its image.

    ``image`` is its name in the graph (``""``: somebody else's), ``upto`` the newest saves, and ``pods`` those that run.
    """

    key: Key
    identity: str
    service: str
    container: str
    image: str
    rules: tuple[Update, ...]
    grace: float
    signal: str
    upto: int = 0
    pods: tuple[LivePod, ...] = ()
    paused: bool = False


class Relay(Struct, frozen=True):
    """Let pods reach services of this machine: ``services`` by name, each with pairs of its port in pods and here."""

    key: Key
    identity: str
    scene: Scene
    services: Mapping[str, tuple[tuple[int, int], ...]]


class Clear(Struct, frozen=True):
    """Remove the objects of nodes that have nothing in the cluster any more, but for volumes and the Services of ``relayed``."""

    key: Key
    identity: str
    names: tuple[str, ...]
    relayed: tuple[str, ...] = ()


ClusterJob = (
    WatchCluster
    | MakeImage
    | DeployCommon
    | Deploy
    | DeployManifests
    | RunPodTask
    | Forward
    | Aim
    | FollowPod
    | Explain
    | Unblock
    | Live
    | Relay
    | Clear
)
